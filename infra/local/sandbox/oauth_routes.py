"""Operations of the contract on an account's OAuth clients, grants and tokens, for who administers the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from infra.local.sandbox.call import Answer, Call, Operation, json_answer
from infra.local.sandbox.errors import not_found
from infra.local.sandbox.oauth import Found
from infra.local.sandbox.paging import limit_of, page_after, required

if TYPE_CHECKING:
    from infra.local.sandbox.oauth import OAuth
    from infra.local.sandbox.oauth_records import OAuthClient, OAuthGrant

_READ, _WRITE = "oauth.read", "oauth.write"
_MOST = 100


def _clients(call: Call) -> Answer:
    clients = call.account.oauth.clients
    limit = limit_of(call.query, _MOST)
    page, following = page_after(sorted(clients), call.query.get("cursor"), "oauth_clients", "", limit)
    return json_answer({"items": [client_form(clients[each]) for each in page], "next_cursor": following})


def _client(call: Call) -> Answer:
    client = call.account.oauth.clients.get(call.path["id"])
    if client is None:
        raise not_found("OAuth client")
    return json_answer(client_form(client))


def _grants(call: Call) -> Answer:
    oauth = call.account.oauth
    # No id has a slash in it, so that a key belongs to one grant.
    grants = {f"{client}/{agent or ''}": grant for (client, agent), grant in oauth.grants.items()}
    limit = limit_of(call.query, _MOST)
    page, following = page_after(sorted(grants), call.query.get("cursor"), "oauth_grants", "", limit)
    return json_answer({"items": [grant_form(oauth, grants[each]) for each in page], "next_cursor": following})


def _tokens(call: Call) -> Answer:
    client_id, agent_id = required(call.query, "client_id"), call.query.get("agent_id")
    grant = call.account.oauth.grants.get((client_id, agent_id))
    tokens = {} if grant is None else {token.id: Found(token, grant) for token in grant.tokens}
    filters = f"{client_id}/{agent_id or ''}"
    limit = limit_of(call.query, _MOST)
    page, following = page_after(sorted(tokens), call.query.get("cursor"), "oauth_tokens", filters, limit)
    return json_answer({"items": [token_form(tokens[each]) for each in page], "next_cursor": following})


def _revoke(call: Call) -> Answer:
    found = call.account.oauth.token(call.path["id"])
    if found is None:
        raise not_found("token")
    found.token.revoked = True
    return Answer(204)


def client_form(client: OAuthClient) -> dict[str, Any]:
    """Return a client as the contract shows it: nothing of its secret."""
    form: dict[str, Any] = msgspec.to_builtins(client)
    del form["secret_sha256"]
    return form


def grant_form(oauth: OAuth, grant: OAuthGrant) -> dict[str, Any]:
    """Return a grant with its tokens in force. What they may do is what it is for; without any, what was agreed to."""
    tokens = [Found(token, grant) for token in grant.tokens if oauth.in_force(token)]
    scopes = dict.fromkeys(scope for found in tokens for scope in found.token.scopes)
    return {
        "client_id": grant.client_id,
        "agent_id": grant.agent_id,
        "scopes": list(scopes) if tokens else grant.scopes,
        "tokens": [token_form(found) for found in tokens],
    }


def token_form(found: Found) -> dict[str, Any]:
    """Return a token as the contract shows it: nothing that leads to its value."""
    token = found.token
    return {
        "id": token.id,
        "client_id": found.grant.client_id,
        "agent_id": found.grant.agent_id,
        "scopes": token.scopes,
        "created_at": token.created_at,
        "expires_at": token.ends_at(),
        "last_used_at": token.last_used_at,
        "revoked": token.revoked,
    }


OPERATIONS = (
    Operation("GET", "/v1/oauth/clients", _READ, _clients),
    Operation("GET", "/v1/oauth/clients/{id}", _READ, _client),
    Operation("GET", "/v1/oauth/grants", _READ, _grants),
    Operation("GET", "/v1/oauth/tokens", _READ, _tokens),
    Operation("DELETE", "/v1/oauth/tokens/{id}", _WRITE, _revoke),
)
