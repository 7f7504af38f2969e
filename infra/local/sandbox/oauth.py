"""The issuer of one account: its clients, grants, tokens, and the codes and sessions that are on their way.

It keeps digests alone. What it makes it returns once, and nothing leads back to it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

import msgspec

from infra.local.sandbox.export_oauth_fields import PLACES
from infra.local.sandbox.oauth_records import OAuthClient, OAuthExport, OAuthGrant, OAuthToken, digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ACCESS_SECONDS = 2 * 60 * 60
REFRESH_SECONDS = 30 * 24 * 60 * 60
CODE_SECONDS = 60
"""RFC 6749, 4.1.2: ten minutes at most; who exchanges a code does it at once."""


@dataclass(slots=True)
class Code:
    """An authorization code. `made` is the id of the token that it was exchanged for."""

    client_id: str
    agent_id: str
    redirect_uri: str | None
    scopes: list[str]
    challenge: str | None
    ends_at: str
    made: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A token with the grant that it belongs to."""

    token: OAuthToken
    grant: OAuthGrant


@dataclass(slots=True)
class OAuth:
    """State of one account's issuer.

    `issuer` is its identifier (RFC 9207). `secrets` are digests of what clients may authenticate with, besides the one
    that was exported. `codes` and `sessions` are by digest. `ahead_seconds` is how far its clock is ahead of the
    machine's, or behind it.
    """

    issuer: str
    clients: dict[str, OAuthClient] = field(default_factory=dict)
    grants: dict[tuple[str, str | None], OAuthGrant] = field(default_factory=dict)
    secrets: dict[str, list[str]] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    access_seconds: int = ACCESS_SECONDS
    ahead_seconds: float = 0
    _made: int = 0
    _by_id: dict[str, Found] = field(default_factory=dict)
    _by_access: dict[str, Found] = field(default_factory=dict)
    _by_refresh: dict[str, Found] = field(default_factory=dict)

    @classmethod
    def of(cls, export: OAuthExport | None, issuer: str, places: Mapping[str, str]) -> Self:
        """Return the issuer of a checked export; `places` says what an address that begins with a place stands for."""
        oauth = cls(issuer)
        if export is None:
            return oauth
        for client in export.clients:
            start = client.authorization_start
            oauth.clients[client.id] = msgspec.structs.replace(
                client,
                redirect_uris=[_resolved(address, places) for address in client.redirect_uris],
                authorization_start=None if start is None else _resolved(start, places),
            )
        copied = msgspec.convert(msgspec.to_builtins(export.grants), list[OAuthGrant])
        for grant in copied:
            oauth.grants[grant.client_id, grant.agent_id] = grant
            for token in grant.tokens:
                token.scopes = token.scopes or list(grant.scopes)
                oauth._keep(token, grant)
        return oauth

    def exported(self) -> OAuthExport:
        """Return everything in the form of oauth.json, ordered by id."""
        grants = [self.grants[key] for key in sorted(self.grants, key=lambda key: (key[0], key[1] or ""))]
        return OAuthExport(clients=[self.clients[key] for key in sorted(self.clients)], grants=grants)

    def entrust(self, client_id: str) -> str:
        """Make one more secret that the client may authenticate with, and return it."""
        secret = secrets.token_urlsafe(32)
        self.secrets.setdefault(client_id, []).append(digest(secret))
        return secret

    def token(self, token_id: str) -> Found | None:
        """Find a token by its id."""
        return self._by_id.get(token_id)

    def by_access(self, value: str) -> Found | None:
        """Find a token by its value."""
        return self._by_access.get(digest(value))

    def by_refresh(self, value: str) -> Found | None:
        """Find a token by its refresh token's value."""
        return self._by_refresh.get(digest(value))

    def issue(
        self, client_id: str, agent_id: str | None, scopes: Sequence[str], access: str, refresh: str | None
    ) -> OAuthToken:
        """Record a new token of a grant, which is opened if there is none."""
        grant = self.grants.setdefault(
            (client_id, agent_id), OAuthGrant(client_id=client_id, agent_id=agent_id, scopes=list(scopes))
        )
        grant.scopes = list(dict.fromkeys([*grant.scopes, *scopes]))
        token = OAuthToken(
            id=self._next_id(),
            created_at=self.now(),
            expires_at=self.now(self.access_seconds),
            sha256=digest(access),
            refresh_sha256=None if refresh is None else digest(refresh),
            refresh_expires_at=None if refresh is None else self.now(REFRESH_SECONDS),
            scopes=list(scopes),
        )
        grant.tokens.append(token)
        self._keep(token, grant)
        return token

    def now(self, later_seconds: float = 0) -> str:
        """Return the time by the issuer's clock, or so much later: RFC 3339 in UTC with milliseconds."""
        at = datetime.now(UTC) + timedelta(seconds=self.ahead_seconds + later_seconds)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def works(self, token: OAuthToken) -> bool:
        """Tell whether an access token is accepted now."""
        return not token.revoked and (token.expires_at is None or token.expires_at > self.now())

    def in_force(self, token: OAuthToken) -> bool:
        """Tell whether a token works now, or can be made to by a refresh."""
        ends = token.ends_at()
        return not token.revoked and (ends is None or ends > self.now())

    def _keep(self, token: OAuthToken, grant: OAuthGrant) -> None:
        found = Found(token, grant)
        self._by_id[token.id] = found
        self._by_access[token.sha256] = found
        if token.refresh_sha256 is not None:
            self._by_refresh[token.refresh_sha256] = found

    def _next_id(self) -> str:
        while (identifier := f"issued-{self._made + 1:06d}") in self._by_id:
            self._made += 1
        self._made += 1
        return identifier


def _resolved(address: str, places: Mapping[str, str]) -> str:
    for place in PLACES:
        name = place.removesuffix("/")
        if address.startswith(place) and name in places:
            return places[name] + address.removeprefix(name)
    return address
