"""What follows from the tokens that the issuer lists for a grant now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from deskshift.domain.tokens.brokering import answer_lost, is_lost, uncollected, unused, was_lost
from deskshift.domain.tokens.policy import TokensPolicy
from deskshift.domain.tokens.refreshes import (
    counted_as_old,
    ended_early,
    may_be_refreshed,
    not_refreshed,
    proves_authorization,
)
from deskshift.domain.tokens.schedule import retire_after
from deskshift.domain.tokens.scopes import beyond, not_granted
from deskshift.domain.tokens.times import stamp, surely_over
from deskshift.domain.tokens.tokens import before_it, in_force, in_time, new, old_token
from deskshift.domain.tokens.transitions import Transition, closed, ends, goes, refuses, revokes, stays
from deskshift.model.oauth import Subject, TokenInfo
from deskshift.model.reissue import Reissue


def observed(reissue: Reissue, listed: Sequence[TokenInfo], policy: TokensPolicy, now: datetime) -> Transition:
    """Find what follows from the issuer's list, and from the time.

    Args:
        reissue: as it is recorded.
        listed: the tokens of this grant; the same list leads to the same, however often it is looked at.
        policy: the one that it was opened by.
        now: the present time.
    """
    if (why := closed(reissue)) is not None:
        return stays(reissue, why)
    earlier = before_it(reissue, listed)
    known = msgspec.structs.replace(reissue, old=reissue.old + earlier) if earlier else reissue
    counted = counted_as_old(known, listed, now)
    found = _found(counted, listed, policy, now)
    if found.changed and closed(found.after) is None:
        # What was seen only after the deadline has ended with it; the next look would say no more than this one.
        further = _found(found.after, listed, policy, now)
        found = further if further.changed else found
    if found.changed or counted == reissue:
        return found
    more = len(counted.old) - len(reissue.old)
    return goes(counted, f"{more} token(s) are old ones, too: from before the invitation, or refreshed")


def of_unlisted(reissue: Reissue, policy: TokensPolicy, now: datetime) -> Transition:
    """Find what follows from the time alone, where the issuer lists no tokens: that none is seen says nothing."""
    if (why := closed(reissue)) is not None:
        return stays(reissue, why)
    if reissue.status in {"authorized", "collected"}:
        return stays(reissue, "the issuer does not show what becomes of the new token")
    found = _found(reissue, (), policy, now)
    if found.after.status != "expired":
        return found
    return msgspec.structs.replace(found, after=msgspec.structs.replace(found.after, old_token="in_force"))  # noqa: S106 - what became of it


def verified(
    reissue: Reissue, subject: Subject, own_use: str | None, policy: TokensPolicy, now: datetime
) -> Transition:
    """A live call with the new token has said whose it is.

    Args:
        reissue: as it is recorded.
        subject: what the call said.
        own_use: the token's `last_used_at` as the issuer shows it after the call.
        policy: the one that it was opened by.
        now: the present time.
    """
    if reissue.successor == subject.token_id and reissue.verified_at is not None:
        return stays(reissue, "it was verified before")
    if (why := closed(reissue) or _unexpected(reissue)) is not None:
        # Nobody but deskshift has what it exchanged itself; any other token is its client's.
        return refuses(reissue, why, (subject.token_id,) if reissue.route == "brokered" else ())
    if (subject.agent_id, subject.client_id) != (reissue.agent_id, reissue.client_id):
        return _wrong_person(reissue, [subject.token_id])
    if (more := beyond(reissue.scopes, subject.scopes)) != ():
        return _too_much(reissue, subject.token_id, more)
    return _verified(reissue, subject.token_id, subject.scopes, policy, now, own_use=own_use)


def _unexpected(reissue: Reissue) -> str | None:
    """Say why no new token is to be verified now."""
    if reissue.route != "brokered":
        return None if reissue.status in {"invited", "authorized"} else f"it is {reissue.status} already"
    if reissue.status == "invited" and reissue.exchange_at is not None:
        return None
    return "no exchange is under way that this token is from"


def _found(reissue: Reissue, listed: Sequence[TokenInfo], policy: TokensPolicy, now: datetime) -> Transition:
    candidates = [token for token in new(reissue, listed) if in_force(token, now)]
    if reissue.route == "brokered" and reissue.status == "invited":
        return _of_brokered(reissue, listed, candidates, policy, now)
    if reissue.route == "brokered" and reissue.status == "verified":
        return _and_lost(uncollected(reissue, policy, now), listed, candidates, now)
    if reissue.route == "brokered":
        found = _of_successor(reissue, listed, candidates, policy, now)
        return _and_lost(found, listed, candidates, now)
    if reissue.status == "invited":
        return _of_invited(reissue, listed, candidates, policy, now)
    return _of_successor(reissue, listed, candidates, policy, now)


def _of_invited(
    reissue: Reissue, listed: Sequence[TokenInfo], candidates: list[TokenInfo], policy: TokensPolicy, now: datetime
) -> Transition:
    timely = [token for token in candidates if in_time(reissue, token)]
    mine = [token for token in timely if token.agent_id == reissue.agent_id]
    if proves_authorization(reissue, listed, mine, now):
        return _taken(reissue, listed, mine, policy, now)
    if timely and not mine and reissue.route != "manual":
        return _wrong_person(reissue, [token.id for token in timely])
    if not surely_over(reissue.deadline, now):
        return stays(reissue, "nobody has authorized yet")
    late = (
        f"; {len(candidates)} new token(s) came after it, or may be refreshed old ones, and stay" if candidates else ""
    )
    return ends(
        reissue,
        "expired",
        f"{_in_vain(reissue)}{late}",
        now,
        old_token=old_token(reissue, listed, now),
    )


def _of_successor(
    reissue: Reissue, listed: Sequence[TokenInfo], candidates: list[TokenInfo], policy: TokensPolicy, now: datetime
) -> Transition:
    mine = [token for token in candidates if token.agent_id == reissue.agent_id]
    current = next((token for token in mine if token.id == reissue.successor), None)
    used = [token for token in mine if token.last_used_at is not None]
    if current is not None and len(used) <= len(ended_early(reissue, listed, now)):
        used = []  # the others may be refreshed old ones: that they are used says nothing
    if mine and (current is None or (used and current.last_used_at is None)):
        # The client has refreshed the token, or the agent has authorized more than once: what the client uses counts.
        return _taken(reissue, listed, mine, policy, now)
    if current is None:
        return _gone(reissue, listed, now)
    if reissue.status == "authorized" and current.last_used_at is not None:
        return _seen(reissue, current, policy, now)
    if reissue.status == "authorized" and surely_over(reissue.deadline, now):
        reason = "the integration has a new token and has not used it before the deadline"
        return ends(reissue, "expired", reason, now, old_token=old_token(reissue, listed, now))
    if reissue.status == "collected":
        # It is known by its id: as long as it is in force and not used, no other there came of it.
        return unused(reissue, current, policy, now)
    return stays(reissue, f"it is {reissue.status}")


def _in_vain(reissue: Reissue) -> str:
    if reissue.route == "manual":
        return f"nobody said before the deadline that it was renewed by hand ({reissue.reason})"
    return "nobody authorized before the deadline"


def _of_brokered(
    reissue: Reissue, listed: Sequence[TokenInfo], candidates: list[TokenInfo], policy: TokensPolicy, now: datetime
) -> Transition:
    """Here deskshift is the client: a new token is what it exchanged, and nothing that is only listed."""
    strangers = not_refreshed(reissue, listed, candidates, now)
    if is_lost(reissue, now):
        return answer_lost(reissue, strangers, policy, now)
    if left := was_lost(reissue, strangers):
        return revokes(reissue, "invited", left, "a token of an exchange whose answer was lost came to light")
    if reissue.exchange_at is not None or not surely_over(reissue.deadline, now):
        return stays(reissue, "nobody has authorized yet")
    state = old_token(reissue, listed, now)
    return ends(reissue, "expired", "nobody authorized before the deadline", now, old_token=state)


def _and_lost(
    found: Transition, listed: Sequence[TokenInfo], candidates: Sequence[TokenInfo], now: datetime
) -> Transition:
    """A token of a lost exchange may be listed only once another is verified: nobody has it.

    What else follows comes first, and the next look finds it again.
    """
    if found.changed:
        return found
    others = [token for token in candidates if token.id != found.after.successor]
    left = was_lost(found.after, not_refreshed(found.after, listed, others, now))
    return msgspec.structs.replace(found, orphans=tuple(left))


def _taken(
    reissue: Reissue, listed: Sequence[TokenInfo], mine: list[TokenInfo], policy: TokensPolicy, now: datetime
) -> Transition:
    """Of several new tokens one is the successor; of those that may be refreshed old ones none is revoked."""
    if not ended_early(reissue, listed, now):
        return _seen(reissue, _chosen(mine), policy, now)
    within = [token for token in mine if not beyond(reissue.scopes, token.scopes)]
    left = [token for token in mine if may_be_refreshed(reissue, token)]
    if not within or (reissue.status == "invited" and not proves_authorization(reissue, listed, left, now)):
        wider = beyond(reissue.scopes, [scope for token in mine for scope in token.scopes])
        what = "the new tokens, which may be refreshed old ones, have scopes that were not asked for"
        return _waits_or_is_left(reissue, what, wider, now)
    return _seen(msgspec.structs.replace(reissue, told_apart=False), _chosen(within), policy, now)


def _seen(reissue: Reissue, token: TokenInfo, policy: TokensPolicy, now: datetime) -> Transition:
    """A new token is the successor. That its client has used it is the live call that verifies it.

    What a person has made by hand is not judged by what an invitation would have asked for.
    """
    if (more := beyond(reissue.scopes, token.scopes)) != ():
        if reissue.route == "manual":
            what = "the new token has scopes that the record of the grant does not"
            return _waits_or_is_left(reissue, what, more, now)
        if token.last_used_at is None:
            return _too_much(reissue, token.id, more)
        what = "the new token, which the integration uses, has scopes that were not asked for"
        return _left_to_a_person(reissue, what, more, now)
    if reissue.verified_at is not None:
        reason = "the client has another new token now"
        return goes(reissue, reason, successor=token.id, own_use=None, refreshed=True)
    if token.last_used_at is None:
        return _authorized(reissue, token)
    return _verified(reissue, token.id, token.scopes, policy, now)


def _authorized(reissue: Reissue, token: TokenInfo) -> Transition:
    reason = "the issuer has a new token, which has not been used yet"
    if (reissue.status, reissue.successor) == ("authorized", token.id):
        return stays(reissue, reason)
    return goes(reissue, reason, status="authorized", successor=token.id)


def _verified(
    reissue: Reissue,
    token_id: str,
    granted: tuple[str, ...],
    policy: TokensPolicy,
    now: datetime,
    **more: Any,  # noqa: ANN401
) -> Transition:
    known = {scope for scope, _ in reissue.dropped_scopes}
    missing = tuple(one for one in not_granted(reissue.scopes, granted) if one[0] not in known)
    return goes(
        reissue,
        "the new token works and is the invited agent's" if reissue.agent_id else "the client's new token works",
        status="verified",
        successor=token_id,
        dropped_scopes=reissue.dropped_scopes + missing,
        verified_at=stamp(now),
        retire_after=retire_after(policy, now),
        exchange_at=None,
        **more,
    )


def _gone(reissue: Reissue, listed: Sequence[TokenInfo], now: datetime) -> Transition:
    if not surely_over(reissue.deadline, now):
        return stays(reissue, "the new token is not in force any more; another one may come before the deadline")
    reason = "the new token is not in force any more, and no other has come before the deadline"
    return ends(reissue, "failed", reason, now, successor=None, old_token=old_token(reissue, listed, now))


def _wrong_person(reissue: Reissue, tokens: list[str]) -> Transition:
    return revokes(reissue, "wrong_person", tokens, "somebody else than the invited agent authorized")


def _too_much(reissue: Reissue, token_id: str, scopes: tuple[str, ...]) -> Transition:
    reason = f"the new token has scopes that were not asked for: {', '.join(scopes)}"
    return revokes(reissue, "failed", [token_id], reason)


def _waits_or_is_left(reissue: Reissue, what: str, scopes: tuple[str, ...], now: datetime) -> Transition:
    """Of tokens that nobody may revoke others may come, or a person says that it is done, until the deadline."""
    if not surely_over(reissue.deadline, now):
        return stays(reissue, what)
    return _left_to_a_person(reissue, what, scopes, now)


def _left_to_a_person(reissue: Reissue, what: str, scopes: tuple[str, ...], now: datetime) -> Transition:
    """An integration that works is not cut off for its scopes: a person has to see to it."""
    left = "nothing is revoked: an operator has to see to the new token and to the old one"
    reason = f"{what}: {', '.join(scopes)}; {left}"
    return ends(reissue, "failed", reason, now, successor=None, old_token="operator_task")  # noqa: S106 - no token


def _chosen(tokens: list[TokenInfo]) -> TokenInfo:
    """Of several new tokens the one that is used counts, then the newest."""
    return max(tokens, key=lambda token: (token.last_used_at is not None, token.created_at, token.id))
