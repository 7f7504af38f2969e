"""Introspection (RFC 7662) and revocation (RFC 7009) by the client that a token was made for, on Authlib."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from infra.local.sandbox.oauth_grants import CLIENT_AUTHENTICATION

if TYPE_CHECKING:
    from authlib.oauth2 import OAuth2Request

    from infra.local.sandbox.account import Account
    from infra.local.sandbox.oauth import Found, OAuth
    from infra.local.sandbox.oauth_server import Issuer


class PresentedToken:
    """A token that a client presents by value: as an access token, or as a refresh token."""

    def __init__(self, oauth: OAuth, found: Found, *, is_refresh: bool) -> None:
        self._oauth = oauth
        self.found = found
        self.is_refresh = is_refresh

    def check_client(self, client: Any) -> bool:  # noqa: ANN401 - Authlib's
        """Tell whether it is the client's."""
        return bool(self.found.grant.client_id == client.get_client_id())

    def is_revoked(self) -> bool:
        """Tell whether it is revoked."""
        return self.found.token.revoked

    def is_expired(self) -> bool:
        """Tell whether it has come to its end."""
        works = self._oauth.in_force if self.is_refresh else self._oauth.works
        return not works(self.found.token)


def presented(account: Account, value: str) -> PresentedToken | None:
    """Find a token by its value, whichever it is; a hint only says where to look first (RFC 7009, 2.1)."""
    found = account.oauth.by_access(value)
    if found is not None:
        return PresentedToken(account.oauth, found, is_refresh=False)
    found = account.oauth.by_refresh(value)
    return None if found is None else PresentedToken(account.oauth, found, is_refresh=True)


class Introspection(IntrospectionEndpoint):
    """A client may ask about its own tokens; of any other it learns that it is not active."""

    CLIENT_AUTH_METHODS = CLIENT_AUTHENTICATION
    server: Issuer

    def query_token(self, token_string: str, token_type_hint: str | None) -> PresentedToken | None:  # noqa: ARG002
        """Find the token."""
        return presented(self.server.account, token_string)

    def check_permission(self, token: PresentedToken, client: Any, request: OAuth2Request) -> bool:  # noqa: ANN401, ARG002
        """Tell whether it is the client's own."""
        return token.check_client(client)

    def introspect_token(self, token: PresentedToken) -> dict[str, object]:
        """Describe a token that is in force (2.2); `jti` is the id that the contract knows it by."""
        record, grant = token.found.token, token.found.grant
        ends = record.ends_at() if token.is_refresh else record.expires_at
        told = {
            "active": True,
            "jti": record.id,
            "client_id": grant.client_id,
            "sub": grant.client_id if grant.agent_id is None else grant.agent_id,
            "scope": " ".join(record.scopes),
            "iss": self.server.account.oauth.issuer,
            "iat": _seconds(record.created_at),
        }
        return told if ends is None else told | {"exp": _seconds(ends)}


class Revocation(RevocationEndpoint):
    """Either value ends both, the access token and its refresh token (2.1)."""

    CLIENT_AUTH_METHODS = CLIENT_AUTHENTICATION
    server: Issuer

    def query_token(self, token_string: str, token_type_hint: str | None) -> PresentedToken | None:  # noqa: ARG002
        """Find the token."""
        return presented(self.server.account, token_string)

    def revoke_token(self, token: PresentedToken, request: OAuth2Request) -> None:  # noqa: ARG002 - Authlib's
        """End it."""
        token.found.token.revoked = True


def _seconds(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp())
