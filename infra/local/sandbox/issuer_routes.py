"""Operations of the contract that an integration calls: token, introspection, revocation, and whose a token is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from infra.local.sandbox.call import Answer, Call, Operation, json_answer
from infra.local.sandbox.errors import ContractError
from infra.local.sandbox.oauth_http import IssuerRequest, Reply, params_of
from infra.local.sandbox.oauth_server import Issuer

if TYPE_CHECKING:
    from infra.local.sandbox.account import Account
    from infra.local.sandbox.oauth import Found

_FORM_LIMIT = 64 * 1024


def _token(call: Call) -> Answer:
    return _uncached(Issuer(call.account).create_token_response(_request(call)))


def _introspect(call: Call) -> Answer:
    return _endpoint(call, "introspection")


def _revoke(call: Call) -> Answer:
    return _endpoint(call, "revocation")


def _endpoint(call: Call, name: str) -> Answer:
    # Authlib's stubs have no types for this one.
    return _uncached(Issuer(call.account).create_endpoint_response(name, _request(call)))  # type: ignore[no-untyped-call]


def _whoami(call: Call) -> Answer:
    scheme, _, value = call.headers.get("authorization", "").partition(" ")
    found = call.account.oauth.by_access(value) if scheme.lower() == "bearer" else None
    return json_answer(used(call.account, found))


def used(account: Account, found: Found | None) -> dict[str, Any]:
    """Let a token be used in a live call, and say whose it is.

    Raises:
        ContractError: 401; it is not in force, or its agent has left.
    """
    agent_id = None if found is None else found.grant.agent_id
    left = agent_id is not None and agent_id not in account.agents
    if found is None or left or not account.oauth.works(found.token):
        headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise ContractError(401, "unauthorized", "The token is not in force.", headers=headers)
    found.token.last_used_at = account.oauth.now()
    return {
        "token_id": found.token.id,
        "client_id": found.grant.client_id,
        "agent_id": agent_id,
        "scopes": found.token.scopes,
        "expires_at": found.token.expires_at,
    }


def _request(call: Call) -> IssuerRequest:
    try:
        params = params_of(call.body.decode())
    except UnicodeDecodeError:
        params = {}
    if any(len(values) > 1 for values in params.values()):
        params = {}  # no parameter may be there twice (RFC 6749, 3.2); without any, all is refused
    return IssuerRequest("POST", call.account.oauth.issuer, params, call.headers)


def _uncached(given: object) -> Answer:
    """Return what Authlib gave, as no cache may keep it (RFC 6749, 5.1)."""
    answer = cast("Reply", given).answer()
    return Answer(answer.status, answer.body, headers={**answer.headers, "Cache-Control": "no-store"})


OPERATIONS = (
    Operation("POST", "/v1/issuers/{account_id}/token", None, _token, body_limit=_FORM_LIMIT, entry="path"),
    Operation(
        "POST",
        "/v1/issuers/{account_id}/introspect",
        None,
        _introspect,
        is_read=True,
        body_limit=_FORM_LIMIT,
        entry="path",
    ),
    Operation("POST", "/v1/issuers/{account_id}/revoke", None, _revoke, body_limit=_FORM_LIMIT, entry="path"),
    Operation("GET", "/v1/issuers/{account_id}/whoami", None, _whoami, entry="path"),
)
