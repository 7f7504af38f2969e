"""Which of the tokens that an issuer lists are new, old, in force, in time, and used by their client."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from deskshift.domain.tokens.times import CLOCK_SKEW, instant, surely_over
from deskshift.model.oauth import TokenInfo
from deskshift.model.reissue import OldToken, Reissue, Status

_LEFT_ALONE: frozenset[Status] = frozenset({"declined", "expired", "withdrawn", "wrong_person", "failed"})


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
    if old_in_force(reissue, listed, now):
        return "in_force"
    return "gone" if reissue.old else "none"


def with_old_token(ended: Reissue, listed: Sequence[TokenInfo], now: datetime) -> Reissue:
    """Say of an end at which the old token was left alone what the issuer lists of it; of any other nothing."""
    if ended.status not in _LEFT_ALONE or ended.old_token == "operator_task":  # noqa: S105 - what became of it
        return ended
    return msgspec.structs.replace(ended, old_token=old_token(ended, listed, now))


def used_by_client(reissue: Reissue, token: TokenInfo) -> bool:
    """Say whether the client has used a new token.

    A brokered token has been used by deskshift, in the call that verified it: that use does not count, and neither does
    any before the client had it. Where the issuer has not shown that use, it may show it later, by its own clock.
    """
    if token.last_used_at is None or token.last_used_at == reissue.own_use:
        return False
    if reissue.route != "brokered":
        return True
    if reissue.collected_at is None:
        return False
    hidden = reissue.own_use is None and not reissue.refreshed
    return instant(token.last_used_at) > instant(reissue.collected_at) + (CLOCK_SKEW if hidden else timedelta(0))


def nobodys(reissue: Reissue, token: TokenInfo) -> bool:
    """Say whether there is no sign that a token which was released has ever arrived.

    Any use but deskshift's own is a sign, and so is the client's word. Where the issuer has not shown deskshift's own
    use it shows none, and nothing is known.
    """
    if reissue.status != "collected" or reissue.acknowledged_at is not None:
        return False
    return reissue.own_use is not None and token.last_used_at == reissue.own_use


def _is_earlier(reissue: Reissue, token: TokenInfo) -> bool:
    return instant(token.created_at) < instant(reissue.opened_at) - CLOCK_SKEW
