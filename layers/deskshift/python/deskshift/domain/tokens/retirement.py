"""When the old token may be retired, and what becomes of it if it may not; and how a rollback leaves it.

Three conditions: the client has used the new token, the commit window has closed, and the issuer revokes one token
without the others. Short of one of them the old token is left alone.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from deskshift.domain.tokens.brokering import is_lost
from deskshift.domain.tokens.refreshes import ended_early, not_refreshed
from deskshift.domain.tokens.times import surely_over
from deskshift.domain.tokens.tokens import in_force, new, nobodys, old_in_force, old_token, used_by_client
from deskshift.domain.tokens.transitions import Transition, closed, ends, refuses, revokes, stays
from deskshift.model.oauth import TokenInfo
from deskshift.model.reissue import OldToken, Reissue

_ITS_OWN, _NOBODYS = ("brokered", "verified"), ("brokered", "invited")
"""Where the successor is what deskshift itself has exchanged; where a new token is of an exchange that was lost."""


class Listing(msgspec.Struct, frozen=True):
    """What the issuer shows of a grant now, and what its API has; without `lists` it shows nothing."""

    tokens: tuple[TokenInfo, ...]
    lists: bool
    revokes_one: bool


def not_yet(reissue: Reissue, listing: Listing, now: datetime) -> str | None:
    """Say why the old token may not be touched yet; None if the new one is in use and nothing goes back any more."""
    ready = "collected" if reissue.route == "brokered" else "verified"
    if reissue.status != ready:
        return f"it is {reissue.status}, and not {ready} yet"
    if reissue.retire_after is None or not surely_over(reissue.retire_after, now):
        return f"the commit window closes at {reissue.retire_after}"
    current = _current(reissue, listing, now)
    if current is None:
        return "the issuer does not show the new token as in force"
    if not used_by_client(reissue, current):
        return "the client has not used the new token"
    return None


def retired(reissue: Reissue, listing: Listing, now: datetime) -> Transition:
    """Retire the old token if it may be, or end the reissue with what else becomes of it."""
    if (why := closed(reissue) or _to_take_back(reissue, listing, now)) is not None:
        return stays(reissue, why)
    why = not_yet(reissue, listing, now)
    if why is None:
        return _retires(reissue, listing, None, now)
    if not _given_up(reissue, listing, now):
        return stays(reissue, why)
    return _retires(reissue, listing, why, now) if _has_used(reissue, listing, now) else _unused(reissue, listing, now)


def _retires(reissue: Reissue, listing: Listing, why: str | None, now: datetime) -> Transition:
    """Revoke the old token; or leave it, if there is a reason or the issuer cannot."""
    left = old_in_force(reissue, listing.tokens, now) if listing.lists else list(reissue.old)
    left = [token for token in left if in_force(token, now)]
    if not left and (listing.lists or reissue.old):
        gone: OldToken = "gone" if reissue.old else "none"
        reason = "the old token is not in force any more" if reissue.old else "there was no old token"
        return ends(reissue, "confirmed", reason, now, old_token=gone)
    if why is None and listing.revokes_one:
        reason = "the client uses the new token, and the commit window has closed"
        return revokes(reissue, "confirmed", [token.id for token in left], reason)
    kept = why or "the issuer cannot revoke the old token without the new one"
    # Of a grant that was never listed nobody knows its old tokens.
    itself = bool(left) and all(token.expires_at is not None for token in left)
    state: OldToken = "expires_by_itself" if itself else "operator_task"
    what = "it expires by itself" if itself else "an operator has to see to it"
    return ends(reissue, "confirmed", f"{kept}; the old token stays: {what}", now, old_token=state)


def rolled_back(reissue: Reissue, listed: Sequence[TokenInfo], now: datetime) -> Transition:
    """The account goes back: the new token is revoked, and the old one is left.

    Refused once the old token is retired, or is about to be. After any other end the record stays but for a mark that
    it was rolled back, and a new token that has come all the same is an orphan. Once it is marked, nothing that comes
    later is this move's. What is left to a person deskshift neither makes nor revokes.
    """
    if reissue.rolled_back is not None:
        reason = "it was rolled back before"
        return Transition(after=reissue, reason=reason, changed=False, orphans=reissue.rolled_back)
    if (refused := irrevocable(reissue) or _being_completed(reissue, now)) is not None:
        return refuses(reissue, refused)
    if reissue.route == "manual":
        return _by_hand(reissue, now)
    made = _new_for_sure(reissue, listed, now)
    if reissue.is_open:
        return _back(reissue, made, now)
    marked = msgspec.structs.replace(reissue, rolled_back=tuple(made))
    return Transition(after=marked, reason=f"it has ended: {reissue.status}", orphans=tuple(made))


def _being_completed(reissue: Reissue, now: datetime) -> str | None:
    if reissue.exchange_at is None or is_lost(reissue, now):
        return None
    return "an authorization is being completed; try again in a few minutes"


def _back(reissue: Reissue, made: Sequence[str], now: datetime) -> Transition:
    if (why := closed(reissue)) is not None and reissue.becomes != "invited":
        return stays(reissue, why)
    tokens, reason = [*reissue.to_revoke, *made], "the account was rolled back"
    if tokens:
        return revokes(reissue, "withdrawn", tokens, reason, rolled_back=())
    if reissue.successor is not None:
        reason += "; the new tokens cannot be told from refreshed old ones, and stay"
    return ends(reissue, "withdrawn", reason, now, becomes=None, rolled_back=())


def irrevocable(reissue: Reissue) -> str | None:
    """Say why a reissue cannot be rolled back any more; None if no old token of it was retired."""
    if reissue.rolled_back is not None:
        return None
    if reissue.old_token == "retired" or reissue.becomes == "confirmed":  # noqa: S105 - what became of it
        return "the old token is retired: the commit window has closed"
    return None


def of_this_move(rounds: Sequence[Reissue]) -> list[Reissue]:
    """Find the rounds of a grant that belong to the present move, the oldest first.

    A request for all grants of an account begins a move, also where it joins what is open, and a rollback ends one.

    Args:
        rounds: the grant's, the oldest first.
    """
    found: list[Reissue] = []
    for one in reversed(rounds):
        if found and one.rolled_back is not None:
            break
        found.insert(0, one)
        if one.request.client_id is None or one.joined_by_batch:
            break
    return found


def _by_hand(reissue: Reissue, now: datetime) -> Transition:
    if (why := closed(reissue)) is not None:
        return stays(reissue, why)
    return ends(reissue, "withdrawn", "the account was rolled back", now, rolled_back=())


def _has_used(reissue: Reissue, listing: Listing, now: datetime) -> bool:
    """Say whether the client is known to have used a new token, be it one that it has refreshed since.

    Where the issuer lists nothing, the client's own word that it has its token is all there is.
    """
    if reissue.route != "brokered":
        return True  # that is how it was verified
    if not listing.lists:
        return reissue.acknowledged_at is not None
    current = _current(reissue, listing, now)
    return current is not None and (used_by_client(reissue, current) or reissue.own_use is None)


def _to_take_back(reissue: Reissue, listing: Listing, now: datetime) -> str | None:
    current = _current(reissue, listing, now)
    if current is None or not nobodys(reissue, current):
        return None
    return "there is no sign that the client has the new token: the watch takes it back"


def _unused(reissue: Reissue, listing: Listing, now: datetime) -> Transition:
    reason = "the client has collected the new token, and there is no sign before the deadline that it uses it"
    state: OldToken = old_token(reissue, listing.tokens, now) if listing.lists else "operator_task"
    return ends(reissue, "expired", f"{reason}; the old token is left as it is", now, old_token=state)


def _current(reissue: Reissue, listing: Listing, now: datetime) -> TokenInfo | None:
    return next((one for one in listing.tokens if one.id == reissue.successor and in_force(one, now)), None)


def _new_for_sure(reissue: Reissue, listed: Sequence[TokenInfo], now: datetime) -> list[str]:
    """Find the new tokens, the successor first, without those that may be refreshed old ones."""
    found: list[str] = []
    if reissue.successor is not None and (reissue.told_apart or (reissue.route, reissue.status) == _ITS_OWN):
        found.append(reissue.successor)
    made = [token for token in new(reissue, listed) if in_force(token, now) and token.agent_id == reissue.agent_id]
    if (reissue.route, reissue.status) == _NOBODYS:
        found += [token.id for token in not_refreshed(reissue, listed, made, now)]
    elif not ended_early(reissue, listed, now):
        found += [token.id for token in made]
    return list(dict.fromkeys(found))


def _given_up(reissue: Reissue, listing: Listing, now: datetime) -> bool:
    """Say whether nothing more is waited for: the integration has its token, and does not use it."""
    ready = "collected" if reissue.route == "brokered" else "verified"
    if reissue.status != ready or reissue.retire_after is None:
        return False
    if listing.lists and _current(reissue, listing, now) is None:
        return False  # there is nothing to confirm
    return surely_over(reissue.retire_after, now) and surely_over(reissue.deadline, now)
