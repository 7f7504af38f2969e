"""Look at what the issuer lists for open reissues, and do what follows (Z-18)."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

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
Step = Callable[[Reissue, Sequence[TokenInfo]], Transition]


def watch(wiring: TokenWiring, time_left: Callable[[], int]) -> int:
    """Look at every open reissue once; gives how many could not be looked at.

    One account whose issuer is down does not keep the others waiting.
    """

    def step(reissue: Reissue, listed: Sequence[TokenInfo]) -> Transition:
        return observed(reissue, listed, policy_of(reissue), wiring.clock())

    return each_open(wiring, step, time_left)


def each_open(wiring: TokenWiring, step: Step, time_left: Callable[[], int], spare_ms: int = 20_000) -> int:
    """Take a step for each open reissue of each account; gives how many were passed over."""
    passed_over = 0
    everywhere = sorted(wiring.grants.open_everywhere(), key=lambda one: one.account_id)
    for account_id, group in groupby(everywhere, key=lambda one: one.account_id):
        reissues = list(group)
        if time_left() < spare_ms:
            passed_over += len(reissues)
            continue
        try:
            passed_over += _of_account(wiring, account_id, reissues, step)
        except DeskshiftError as error:
            passed_over += len(reissues)
            logger.warning(Event.GRANTS_NOT_WATCHED, extra={"account_id": account_id, "error_code": error.code})
    count(Metric.GRANTS_NOT_WATCHED, passed_over)
    return passed_over


def look_at(wiring: TokenWiring, issuer: TokenIssuer, reissue: Reissue, step: Step) -> Reissue:
    """Take a step for one reissue, with what the issuer lists for its grant now."""
    if reissue.becomes is not None:
        reissue = finish(wiring, issuer, reissue)
    listed = issuer.tokens(reissue.client_id, reissue.agent_id) if issuer.offers.lists else []
    return carry_out(wiring, issuer, step(reissue, listed))


def _of_account(wiring: TokenWiring, account_id: str, reissues: Sequence[Reissue], step: Step) -> int:
    issuer = wiring.issuer(account_id)
    listed = _listed(issuer, reissues)
    late = 0
    for reissue in reissues:
        try:
            now = reissue if reissue.becomes is None else finish(wiring, issuer, reissue)
            now = carry_out(wiring, issuer, step(now, listed.get((now.client_id, now.agent_id), ())))
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
