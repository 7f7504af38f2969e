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
from deskshift.domain.tokens.tokens import in_force, new, old_in_force, used_by_client
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
    if (why := closed(reissue)) is not None:
        return stays(reissue, why)
    why = not_yet(reissue, listing, now)
    if why is not None and not _given_up(reissue, listing, now):
        return stays(reissue, why)
    left = old_in_force(reissue, listing.tokens, now) if listing.lists else list(reissue.old)
    left = [token for token in left if in_force(token, now)]
    if not left and (listing.lists or reissue.old):
        return ends(reissue, "confirmed", "the old token is not in force any more", now, old_token="gone")  # noqa: S106
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

    Refused once the old token is retired, or is about to be. After any other end the record stays, and a new token that
    has come all the same is an orphan.
    """
    if "confirmed" in {reissue.status, reissue.becomes}:
        return refuses(reissue, "the old token is retired, or given up: the commit window has closed")
    if reissue.exchange_at is not None and not is_lost(reissue, now):
        return refuses(reissue, "an authorization is being completed; try again in a few minutes")
    made = _new_for_sure(reissue, listed, now)
    if not reissue.is_open:
        reason = f"it has ended: {reissue.status}"
        return Transition(after=reissue, reason=reason, changed=False, orphans=tuple(made))
    if (why := closed(reissue)) is not None and reissue.becomes != "invited":
        return stays(reissue, why)
    tokens, reason = [*reissue.to_revoke, *made], "the account was rolled back"
    if tokens:
        return revokes(reissue, "withdrawn", tokens, reason)
    if reissue.successor is not None:
        reason += "; the new tokens cannot be told from refreshed old ones, and stay"
    return ends(reissue, "withdrawn", reason, now, becomes=None)


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
