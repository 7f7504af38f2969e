"""Remind who has not authorized yet, by the policy's days (Z-18)."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache, partial
from typing import NamedTuple

from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.app.metrics import Metric, count
from deskshift.app.token_reissue.carry_out import save
from deskshift.app.token_reissue.known import Known, read_known
from deskshift.app.token_reissue.letters import check_start, invite, is_reminded
from deskshift.app.token_reissue.letters import remind as send
from deskshift.app.token_reissue.look import by_account, by_turns
from deskshift.app.token_reissue.open_grant import policy_of
from deskshift.app.token_reissue.passed_over import PassedOver
from deskshift.app.token_reissue.stopping import opened_by_stopped
from deskshift.app.token_wiring import TokenWiring
from deskshift.connectors.http import ONE_CALL_MS
from deskshift.domain.tokens.schedule import reminder_due, reminders_by
from deskshift.domain.tokens.transitions import reminded
from deskshift.model.errors import RollbackUnderWay, VendorUnavailable
from deskshift.model.issuer_connection import IssuerConnection
from deskshift.model.reissue import Reissue, ReissueRequest

_EVERY = timedelta(hours=1)


def remind_pending(wiring: TokenWiring, time_left: Callable[[], int]) -> int:
    """Send the reminders that are due, and invitations that were not sent; gives how many could not be.

    What there is no time for is done an hour later: a letter that is out is not sent again.
    """
    passed_over = PassedOver(lambda extra: logger.warning(Event.REMINDER_PUT_OFF, extra=extra))
    for account_id, reissues in by_turns(by_account(wiring.grants.open_everywhere()), wiring.clock(), _EVERY):
        try:
            _of_account(wiring, account_id, _due(wiring, reissues, passed_over), time_left, passed_over)
        except Exception as error:  # noqa: BLE001 - the other accounts do not wait for it; raised at the end
            passed_over.note(error, 0, account_id=account_id)  # they are counted
    count(Metric.REMINDERS_PUT_OFF, passed_over.number)
    return passed_over.end()


def _due(wiring: TokenWiring, reissues: Sequence[Reissue], passed_over: PassedOver) -> list[Reissue]:
    """Find for whom there is something to send; that takes no call."""
    found: list[Reissue] = []
    for one in reissues:
        try:
            if _reminder_due(wiring, one) or one.invitations_sent != one.invitations:
                found.append(one)
        except Exception as error:  # noqa: BLE001 - as of accounts
            passed_over.note(error, reissue_id=one.reissue_id)
    return found


def _reminder_due(wiring: TokenWiring, reissue: Reissue) -> bool:
    return is_reminded(reissue) and reminder_due(reissue, policy_of(reissue), wiring.clock())


def _of_account(
    wiring: TokenWiring,
    account_id: str,
    due: Sequence[Reissue],
    time_left: Callable[[], int],
    passed_over: PassedOver,
) -> None:
    left = len(due)
    try:
        if due and time_left() >= ONE_CALL_MS:
            known = read_known(wiring, account_id, wiring.issuer(account_id))
            stopped = cache(partial(opened_by_stopped, wiring, account_id))  # of a batch one read
            post = _Post(wiring.connections.issuer(account_id), known, stopped)
            for reissue in due:
                if time_left() < ONE_CALL_MS:
                    break
                _of_one(wiring, post, reissue, passed_over)
                left -= 1
    finally:
        passed_over.number += left  # those for which there was no time, or that would only wait for the same


class _Post(NamedTuple):
    connection: IssuerConnection
    known: Known
    stopped: Callable[[ReissueRequest], bool]


def _of_one(wiring: TokenWiring, post: _Post, reissue: Reissue, passed_over: PassedOver) -> None:
    try:
        _sent(wiring, post, reissue)
    except VendorUnavailable:
        raise  # the others of this account would only wait for the same
    except Exception as error:  # noqa: BLE001 - the others do not wait for it; raised at the end
        passed_over.note(error, reissue_id=reissue.reissue_id)


def _sent(wiring: TokenWiring, post: _Post, reissue: Reissue) -> None:
    if post.stopped(reissue.request):
        raise RollbackUnderWay(reissue.account_id)  # who is invited to it now would find that it is over
    due = _reminder_due(wiring, reissue)
    if reissue.agent_id in post.known.agents:  # who is gone is not invited, and the reissue ends
        check_start(post.known, reissue)
    reissue = invite(wiring, post.connection, post.known, reissue)
    if due and reissue.is_open:
        policy = policy_of(reissue)
        # The letter first: a reminder that is recorded and was not sent would be none. Sent twice it has one id.
        sent = send(wiring, post.connection, post.known, reissue, reminders_by(reissue, policy, wiring.clock()))
        save(wiring, reminded(reissue, policy, wiring.clock()).after)
        count(Metric.REMINDERS_SENT, int(sent))
