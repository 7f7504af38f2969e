"""Look at what the issuer lists for open reissues, and do what follows (Z-18)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.app.metrics import Metric, count
from deskshift.app.token_reissue.carry_out import carry_out, finish, forget_token
from deskshift.app.token_reissue.open_grant import policy_of
from deskshift.app.token_wiring import TokenWiring
from deskshift.connectors.tokens.ports import TokenIssuer
from deskshift.domain.tokens.observing import observed
from deskshift.domain.tokens.times import over
from deskshift.domain.tokens.transitions import Transition
from deskshift.model.errors import DeskshiftError, LateWriter, VendorUnavailable
from deskshift.model.oauth import TokenInfo
from deskshift.model.reissue import Reissue

_FEW = 5
"""Up to so many open grants of an account are read one by one; of more the whole listing is read."""
_SPARE_MS = 100_000
"""One more call may take so long with all its repetitions."""
_TURN_SECONDS = 300
Step = Callable[[Reissue, Sequence[TokenInfo]], Transition]


def watch(wiring: TokenWiring, time_left: Callable[[], int]) -> int:
    """Look at every open reissue once; gives how many could not be looked at.

    One account whose issuer is down does not keep the others waiting.
    """

    def step(reissue: Reissue, listed: Sequence[TokenInfo]) -> Transition:
        return observed(reissue, listed, policy_of(reissue), wiring.clock())

    return each_open(wiring, step, time_left)


def each_open(wiring: TokenWiring, step: Step, time_left: Callable[[], int]) -> int:
    """Take a step for each open reissue of each account; gives how many were passed over."""
    passed_over = 0
    by_account: dict[str, list[Reissue]] = {}
    for one in wiring.grants.open_everywhere():
        by_account.setdefault(one.account_id, []).append(one)
    for account_id, reissues in by_turns(by_account, wiring.clock()):
        try:
            passed_over += _of_account(wiring, account_id, _Looks(reissues, step, time_left))
        except DeskshiftError as error:
            passed_over += len(reissues)
            logger.warning(Event.GRANTS_NOT_WATCHED, extra={"account_id": account_id, "error_code": error.code})
    count(Metric.GRANTS_NOT_WATCHED, passed_over)
    return passed_over


def by_turns(accounts: Mapping[str, list[Reissue]], now: datetime) -> list[tuple[str, list[Reissue]]]:
    """Begin with another account each time: where time does not suffice for all, the last ones do not wait for ever."""
    ordered = sorted(accounts.items())
    first = int(now.timestamp() // _TURN_SECONDS) % max(1, len(ordered))
    return ordered[first:] + ordered[:first]


def look_at(wiring: TokenWiring, issuer: TokenIssuer, reissue: Reissue, step: Step) -> Reissue:
    """Take a step for one reissue, with what the issuer lists for its grant now."""
    if reissue.becomes is not None:
        reissue = finish(wiring, issuer, reissue)
    listed = issuer.tokens(reissue.client_id, reissue.agent_id) if issuer.offers.lists else []
    return carry_out(wiring, issuer, step(reissue, listed))


class _Looks(NamedTuple):
    reissues: Sequence[Reissue]
    step: Step
    time_left: Callable[[], int]


def _of_account(wiring: TokenWiring, account_id: str, looks: _Looks) -> int:
    if looks.time_left() < _SPARE_MS:
        return len(looks.reissues)
    issuer = wiring.issuer(account_id)
    listed = _listed(issuer, looks.reissues)
    late = 0
    for done, reissue in enumerate(looks.reissues):
        if looks.time_left() < _SPARE_MS:
            return late + len(looks.reissues) - done
        try:
            if reissue.becomes is not None:
                finish(wiring, issuer, reissue)  # what is listed is from before it
                continue
            now = carry_out(wiring, issuer, looks.step(reissue, listed.get((reissue.client_id, reissue.agent_id), ())))
            _forget_late(wiring, now)
        except LateWriter:
            late += 1  # Somebody else works on it in this moment; the next look finds what came of it.
        except VendorUnavailable:
            raise  # the others of this account would only wait for the same
        except DeskshiftError as error:
            late += 1
            extra = {"reissue_id": reissue.reissue_id, "error_code": error.code}
            logger.warning(Event.GRANTS_NOT_WATCHED, extra=extra)
    return late


def _forget_late(wiring: TokenWiring, reissue: Reissue) -> None:
    """Delete a token that its client has collected and not acknowledged, once its time is over."""
    if reissue.route != "brokered" or reissue.status != "collected":
        return
    sealed = wiring.sealed_tokens.find(reissue.account_id, reissue.reissue_id)
    if sealed is not None and over(sealed.expires_at, wiring.clock()):
        forget_token(wiring, reissue)


def _listed(issuer: TokenIssuer, reissues: Iterable[Reissue]) -> dict[tuple[str, str | None], Sequence[TokenInfo]]:
    keys = [(one.client_id, one.agent_id) for one in reissues]
    if not issuer.offers.lists:
        return {}
    if len(keys) <= _FEW:
        return {key: issuer.tokens(*key) for key in keys}
    return {(grant.client_id, grant.agent_id): grant.tokens for grant in issuer.grants()}
