"""Which of the tokens that an issuer lists are new, old, in force, in time, and used by their client."""

from collections.abc import Sequence
from datetime import datetime

from deskshift.domain.tokens.times import CLOCK_SKEW, instant, surely_over
from deskshift.model.oauth import TokenInfo
from deskshift.model.reissue import OldToken, Reissue


def new(reissue: Reissue, listed: Sequence[TokenInfo]) -> list[TokenInfo]:
    """Find the tokens that were not there when the reissue was opened.

    The recorded ids decide: by the time alone, a token of an issuer whose clock is slow would not be new.
    """
    old = {token.id for token in reissue.old}
    return [token for token in listed if token.id not in old and not _is_earlier(reissue, token)]


def before_it(reissue: Reissue, listed: Sequence[TokenInfo]) -> tuple[TokenInfo, ...]:
    """Find tokens that are older than the reissue, and that the issuer did not list when it was opened."""
    old = {token.id for token in reissue.old}
    found = (token for token in listed if token.id not in old and _is_earlier(reissue, token))
    return tuple(token for token in found if token.agent_id == reissue.agent_id and not token.revoked)


def in_force(token: TokenInfo, now: datetime) -> bool:
    """Say whether a token may still be used."""
    return not token.revoked and (token.expires_at is None or not surely_over(token.expires_at, now))


def in_time(reissue: Reissue, token: TokenInfo) -> bool:
    """Say whether a token was made before the deadline, whenever it is seen."""
    return instant(token.created_at) < instant(reissue.deadline) + CLOCK_SKEW


def old_in_force(reissue: Reissue, listed: Sequence[TokenInfo], now: datetime) -> list[TokenInfo]:
    """Find the old tokens that the issuer still lists as in force, as it lists them now."""
    old = {token.id for token in reissue.old}
    return [token for token in listed if token.id in old and in_force(token, now)]


def old_token(reissue: Reissue, listed: Sequence[TokenInfo], now: datetime) -> OldToken:
    """Say what is of the old token at an end at which it is left alone."""
    return "in_force" if old_in_force(reissue, listed, now) else "gone"


def used_by_client(reissue: Reissue, token: TokenInfo) -> bool:
    """Say whether the client has used a new token.

    A brokered token has been used by deskshift, in the call that verified it: that use does not count, and neither does
    any before the client had it.
    """
    if token.last_used_at is None or token.last_used_at == reissue.own_use:
        return False
    if reissue.route != "brokered":
        return True
    return reissue.collected_at is not None and instant(token.last_used_at) > instant(reissue.collected_at)


def _is_earlier(reissue: Reissue, token: TokenInfo) -> bool:
    return instant(token.created_at) < instant(reissue.opened_at) - CLOCK_SKEW
