"""Open the reissue of one grant, once however often it is asked for."""

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
        joining = joined(found, request)
        return save(wiring, joining.after) if joining.changed else found
    policy = newest_policy()
    scopes = _scopes(routed, policy, known)
    made = next_round(opened(request, routed, scopes, policy, wiring.clock()), rounds)
    reissue = wiring.grants.open(key, made)
    count(Metric.REISSUES_OPENED)
    logger.info(Event.REISSUE_OPENED, extra={"reissue_id": reissue.reissue_id, "route": reissue.route})
    return reissue


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
