"""OAuth clients, grants and tokens of an account, as their issuer describes them; no token's value is ever in here."""

from typing import Literal

import msgspec

GrantType = Literal["authorization_code", "client_credentials", "api_key", "basic"]


class OAuthClient(msgspec.Struct, frozen=True, kw_only=True):
    """An integration that is registered at the issuer (Z-17).

    `authorization_start` is the integration's own page at which an agent begins to authorize it; None where it has
    none. `owner_id` is the agent who answers for the integration. `grant_types` other than OAuth's are credentials that
    no reissue can renew: they are listed for checking (Z-19).
    """

    id: str
    name: str
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    confidential: bool
    grant_types: tuple[GrantType, ...]
    authorization_start: str | None = None
    owner_id: str | None = None


class TokenInfo(msgspec.Struct, frozen=True, kw_only=True):
    """An access token by its issuer's id. Times are RFC 3339 in UTC with milliseconds.

    `agent_id` None: it is the client's own (client credentials). `expires_at` None: it does not expire by itself.
    """

    id: str
    client_id: str
    agent_id: str | None
    scopes: tuple[str, ...]
    created_at: str
    expires_at: str | None = None
    last_used_at: str | None = None
    revoked: bool = False


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What one agent has allowed one client, with the tokens that are in force for it (oldest first)."""

    client_id: str
    agent_id: str | None
    scopes: tuple[str, ...]
    tokens: tuple[TokenInfo, ...] = ()


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Whose a token is, by a live call that it was used for (RFC 7662, or the issuer's own call)."""

    token_id: str
    agent_id: str | None
    client_id: str
    scopes: tuple[str, ...]
    expires_at: str | None = None
