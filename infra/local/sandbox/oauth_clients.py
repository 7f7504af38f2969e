"""A registered client as Authlib asks for it."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from authlib.oauth2.rfc6749 import ClientMixin

from infra.local.sandbox.oauth_records import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.local.sandbox.oauth_records import OAuthClient

_WITH_SECRET = ("client_secret_basic", "client_secret_post")


class RegisteredClient(ClientMixin):
    """What a client may do, by its registration.

    Args:
        client: as it is registered.
        secrets: digests of the secrets that it may authenticate with.
    """

    def __init__(self, client: OAuthClient, secrets: Sequence[str]) -> None:
        self.client = client
        self._secrets = secrets

    def get_client_id(self) -> str:
        """Return its id."""
        return self.client.id

    def get_default_redirect_uri(self) -> str:
        """Return none: an authorization request names its redirect address (RFC 9700, 2.1)."""
        return ""

    def get_allowed_scope(self, scope: str | None) -> str | None:  # type: ignore[override] # Authlib takes None
        """Return the scopes that are granted for those asked for; None refuses: one is not the client's."""
        wanted = self.client.scopes if not scope else scope.split()
        return " ".join(dict.fromkeys(wanted)) if set(wanted) <= set(self.client.scopes) else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Compare it with the registered ones, exactly (RFC 9700, 2.1)."""
        return redirect_uri in self.client.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """Compare its digest with every one that counts, in constant time."""
        sent = digest(client_secret)
        return any([hmac.compare_digest(each, sent) for each in self._secrets])  # noqa: C419 - all are compared

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002 - Authlib's
        """A confidential client authenticates by its secret, wherever; a public one cannot."""
        return method in _WITH_SECRET if self.client.confidential else method == "none"

    def check_response_type(self, response_type: str) -> bool:
        """Tell whether it may ask for a code."""
        return response_type == "code" and "authorization_code" in self.client.grant_types

    def check_grant_type(self, grant_type: str) -> bool:
        """Tell whether it may use a grant; who takes codes may refresh."""
        wanted = "authorization_code" if grant_type == "refresh_token" else grant_type
        return wanted in self.client.grant_types
