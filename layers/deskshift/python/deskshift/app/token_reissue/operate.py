"""What an operator does with one reissue: invite again, extend, withdraw, confirm what was done by hand."""

from collections.abc import Sequence
from functools import partial

import msgspec

from deskshift.app.token_reissue.known import read_known
from deskshift.app.token_reissue.letters import invite
from deskshift.app.token_reissue.look import Listed, look_at, seen
from deskshift.app.token_reissue.one_grant import reissue_one
from deskshift.app.token_reissue.open_grant import policy_of
from deskshift.app.token_reissue.take_back import check_nothing_waits
from deskshift.app.token_wiring import TokenWiring
from deskshift.connectors.tokens.ports import TokenIssuer
from deskshift.domain.tokens.brokering import collected_in_vain
from deskshift.domain.tokens.ids import grant_key
from deskshift.domain.tokens.requests import deadline_of
from deskshift.domain.tokens.transitions import Transition, done_by_hand, extended, invited_again, refuses, withdrawn
from deskshift.model.errors import RecordTooLarge, RequestDiffers, TransitionNotPossible
from deskshift.model.oauth import TokenInfo
from deskshift.model.reissue import Order, Reissue, ReissueRequest

_MOST_DEEDS = 20
_DONE_ONCE = frozenset({"withdraw", "confirm"})
"""Asked for again after the end that they have led to, they have it as their result."""


def operate(wiring: TokenWiring, order: Order) -> Reissue:
    """Do it, after a look at what the issuer lists: the agent may have authorized meanwhile.

    To invite somebody after an end opens a new reissue of the grant. An order that comes again changes nothing; only a
    letter that was not sent is.

    Raises:
        InvalidField: the new deadline is too far away.
        UnknownReissue: the account has none of this id.
        RequestDiffers: the order's id was used for something else before.
        TransitionNotPossible: with the reason.
        VendorUnavailable: the issuer or the platform does not answer.
        LateWriter: somebody else works on it.
    """
    reissue = wiring.grants.get(order.account_id, order.reissue_id or "")
    deadline_of(order, reissue)
    issuer = wiring.issuer(order.account_id)
    newer = _newer(wiring, order, reissue)
    if newer is not None:
        return _told(wiring, order, issuer, newer)
    if _done_before(order, reissue):
        return _told(wiring, order, issuer, reissue)
    reissue = _looked_at(wiring, order, issuer, reissue)
    if order.action == "invite" and not reissue.is_open:
        anew = reissue_one(wiring, _anew(order, reissue))
        if anew.round <= reissue.round:  # the id is that of the request which led to this one, or to one before
            raise RequestDiffers(order.request_id, "action")
        return anew
    if not reissue.is_open and order.action not in _DONE_ONCE:
        raise TransitionNotPossible(reissue.reissue_id, f"it has ended: {reissue.status}")
    if order.action == "withdraw":
        check_nothing_waits(wiring, reissue)
    found: list[Transition] = []

    def step(one: Reissue, listed: Listed) -> Transition:
        found.append(_deed(wiring, order, one, listed or ()))
        return found[-1]

    reissue = look_at(wiring, issuer, reissue, step)
    if found[-1].refused:
        raise TransitionNotPossible(reissue.reissue_id, found[-1].reason)
    return _told(wiring, order, issuer, reissue)


def _newer(wiring: TokenWiring, order: Order, reissue: Reissue) -> Reissue | None:
    """Give the newer reissue of the grant that this very order has opened; None if there is no newer one.

    Raises:
        TransitionNotPossible: there is one that something else has opened: the order would not be about it.
    """
    key = grant_key(reissue.account_id, reissue.client_id, reissue.agent_id)
    last = wiring.grants.of_grant(reissue.account_id, key)[-1]
    if last.round == reissue.round or order.request_id in dict(reissue.deeds):
        return None
    if order.action == "invite" and order.request_id in {last.request.request_id, *last.joined}:
        return last
    raise TransitionNotPossible(reissue.reissue_id, f"it has ended, and the grant has a newer one: {last.reissue_id}")


def _looked_at(wiring: TokenWiring, order: Order, issuer: TokenIssuer, reissue: Reissue) -> Reissue:
    """Look first; what its record cannot hold any more is withdrawn as it is recorded."""
    try:
        return look_at(wiring, issuer, reissue, partial(seen, wiring))
    except RecordTooLarge:
        if order.action != "withdraw":
            raise
        return wiring.grants.get(reissue.account_id, reissue.reissue_id)


def _told(wiring: TokenWiring, order: Order, issuer: TokenIssuer, reissue: Reissue) -> Reissue:
    """Send the letter of an invitation, if it is not sent."""
    if order.action != "invite" or not reissue.is_open:
        return reissue
    known = read_known(wiring, order.account_id, issuer)
    return invite(wiring, wiring.connections.issuer(order.account_id), known, reissue)


def _done_before(order: Order, reissue: Reissue) -> bool:
    """Say whether an order has been carried out already.

    Raises:
        RequestDiffers: its id was used for something else before.
    """
    action = dict(reissue.deeds).get(order.request_id)
    if action is None:
        return False
    if action != order.action:
        raise RequestDiffers(order.request_id, "action")
    if order.until is not None and dict(reissue.untils).get(order.request_id, order.until) != order.until:
        raise RequestDiffers(order.request_id, "until")
    return True


def _deed(wiring: TokenWiring, order: Order, reissue: Reissue, listed: Sequence[TokenInfo]) -> Transition:
    """Do what is wanted, and record by which order."""
    wanted = _wanted(wiring, order, reissue, listed)
    if not wanted.changed:
        return wanted
    deeds = (*wanted.after.deeds, (order.request_id, order.action))[-_MOST_DEEDS:]
    until = () if order.until is None else ((order.request_id, order.until),)
    untils = (*wanted.after.untils, *until)[-_MOST_DEEDS:]
    return msgspec.structs.replace(wanted, after=msgspec.structs.replace(wanted.after, deeds=deeds, untils=untils))


def _wanted(wiring: TokenWiring, order: Order, reissue: Reissue, listed: Sequence[TokenInfo]) -> Transition:
    now = wiring.clock()
    match order.action:
        case "invite":
            policy = policy_of(reissue)
            in_vain = reissue.status == "collected"
            return collected_in_vain(reissue, listed, policy, now) if in_vain else invited_again(reissue, policy, now)
        case "extend":
            until = deadline_of(order, reissue)
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
