"""What an operator does with one reissue: invite again, extend, withdraw, confirm what was done by hand."""

from collections.abc import Sequence
from functools import partial

from deskshift.app.token_reissue.known import read_known
from deskshift.app.token_reissue.letters import invite
from deskshift.app.token_reissue.look import look_at, seen
from deskshift.app.token_reissue.one_grant import reissue_one
from deskshift.app.token_reissue.open_grant import policy_of
from deskshift.app.token_wiring import TokenWiring
from deskshift.domain.tokens.brokering import collected_in_vain
from deskshift.domain.tokens.requests import deadline_of
from deskshift.domain.tokens.transitions import Transition, done_by_hand, extended, invited_again, refuses, withdrawn
from deskshift.model.errors import TransitionNotPossible
from deskshift.model.oauth import TokenInfo
from deskshift.model.reissue import Order, Reissue, ReissueRequest


def operate(wiring: TokenWiring, order: Order) -> Reissue:
    """Do it, after a look at what the issuer lists: the agent may have authorized meanwhile.

    To invite somebody after an end opens a new reissue of the grant.

    Raises:
        InvalidField: the new deadline is too far away.
        UnknownReissue: the account has none of this id.
        TransitionNotPossible: with the reason.
        VendorUnavailable: the issuer or the platform does not answer.
        LateWriter: somebody else works on it.
    """
    deadline_of(order, wiring.clock())
    reissue = wiring.grants.get(order.account_id, order.reissue_id or "")
    issuer = wiring.issuer(order.account_id)
    reissue = look_at(wiring, issuer, reissue, partial(seen, wiring))
    if order.action == "invite" and not reissue.is_open:
        return reissue_one(wiring, _anew(order, reissue))
    if not reissue.is_open and order.action != "withdraw":
        raise TransitionNotPossible(reissue.reissue_id, f"it has ended: {reissue.status}")
    found: list[Transition] = []

    def step(one: Reissue, listed: Sequence[TokenInfo]) -> Transition:
        found.append(_wanted(wiring, order, one, listed))
        return found[-1]

    reissue = look_at(wiring, issuer, reissue, step)
    if found[-1].refused:
        raise TransitionNotPossible(reissue.reissue_id, found[-1].reason)
    if order.action == "invite":
        known = read_known(wiring, order.account_id, issuer)
        return invite(wiring, wiring.connections.issuer(order.account_id), known, reissue)
    return reissue


def _wanted(wiring: TokenWiring, order: Order, reissue: Reissue, listed: Sequence[TokenInfo]) -> Transition:
    now = wiring.clock()
    match order.action:
        case "invite":
            policy = policy_of(reissue)
            in_vain = reissue.status == "collected"
            return collected_in_vain(reissue, listed, policy, now) if in_vain else invited_again(reissue, policy, now)
        case "extend":
            until = deadline_of(order, now)
            return refuses(reissue, "no new deadline is named") if until is None else extended(reissue, until, now)
        case "withdraw":
            return withdrawn(reissue, order.operator, now)
        case "confirm":
            return done_by_hand(reissue, order.operator, now)
        case "roll_back":
            return refuses(reissue, "an account is rolled back, not one reissue")


def _anew(order: Order, reissue: Reissue) -> ReissueRequest:
    return ReissueRequest(
        request_id=order.request_id,
        account_id=order.account_id,
        requested_by=order.operator,
        client_id=reissue.client_id,
        agent_id=reissue.agent_id,
    )
