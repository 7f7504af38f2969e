"""What happens while deskshift is the client itself: a code is exchanged once, and the token waits to be collected."""

from collections.abc import Sequence
from datetime import datetime

from deskshift.domain.tokens.policy import TokensPolicy
from deskshift.domain.tokens.schedule import collection_ends
from deskshift.domain.tokens.times import CLOCK_SKEW, instant, over, stamp, surely_over
from deskshift.domain.tokens.tokens import nobodys, used_by_client
from deskshift.domain.tokens.transitions import Transition, closed, goes, invitation, refuses, revokes, stays
from deskshift.model.oauth import TokenInfo
from deskshift.model.reissue import Reissue

EXCHANGE_LIMIT = CLOCK_SKEW
"""After this time an exchange of which nothing is recorded has died with its function."""


def exchange_begun(reissue: Reissue, now: datetime) -> Transition:
    """A code is about to be sent to the issuer; once this is written, and never twice."""
    if (why := closed(reissue)) is not None:
        return refuses(reissue, why)
    if reissue.route != "brokered":
        return refuses(reissue, f"deskshift is not the client of a {reissue.route} grant")
    if reissue.status != "invited" or reissue.exchange_at is not None:
        return refuses(reissue, "an authorization is being completed, or has been")
    return goes(reissue, "a code is being exchanged", exchange_at=stamp(now))


def exchange_refused(reissue: Reissue) -> Transition:
    """The issuer refused the code: no token was made, and the person may begin anew."""
    if (why := closed(reissue)) is not None:
        return stays(reissue, why)
    if reissue.exchange_at is None:
        return stays(reissue, "no exchange is under way")
    return goes(reissue, "the issuer refused the code", exchange_at=None)


def is_lost(reissue: Reissue, now: datetime) -> bool:
    """Say whether an exchange was begun of which nothing will be heard any more."""
    return reissue.exchange_at is not None and now >= instant(reissue.exchange_at) + EXCHANGE_LIMIT


def answer_lost(reissue: Reissue, candidates: Sequence[TokenInfo], policy: TokensPolicy, now: datetime) -> Transition:
    """The answer of the exchange is lost: what was made since is retired, and the person is invited again.

    Args:
        reissue: as it is recorded.
        candidates: the new tokens of the grant that the issuer lists as in force.
        policy: the one that it was opened by.
        now: the present time.
    """
    if (why := closed(reissue)) is not None:
        return stays(reissue, why)
    if reissue.exchange_at is None:
        return stays(reissue, "no exchange is under way")
    made = _made_by(reissue.exchange_at, candidates)
    again = {**invitation(reissue, policy, now), "lost_at": reissue.exchange_at, "exchange_at": None}
    reason = "the issuer's answer was lost: the agent has to authorize again"
    if made:
        return revokes(reissue, "invited", made, reason, **again)
    return goes(reissue, reason, **again)


def was_lost(reissue: Reissue, candidates: Sequence[TokenInfo]) -> list[str]:
    """Find tokens of a lost exchange that the issuer lists only now."""
    if reissue.lost_at is None or reissue.exchange_at is not None:
        return []
    return _made_by(reissue.lost_at, candidates)


def _made_by(begun: str, candidates: Sequence[TokenInfo]) -> list[str]:
    """Find what an exchange may have made whose answer is lost, by whichever of the clocks.

    Nobody can have used it: deskshift itself seals a token before it uses it, and one that is sealed is not looked for.
    """
    first, last = instant(begun) - CLOCK_SKEW, instant(begun) + EXCHANGE_LIMIT + CLOCK_SKEW
    unused = (token for token in candidates if token.last_used_at is None)
    return [token.id for token in unused if first <= instant(token.created_at) <= last]


def collected(reissue: Reissue, now: datetime) -> Transition:
    """The client asks for its token: written before the token is released, or it might be revoked meanwhile."""
    if reissue.status == "collected":
        return stays(reissue, "it was collected before")
    if (why := closed(reissue)) is not None:
        return refuses(reissue, why)
    if reissue.route != "brokered" or reissue.status != "verified":
        return refuses(reissue, "there is no verified token to collect")
    return goes(reissue, "the client has collected the new token", status="collected", collected_at=stamp(now))


