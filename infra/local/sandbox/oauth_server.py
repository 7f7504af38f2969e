"""The authorization server of one account, on Authlib's framework-agnostic core."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, Any, cast

from authlib.oauth2 import AuthorizationServer
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc9207 import IssuerParameter

from infra.local.sandbox.oauth_clients import RegisteredClient
from infra.local.sandbox.oauth_endpoints import Introspection, Revocation
from infra.local.sandbox.oauth_grants import S256, CodeGrant, MachineGrant, RotatingRefresh
from infra.local.sandbox.oauth_http import Reply

if TYPE_CHECKING:
    from authlib.oauth2 import OAuth2Error, OAuth2Request

    from infra.local.sandbox.account import Account

# Authlib logs tokens as it issues them, at debug level.
logging.getLogger("authlib").setLevel(logging.INFO)


class _NamesItself(IssuerParameter):
    """RFC 9207: every authorization response says whose it is, refusals too."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    def get_issuer(self) -> str:
        return self._issuer


class Issuer(AuthorizationServer):
    """Serves one account; `made` is the id of the token that the present request made."""

    def __init__(self, account: Account) -> None:
        super().__init__()
        self.account = account
        self.made: str | None = None
        generator = BearerTokenGenerator(_value, _value, lambda *_: account.oauth.access_seconds)
        self.register_token_generator("default", generator)
        self.register_grant(CodeGrant, [S256(required=True)])
        self.register_grant(RotatingRefresh)
        self.register_grant(MachineGrant)
        self.register_endpoint(Introspection)
        self.register_endpoint(Revocation)
        self._names_itself = _NamesItself(account.oauth.issuer)
        self._names_itself(self)

    def query_client(self, client_id: str) -> RegisteredClient | None:  # type: ignore[override] # Authlib takes None
        """Find a client that uses OAuth at all."""
        client = self.account.oauth.clients.get(client_id)
        if client is None:
            return None
        own = [] if client.secret_sha256 is None else [client.secret_sha256]
        return RegisteredClient(client, [*own, *self.account.oauth.secrets.get(client_id, ())])

    def save_token(self, token: dict[str, str | int], request: OAuth2Request) -> None:
        """Record a token that was made, by its digests."""
        client = cast("RegisteredClient", request.client)
        refresh = token.get("refresh_token")
        scopes = str(token.get("scope", "")).split()
        made = self.account.oauth.issue(
            client.client.id,
            request.user,
            scopes,
            str(token["access_token"]),
            None if refresh is None else str(refresh),
        )
        self.made = made.id

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: Any) -> OAuth2Request:  # noqa: ANN401 - it is one already
        """Return the request as it is."""
        return cast("OAuth2Request", request)

    def handle_response(self, status: int, body: object, headers: Any) -> Reply:  # noqa: ANN401 - pairs of text
        """Return the three parts as one."""
        return Reply(status, body, dict(headers))

    def refusal(self, request: OAuth2Request, error: OAuth2Error) -> Reply:
        """Return a refused authorization request: to the client if its redirect address is known to be the client's."""
        refused = cast("Reply", self.handle_error_response(request, error))
        self._names_itself.add_issuer_parameter(self, refused)
        return refused


def _value(**_: object) -> str:
    """Make the value of a token: 256 bits."""
    return secrets.token_urlsafe(32)
