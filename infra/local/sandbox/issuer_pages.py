"""The issuer's pages, as an agent sees them in a browser: logging in, and accepting or declining a client.

It is a sandbox: an agent logs in by saying who they are. A session is an opaque cookie, kept as a digest.
"""

from __future__ import annotations

import secrets
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, cast

from authlib.oauth2 import OAuth2Error

from infra.local.sandbox.call import Answer, Call, Operation
from infra.local.sandbox.errors import ContractError
from infra.local.sandbox.html import button, form, page, paragraph
from infra.local.sandbox.oauth_http import IssuerRequest, Reply, params_of
from infra.local.sandbox.oauth_records import digest
from infra.local.sandbox.oauth_server import Issuer

if TYPE_CHECKING:
    from collections.abc import Callable

    from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant

    from infra.local.sandbox.oauth_clients import RegisteredClient

_COOKIE = "issuer_session"
_FORM_LIMIT = 16 * 1024


def _authorize(call: Call) -> Answer:
    """Ask who the agent is, then whether the client may have what it asks for (RFC 6749, 4.1.1)."""
    asked = _asked(call)
    if isinstance(asked, Answer):
        return asked
    agent = call.account.agents.get(_agent_id(call) or "")
    if agent is None:
        return _login_page(call)
    client = cast("RegisteredClient", asked.request.client).client
    return page(
        f"Let {client.name} use your account?",
        paragraph(f"You are {agent.name}."),
        paragraph(f"It wants to: {', '.join(asked.request.scope.split())}."),
        form(
            _address(call, "authorize"),
            button("decision", "accept", "Accept"),
            button("decision", "decline", "Decline"),
        ),
    )


def _decide(call: Call) -> Answer:
    """Send the browser back to the client with a code, or with the agent's refusal (4.1.2)."""
    asked = _asked(call)
    if isinstance(asked, Answer):
        return asked
    agent_id = _agent_id(call)
    if agent_id not in call.account.agents:
        return _login_page(call)
    accepts = _field(call, "decision") == "accept"
    reply = asked.server.create_authorization_response(asked.request, agent_id if accepts else None, asked)
    return cast("Reply", reply).answer()


def _login(call: Call) -> Answer:
    agent_id = _field(call, "agent_id")
    if agent_id not in call.account.agents:
        return page("There is no such agent", status=400)
    session = secrets.token_urlsafe(32)
    call.account.oauth.sessions[digest(session)] = agent_id
    path = f"/v1/issuers/{call.account.id}"
    # Lax: a form on another site's page cannot accept in the agent's name.
    cookie = f"{_COOKIE}={session}; Path={path}; HttpOnly; SameSite=Lax"
    return Answer(303, headers={"Location": _address(call, "authorize"), "Set-Cookie": cookie})


def _asked(call: Call) -> AuthorizationCodeGrant | Answer:
    """Return the authorization request, or the answer that refuses it."""
    server = Issuer(call.account)
    try:
        request = IssuerRequest("GET", call.account.oauth.issuer, params_of(call.query_string), call.headers)
    except ContractError:
        return page("This address cannot be read", status=400)
    try:
        # Authlib's stubs have no types for this one.
        return cast("AuthorizationCodeGrant", server.get_consent_grant(request))  # type: ignore[no-untyped-call]
    except OAuth2Error as error:
        refused = server.refusal(request, error)
    if refused.location is not None:
        return refused.answer()
    # The redirect address is not known to be the client's, so that nobody is sent there (4.1.2.1).
    return page("This request cannot be answered", paragraph(error_code(refused)), status=400)


def error_code(reply: Reply) -> str:
    """Return OAuth's code of an error."""
    return str(reply.body.get("error")) if isinstance(reply.body, dict) else "unknown"


def _login_page(call: Call) -> Answer:
    agents = [button("agent_id", agent.id, agent.name) for agent in call.account.agents.values()]
    return page("Who are you?", form(_address(call, "login"), *agents))


def _address(call: Call, name: str) -> str:
    """Return the address of one of the pages, with the authorization request that it is about."""
    return f"/v1/issuers/{call.account.id}/{name}?{call.query_string}"


def _agent_id(call: Call) -> str | None:
    try:
        found = SimpleCookie(call.headers.get("cookie", "")).get(_COOKIE)
    except CookieError:
        return None
    return None if found is None else call.account.oauth.sessions.get(digest(found.value))


def _field(call: Call, name: str) -> str:
    try:
        return params_of(call.body.decode()).get(name, [""])[0]
    except (ContractError, UnicodeDecodeError):
        return ""


def _page(method: str, name: str, run: Callable[[Call], Answer]) -> Operation:
    return Operation(method, f"/v1/issuers/{{account_id}}/{name}", None, run, body_limit=_FORM_LIMIT, entry="page")


OPERATIONS = (_page("GET", "authorize", _authorize),)
OWN_PAGES = (_page("POST", "authorize", _decide), _page("POST", "login", _login))
"""Not of the contract: how agents log in and decide, is each platform's own."""