def collected_in_vain(reissue: Reissue, listed: Sequence[TokenInfo], policy: TokensPolicy, now: datetime) -> Transition:
    """An operator knows that the client never had the token that it was given, or has lost it, and invites again.

    Only as long as the client has not used it; the old token is still in force.
    """
    if (why := closed(reissue)) is not None:
        return refuses(reissue, why)
    current = next((token for token in listed if token.id == reissue.successor), None)
    if reissue.route != "brokered" or reissue.status != "collected" or reissue.successor is None:
        return refuses(reissue, "no token was collected in vain")
    if current is not None and used_by_client(reissue, current):
        return refuses(reissue, "the client uses the new token")
    reason = "an operator invites again: the client has not used the token that it collected"
    return revokes(reissue, "invited", [reissue.successor], reason, **invitation(reissue, policy, now))


def uncollected(reissue: Reissue, policy: TokensPolicy, now: datetime) -> Transition:
    """A token that its client did not collect is nobody's: it is revoked, and the agent is invited again."""
    if (why := closed(reissue)) is not None:
        return stays(reissue, why)
    if reissue.status != "verified" or reissue.verified_at is None or reissue.successor is None:
        return stays(reissue, "no token waits to be collected")
    if not over(collection_ends(policy, instant(reissue.verified_at)), now):
        return stays(reissue, "the new token waits to be collected")
    reason = f"the client did not collect the new token within {policy.collection_minutes} minutes"
    return _taken_back(reissue, reissue.successor, reason, policy, now)


def acknowledged(reissue: Reissue, now: datetime) -> Transition:
    """The client says that it has its token: from now on it is not taken back for not being used."""
    if not reissue.is_open:
        return stays(reissue, f"it has ended: {reissue.status}")
    if (why := closed(reissue)) is not None:
        return refuses(reissue, why)
    if reissue.status != "collected":
        return refuses(reissue, "there is no token that was collected")
    if reissue.acknowledged_at is not None:
        return stays(reissue, "it was acknowledged before")
    return goes(reissue, "the client says that it has the new token", acknowledged_at=stamp(now))


def unused(reissue: Reissue, current: TokenInfo, policy: TokensPolicy, now: datetime) -> Transition:
    """A token that was released, and of whose arrival there is no sign in time, is nobody's: the answer was lost.

    Args:
        reissue: as it is recorded.
        current: its successor, as the issuer lists it.
        policy: the one that it was opened by.
        now: the present time.
    """
    if reissue.verified_at is None or not nobodys(reissue, current):
        return stays(reissue, "the client has the new token, or may have it")
    if not surely_over(collection_ends(policy, instant(reissue.verified_at)), now):
        return stays(reissue, "the client may still collect the new token again, or acknowledge it")
    reason = f"the client neither acknowledged nor used the new token within {policy.collection_minutes} minutes"
    return _taken_back(reissue, current.id, reason, policy, now)


def lost_but_held(reissue: Reissue, policy: TokensPolicy, now: datetime) -> Transition:
    """An exchange died after its token was sealed: the token is at hand, and nothing has to be guessed."""
    if (why := closed(reissue)) is not None:
        return stays(reissue, why)
    if not is_lost(reissue, now):
        return stays(reissue, "no exchange is lost")
    reason = "the exchange was not finished, and its token is taken back: the agent has to authorize again"
    again = {**invitation(reissue, policy, now), "lost_at": reissue.exchange_at, "exchange_at": None}
    return goes(reissue, reason, **again)


def taken_back(reissue: Reissue) -> Transition:
    """The token of a lost exchange is revoked by its value: nothing of that exchange is looked for any more."""
    if reissue.lost_at is None or closed(reissue) is not None:
        return stays(reissue, "no exchange is lost")
    return goes(reissue, "a token of an exchange that was not finished is revoked", lost_at=None)


def revoked_by_value(reissue: Reissue, token_id: str) -> Transition:
    """A token that was to be revoked, and was at hand, is revoked: it is not asked for by its id any more."""
    if reissue.becomes is None or token_id not in reissue.to_revoke:
        return stays(reissue, "it is not to be revoked")
    left = tuple(token for token in reissue.to_revoke if token != token_id)
    return goes(reissue, reissue.reason or "", to_revoke=left)


def _taken_back(reissue: Reissue, token: str, reason: str, policy: TokensPolicy, now: datetime) -> Transition:
    if surely_over(reissue.deadline, now):
        return revokes(reissue, "expired", [token], reason)
    return revokes(reissue, "invited", [token], reason, **invitation(reissue, policy, now))
