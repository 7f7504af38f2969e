"""New tokens that may be nothing but refreshed old ones.

A refresh makes a token of another id and ends the one before (RFC 6749, 6; so do Zendesk and the platform). The list
does not say which came of which: only that an old token has ended before its time. As many new ones as that may be old
ones that were refreshed. None of them proves an authorization, and none is revoked as if nobody had it.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from deskshift.domain.tokens.scopes import beyond
from deskshift.domain.tokens.times import CLOCK_SKEW, instant, over
from deskshift.domain.tokens.tokens import in_force, new
from deskshift.model.oauth import TokenInfo
from deskshift.model.reissue import Reissue


def ended_early(reissue: Reissue, listed: Sequence[TokenInfo], now: datetime) -> list[TokenInfo]:
    """Find the old tokens that have ended before their time, and of which it is not known yet what came of them.

    One whose time is over by now may have been refreshed before that: then a new token is from before its end. The
    successor is none of those: when it was seen first, the old one was there.

    A client's own grant has none: client credentials are not refreshed (RFC 6749, 4.4.3).
    """
    if reissue.agent_id is None:
        return []
    there = {token.id for token in listed if not token.revoked}
    candidates = (token for token in new(reissue, listed) if in_force(token, now) and token.id != reissue.successor)
    made = [instant(token.created_at) for token in candidates]
    return [token for token in reissue.old if token.id not in there and not _had_ended(token, made, now)]


def counted_as_old(reissue: Reissue, listed: Sequence[TokenInfo], now: datetime) -> Reissue:
    """Count new tokens as old ones, if all of them may be; the ended ones that they came of are marked as revoked.

    Once somebody has authorized no new token is taken for an old one any more: an old one is revoked in the end. One
    that came of a refresh itself leaves the record with its end, or a client that refreshes would outgrow it.
    """
    made = [token for token in new(reissue, listed) if in_force(token, now) and token.agent_id == reissue.agent_id]
    ended = ended_early(reissue, listed, now)
    if reissue.status != "invited" or not 0 < len(made) <= len(ended):
        return reissue
    before = {token.id for token in ended[: len(made)]}
    kept = (one for one in reissue.old if one.id not in before or not _came_since(reissue, one))
    old = [msgspec.structs.replace(one, revoked=True) if one.id in before else one for one in kept]
    return msgspec.structs.replace(reissue, old=(*old, *made))


def proves_authorization(
    reissue: Reissue, listed: Sequence[TokenInfo], made: Sequence[TokenInfo], now: datetime
) -> bool:
    """Say whether at least one new token is no refreshed old one, and is in use if there may be some that are."""
    ended = ended_early(reissue, listed, now)
    if not ended:
        return bool(made)
    return sum(token.last_used_at is not None for token in made) > len(ended)


def may_be_refreshed(reissue: Reissue, token: TokenInfo) -> bool:
    """Say whether a new token may be a refreshed old one: a refresh gives no scope that there was not (RFC 6749, 6)."""
    return any(not beyond(one.scopes, token.scopes) for one in reissue.old)


def not_refreshed(
    reissue: Reissue, listed: Sequence[TokenInfo], candidates: Sequence[TokenInfo], now: datetime
) -> list[TokenInfo]:
    """Find those of the candidates that are no refreshed old ones, where their client uses all that may be.

    Args:
        reissue: as it is recorded.
        listed: the tokens of this grant.
        candidates: new tokens that nobody can have used.
        now: the present time.
    """
    unused = [token for token in candidates if token.last_used_at is None]
    ended = ended_early(reissue, listed, now)
    if not ended:
        return list(candidates)
    return unused if len(candidates) - len(unused) >= len(ended) else []


def _came_since(reissue: Reissue, token: TokenInfo) -> bool:
    return instant(token.created_at) > instant(reissue.opened_at)


def _had_ended(token: TokenInfo, made: Sequence[datetime], now: datetime) -> bool:
    """Say whether an old token's time was over, by whichever clock, before any new one was made."""
    if token.revoked:
        return True
    if token.expires_at is None or not over(token.expires_at, now + CLOCK_SKEW):
        return False
    return all(at >= instant(token.expires_at) + CLOCK_SKEW for at in made)
