"""Open the reissue of one grant, once however often it is asked for."""

import msgspec

from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.app.metrics import Metric, count
from deskshift.app.policies import tokens_policies
from deskshift.app.token_reissue.carry_out import save
from deskshift.app.token_reissue.known import Known
from deskshift.app.token_wiring import TokenWiring
from deskshift.domain.policy import choose_policy
from deskshift.domain.tokens.ids import grant_key
from deskshift.domain.tokens.opening import next_round, opened, recorded
from deskshift.domain.tokens.policy import TokensPolicy
from deskshift.domain.tokens.routing import Routed
from deskshift.domain.tokens.scopes import Scopes, narrowed
from deskshift.domain.tokens.transitions import joined
from deskshift.model.reissue import Reissue, ReissueRequest

_LARGEST = 200_000
"""Bytes; DynamoDB takes items of 400 KB, and what is to be revoked and what is refreshed comes to it."""
_MOST_OLD = 200
_MOST_JOINED = 100


def open_grant(wiring: TokenWiring, request: ReissueRequest, routed: Routed, known: Known) -> Reissue:
    """Give the reissue that a request leads to: the one that it led to before, one that is open, or a new one.

    Raises:
        LateWriter: somebody else opens one in this moment.
    """
    grant = routed.grant
    key = grant_key(request.account_id, grant.client_id, grant.agent_id)
    rounds = wiring.grants.of_grant(request.account_id, key)
    found = recorded(rounds, request)
    if found is not None:
        return _joined(wiring, found, request)
    policy = newest_policy()
    scopes = _scopes(routed, policy, known)
    made = fitting(next_round(opened(request, routed, scopes, policy, wiring.clock()), rounds))
    reissue = wiring.grants.open(key, made)
    if reissue.request.request_id != request.request_id:
        return _joined(wiring, reissue, request)  # somebody else was faster: it is this request's result, too
    count(Metric.REISSUES_OPENED)
    logger.info(Event.REISSUE_OPENED, extra={"reissue_id": reissue.reissue_id, "route": reissue.route})
    return reissue


def fits(reissue: Reissue) -> bool:
    """Say whether a reissue fits into its record, with what it may still come to."""
    return len(msgspec.json.encode(reissue)) <= _LARGEST


def fitting(made: Reissue) -> Reissue:
    """Leave a grant to a person that has so many tokens, or scopes, that its record cannot hold them."""
    if fits(made):
        return made
    for most in (_MOST_OLD, 0):
        old = made.old[len(made.old) - most :] if len(made.old) > most else made.old
        scopes = made.scopes if most else ()
        reason = f"it has {len(made.old)} tokens, more than can be dealt with one by one; {len(old)} are recorded"
        made_less = msgspec.structs.replace(
            made, route="manual", old=old, scopes=scopes, dropped_scopes=(), reason=reason
        )
        if fits(made_less):
            break
    return made_less


def _joined(wiring: TokenWiring, found: Reissue, request: ReissueRequest) -> Reissue:
    joining = joined(found, request)
    if not joining.changed:
        return found
    return save(wiring, msgspec.structs.replace(joining.after, joined=joining.after.joined[-_MOST_JOINED:]))


def newest_policy() -> TokensPolicy:
    """Give the newest edition's newest policy."""
    return choose_policy(tokens_policies(), None, None)


def policy_of(reissue: Reissue) -> TokensPolicy:
    """Give the policy that a reissue was opened by."""
    return choose_policy(tokens_policies(), reissue.edition, reissue.policy_version)


def _scopes(routed: Routed, policy: TokensPolicy, known: Known) -> Scopes:
    grant, client = routed.grant, routed.client
    if client is None:
        return Scopes(grant.scopes)
    return narrowed(grant, client, policy, administrator=known.administrator(grant.agent_id))
