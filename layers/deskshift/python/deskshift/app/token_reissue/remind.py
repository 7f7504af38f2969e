"""Remind who has not authorized yet, by the policy's days (Z-18)."""

from collections.abc import Callable

from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.app.metrics import Metric, count
from deskshift.app.token_reissue.carry_out import save
from deskshift.app.token_reissue.known import Known, read_known
from deskshift.app.token_reissue.letters import invite
from deskshift.app.token_reissue.letters import remind as send
from deskshift.app.token_reissue.open_grant import policy_of
from deskshift.app.token_wiring import TokenWiring
from deskshift.domain.tokens.schedule import reminder_due, reminders_by
from deskshift.domain.tokens.transitions import reminded
from deskshift.model.errors import DeskshiftError
from deskshift.model.reissue import Reissue

_SPARE_MS = 100_000
"""A letter may take as long as a call with all its repetitions."""


def remind_pending(wiring: TokenWiring, time_left: Callable[[], int]) -> int:
    """Send the reminders that are due, and invitations that were not sent; gives how many could not be.

    What there is no time for is done an hour later: a letter that is out is not sent again.
    """
    known: dict[str, Known] = {}
    passed_over = 0
    for reissue in wiring.grants.open_everywhere():
        if time_left() < _SPARE_MS:
            break
        try:
            _remind(wiring, reissue, known)
        except DeskshiftError as error:
            passed_over += 1
            extra = {"reissue_id": reissue.reissue_id, "error_code": error.code}
            logger.warning(Event.REMINDER_PUT_OFF, extra=extra)
    count(Metric.REMINDERS_PUT_OFF, passed_over)
    return passed_over


def _remind(wiring: TokenWiring, reissue: Reissue, known: dict[str, Known]) -> None:
    policy = policy_of(reissue)
    due = reminder_due(reissue, policy, wiring.clock())
    if not due and reissue.invitations_sent == reissue.invitations:
        return
    account_id = reissue.account_id
    if account_id not in known:
        known[account_id] = read_known(wiring, account_id, wiring.issuer(account_id))
    connection = wiring.connections.issuer(account_id)
    reissue = invite(wiring, connection, known[account_id], reissue)
    if due:
        # The letter first: a reminder that is recorded and was not sent would be none. Sent twice it has one id.
        send(wiring, connection, known[account_id], reissue, reminders_by(reissue, policy, wiring.clock()))
        save(wiring, reminded(reissue, policy, wiring.clock()).after)
        count(Metric.REMINDERS_SENT)
