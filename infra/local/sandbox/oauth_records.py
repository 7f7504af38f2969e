"""OAuth clients, grants and tokens as the sandbox holds them: of secrets, codes and tokens only SHA-256 digests."""

from __future__ import annotations

import hashlib
from typing import Literal

from msgspec import Struct, field

from infra.local.sandbox.records import Id, Time  # noqa: TC001 - msgspec reads the annotations

GrantType = Literal["authorization_code", "client_credentials", "api_key", "basic"]


class OAuthClient(Struct, kw_only=True):
    """A registered client. `secret_sha256` is in no answer of the contract; None: a public client, or no OAuth."""

    id: Id
    name: str
    redirect_uris: list[str]
    scopes: list[str]
    confidential: bool
    grant_types: list[GrantType]
    authorization_start: str | None = None
    owner_id: Id | None = None
    secret_sha256: str | None = None


class OAuthToken(Struct, kw_only=True):
    """An access token and, under the same id, its refresh token.

    `scopes` empty: those of the grant. Without `refresh_sha256` it cannot be refreshed.
    """

    id: Id
    created_at: Time
    expires_at: Time | None = None
    last_used_at: Time | None = None
    sha256: str
    refresh_sha256: str | None = None
    refresh_expires_at: Time | None = None
    scopes: list[str] = field(default_factory=list)
    revoked: bool = False

    def ends_at(self) -> Time | None:
        """Return when nothing of it is of use any more; None: never by itself."""
        if self.refresh_sha256 is None or self.expires_at is None:
            return self.expires_at
        return None if self.refresh_expires_at is None else max(self.expires_at, self.refresh_expires_at)


class OAuthGrant(Struct, kw_only=True):
    """What an agent has allowed a client; `agent_id` None: the client's own."""

    client_id: Id
    agent_id: Id | None
    scopes: list[str]
    tokens: list[OAuthToken] = field(default_factory=list)


class OAuthExport(Struct, kw_only=True):
    """The content of oauth.json."""

    clients: list[OAuthClient]
    grants: list[OAuthGrant]


def digest(value: str) -> str:
    """Return what is kept of a secret, a code or a token: SHA-256, in hex. They are random, so no salt is needed."""
    return hashlib.sha256(value.encode()).hexdigest()
