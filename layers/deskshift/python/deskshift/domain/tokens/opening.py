"""Open the reissue of a grant: its record, as it is first written."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from deskshift.domain.tokens.ids import reissue_id
from deskshift.domain.tokens.policy import TokensPolicy
from deskshift.domain.tokens.routing import Routed
from deskshift.domain.tokens.schedule import deadline
from deskshift.domain.tokens.scopes import Scopes, unknown
from deskshift.domain.tokens.times import stamp
from deskshift.model.reissue import Reissue, ReissueRequest


def opened(request: ReissueRequest, routed: Routed, scopes: Scopes, policy: TokensPolicy, now: datetime) -> Reissue:
    """Make the record of a grant's first reissue.

    A grant that had scopes and may keep none is left to a person: an invitation would ask for nothing. So is one of
    whose scopes nothing is known.
    """
    route, reason, grant = routed.route, routed.reason, routed.grant
    if route != "manual" and (why := _nothing_to_ask_for(routed, scopes)) is not None:
        route, reason = "manual", why
    return Reissue(
        account_id=request.account_id,
        reissue_id=reissue_id(request.account_id, grant.client_id, grant.agent_id),
        request=request,
        client_id=grant.client_id,
        agent_id=grant.agent_id,
        route=route,
        status="invited",
        opened_at=stamp(now),
        deadline=deadline(policy, now),
        scopes=scopes.kept,
        dropped_scopes=scopes.dropped,
        old=grant.tokens,
        edition=policy.edition,
        policy_version=policy.version,
        invited_at=stamp(now),
        reason=reason,
    )


def next_round(made: Reissue, rounds: Sequence[Reissue]) -> Reissue:
    """Give a new reissue the number after those that the grant has had."""
    number = len(rounds) + 1
    identity = reissue_id(made.account_id, made.client_id, made.agent_id, number)
    return msgspec.structs.replace(made, reissue_id=identity, round=number)


def recorded(rounds: Sequence[Reissue], request: ReissueRequest) -> Reissue | None:
    """Find the reissue of a grant that is a request's result already; None if a new one is to be opened.

    A redelivered request has the one that it led to, or that it joined; the messages of a request for all grants bear
    its id. For any other an open one is the result. After an end, whichever it is, a new request opens a new one.

    Args:
        rounds: the reissues of the grant, the oldest first.
        request: what is asked for now.
    """
    for one in rounds:
        if request.request_id == one.request.request_id or request.request_id in one.joined:
            return one
    if rounds and rounds[-1].is_open:
        return rounds[-1]
    return None


def _nothing_to_ask_for(routed: Routed, scopes: Scopes) -> str | None:
    if not unknown(routed.grant):
        return "none of its scopes may be granted again" if routed.grant.scopes and not scopes.kept else None
    return None if scopes.kept else "neither its old tokens nor its client show which scopes it may have"
