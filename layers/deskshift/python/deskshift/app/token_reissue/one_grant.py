"""A message for one grant: its reissue is opened, and its agent invited."""

from functools import lru_cache

import msgspec

from deskshift.app.token_reissue.found import ways
from deskshift.app.token_reissue.keys import known_key
from deskshift.app.token_reissue.known import Known, read_known
from deskshift.app.token_reissue.letters import invite, tell_owners
from deskshift.app.token_reissue.open_grant import newest_policy, open_grant
from deskshift.app.token_wiring import TokenWiring
from deskshift.connectors.tokens.ports import TokenIssuer
from deskshift.domain.tokens.ids import grant_key
from deskshift.domain.tokens.opening import recorded
from deskshift.domain.tokens.routing import Routed, route_of
from deskshift.domain.tokens.tokens import in_force
from deskshift.model.errors import UnknownGrant
from deskshift.model.issuer_connection import IssuerConnection
from deskshift.model.oauth import Grant
from deskshift.model.reissue import Reissue, ReissueRequest
from deskshift.store.files import Files


def reissue_one(wiring: TokenWiring, request: ReissueRequest) -> Reissue:
    """Open the reissue of one grant, if it is not open, and send its invitation, if that is not sent.

    Raises:
        UnknownAccount: no connection, or no issuer, is recorded.
        UnknownGrant: the issuer lists no such grant.
        VendorUnavailable: the issuer or the platform does not answer; the message comes again.
        LateWriter: another run works on the grant at the same time.
    """
    connection = wiring.connections.issuer(request.account_id)
    known = _known_by_batch(wiring, request)
    opened = None if known is None else _opened_by_batch(wiring, request)
    if known is not None and opened is not None:
        return invite(wiring, connection, known, opened)
    issuer = wiring.issuer(request.account_id)
    known = read_known(wiring, request.account_id, issuer)
    reissue = open_grant(wiring, request, _routed(wiring, request, issuer, connection, known), known)
    clients = {name: client for name, client in known.clients.items() if name == request.client_id}
    of_one = msgspec.structs.replace(known, clients=clients)
    tell_owners(wiring, connection, of_one, newest_policy(), reissue.reissue_id)
    return invite(wiring, connection, known, reissue)


def _known_by_batch(wiring: TokenWiring, request: ReissueRequest) -> Known | None:
    """Give the account, the clients and the agent alone; None where the grant is asked for alone."""
    if request.batch_id is None:
        return None
    known = _kept(wiring.files, known_key(request.account_id, request.batch_id))
    if known is None or request.agent_id is None:
        return known
    agent = wiring.platform(request.account_id).directory.agent(request.agent_id)
    return known if agent is None else msgspec.structs.replace(known, agents={agent.id: agent})


def _kept(files: Files, key: str) -> Known | None:
    """Read a file that is never written again once there is a message that names it; a warm function keeps it."""
    try:
        return _read(files, key)
    except KeyError:
        return None


@lru_cache(maxsize=4)
def _read(files: Files, key: str) -> Known:
    found = files.read(key, Known)
    if found is None:
        raise KeyError(key)  # and nothing is kept
    return found


def _opened_by_batch(wiring: TokenWiring, request: ReissueRequest) -> Reissue | None:
    """The inventory's run opens each grant's reissue before it sends the message."""
    key = grant_key(request.account_id, request.client_id or "", request.agent_id)
    return recorded(wiring.grants.of_grant(request.account_id, key), request)


def _routed(
    wiring: TokenWiring, request: ReissueRequest, issuer: TokenIssuer, connection: IssuerConnection, known: Known
) -> Routed:
    grant = _grant(wiring, request, issuer, known)
    client = known.clients.get(grant.client_id)
    route, reason = route_of(grant, client, ways(issuer, connection))
    return Routed(grant, client, route, reason)


def _grant(wiring: TokenWiring, request: ReissueRequest, issuer: TokenIssuer, known: Known) -> Grant:
    client_id, agent_id = request.client_id or "", request.agent_id
    listed = issuer.tokens(client_id, agent_id) if issuer.offers.lists else []
    if listed:
        tokens = tuple(token for token in listed if in_force(token, wiring.clock()))
        scopes = tuple(dict.fromkeys(scope for token in tokens or listed for scope in token.scopes))
        return Grant(client_id=client_id, agent_id=agent_id, scopes=scopes, tokens=tokens)
    if client_id in known.clients and (agent_id is None or agent_id in known.agents):
        found = _without_tokens(wiring, request, issuer)
        if found is not None:
            return found
    raise UnknownGrant(client_id, agent_id)


def _without_tokens(wiring: TokenWiring, request: ReissueRequest, issuer: TokenIssuer) -> Grant | None:
    """Find a grant that never had a token, or whose tokens are not listed any more.

    That client and agent are known makes no grant: where the issuer lists, it has to list this one, or to have listed
    it when an earlier reissue of it was opened. Nobody gets a token who had none, and none with more scopes.
    """
    client_id, agent_id = request.client_id or "", request.agent_id
    if not issuer.offers.lists:
        return Grant(client_id=client_id, agent_id=agent_id, scopes=(), tokens=())
    rounds = wiring.grants.of_grant(request.account_id, grant_key(request.account_id, client_id, agent_id))
    if rounds:
        before = (*rounds[-1].scopes, *(scope for scope, _ in rounds[-1].dropped_scopes))
        return Grant(client_id=client_id, agent_id=agent_id, scopes=before, tokens=())
    return next((one for one in issuer.grants() if (one.client_id, one.agent_id) == (client_id, agent_id)), None)
