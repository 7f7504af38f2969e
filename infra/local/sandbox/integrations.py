"""The integrations of an account as OAuth clients: each begins, takes the code, and uses, refreshes and keeps tokens.

They speak to the issuer in this process and not over HTTP: the faults that are asked for are for deskshift's calls.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from infra.local.sandbox.errors import ContractError, not_found
from infra.local.sandbox.integrations_held import Begun, HeldToken
from infra.local.sandbox.issuer_routes import used
from infra.local.sandbox.oauth_http import IssuerRequest
from infra.local.sandbox.oauth_server import Issuer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.sandbox.account import Account
    from infra.local.sandbox.oauth_http import Reply
    from infra.local.sandbox.oauth_records import OAuthClient

_OK = 200


class NotConnected(Exception):
    """An authorization did not end in a token; `code` is OAuth's own, or why the integration did not go on."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def begin(account: Account, client_id: str) -> str:
    """Begin an authorization at an integration's own start, and return the address to send the browser to.

    Its own redirect address is the first that is registered. PKCE (RFC 7636) is used by all, `state` is new each time.
    It asks for what it has asked for before: the scopes of its grants.

    Raises:
        ContractError: 404; there is no such client, or it takes no codes.
    """
    client = _client(account, client_id)
    if "authorization_code" not in client.grant_types:
        raise not_found("authorization start")
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    account.integrations.begun[state] = Begun(client_id, client.redirect_uris[0], verifier)
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": client.redirect_uris[0],
        "scope": " ".join(_asked_for(account, client)),
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    return f"{account.oauth.issuer}/authorize?{urlencode(asked)}"


def finish(account: Account, client_id: str, answer: Mapping[str, str]) -> dict[str, Any]:
    """Take the answer of an authorization: exchange the code, use the token, keep it, and return whose it is.

    Raises:
        NotConnected: the agent declined, the answer is not to what was begun, or the issuer refused.
    """
    begun = account.integrations.begun.pop(answer.get("state", ""), None)
    own = [_place(address) for address in _client(account, client_id).redirect_uris[:1]]
    if begun is None or own != [_place(begun.redirect_uri)]:
        raise NotConnected("unknown_state")
    client_id = begun.client_id  # clients may share an address; which of them has begun, the state says
    if answer.get("iss") != account.oauth.issuer:
        raise NotConnected("another_issuer")
    if "error" in answer:
        raise NotConnected(answer["error"])
    form = {"code": answer.get("code", ""), "redirect_uri": begun.redirect_uri, "code_verifier": begun.verifier}
    return _granted(account, client_id, "authorization_code", form)


def use(account: Account, client_id: str, agent_id: str | None, token_id: str | None = None) -> dict[str, Any]:
    """Let an integration call the platform with a token and return whose it is: its newest, or the one of an id.

    The one of an id stands for tokens from before, which only the real integration has.

    Raises:
        ContractError: 409, it holds none; 401, the token is not in force.
    """
    if token_id is not None:
        return used(account, account.oauth.token(token_id))
    return used(account, account.oauth.by_access(_newest(account, client_id, agent_id).access))


def refresh(account: Account, client_id: str, agent_id: str | None) -> dict[str, Any]:
    """Let an integration refresh its newest token.

    Raises:
        ContractError: 409; it holds none that can be.
        NotConnected: the issuer refused.
    """
    held = _newest(account, client_id, agent_id)
    if held.refresh is None:
        raise ContractError(409, "no_refresh_token", "The token cannot be refreshed.")
    return _granted(account, client_id, "refresh_token", {"refresh_token": held.refresh})


def ask_for_own(account: Account, client_id: str) -> dict[str, Any]:
    """Let an integration get a token of its own by client credentials.

    Raises:
        NotConnected: the issuer refused.
    """
    scopes = _asked_for(account, _client(account, client_id))
    return _granted(account, client_id, "client_credentials", {"scope": " ".join(scopes)})


def keep(account: Account, client_id: str, access: str, refresh_token: str | None) -> dict[str, Any]:
    """Let an integration use a token once, and keep it as the newest of its grant.

    Raises:
        ContractError: 401, the token is not in force; 409, it is another client's.
    """
    whose = used(account, account.oauth.by_access(access))
    if whose["client_id"] != client_id:
        raise ContractError(409, "another_client", "The token is another client's.")
    held = HeldToken(access, refresh_token)
    account.integrations.held.setdefault((client_id, whose["agent_id"]), []).append(held)
    return whose


def _place(address: str) -> str:
    """Give an address as browsers are led there: whatever its query."""
    return address.partition("?")[0]


def _asked_for(account: Account, client: OAuthClient) -> list[str]:
    own = [grant for grant in account.oauth.grants.values() if grant.client_id == client.id]
    granted = {scope for grant in own for scope in grant.scopes}
    return [scope for scope in client.scopes if scope in granted] or client.scopes


def _granted(account: Account, client_id: str, grant_type: str, form: Mapping[str, str]) -> dict[str, Any]:
    sent = {"grant_type": grant_type, "client_id": client_id, **form}
    secret = _secret(account, _client(account, client_id))
    if secret is not None:
        sent["client_secret"] = secret
    params = {name: [value] for name, value in sent.items()}
    request = IssuerRequest("POST", account.oauth.issuer, params, {})
    reply = cast("Reply", Issuer(account).create_token_response(request))
    body = cast("dict[str, Any]", reply.body)
    if reply.status != _OK:
        raise NotConnected(str(body["error"]))
    return keep(account, client_id, body["access_token"], body.get("refresh_token"))


def _newest(account: Account, client_id: str, agent_id: str | None) -> HeldToken:
    held = account.integrations.held.get((client_id, agent_id))
    if not held:
        raise ContractError(409, "no_token", "The integration holds no token of this grant.")
    return held[-1]


def _secret(account: Account, client: OAuthClient) -> str | None:
    """Return a secret of the integration's own: of the exported one there is nothing but the digest."""
    if not client.confidential:
        return None
    if client.id not in account.integrations.secrets:
        account.integrations.secrets[client.id] = account.oauth.entrust(client.id)
    return account.integrations.secrets[client.id]


def _client(account: Account, client_id: str) -> OAuthClient:
    client = account.oauth.clients.get(client_id)
    if client is None:
        raise not_found("OAuth client")
    return client
