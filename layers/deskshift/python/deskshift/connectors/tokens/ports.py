"""The issuer of an account's OAuth tokens. Errors are those of every port: `VendorUnavailable`, `VendorRefused`.

The issuer alone mints, refreshes and revokes. deskshift knows tokens by the issuer's id.
"""

from collections.abc import Iterator
from typing import Protocol

import msgspec

from deskshift.model.oauth import Grant, OAuthClient, Subject, TokenInfo


class IssuerOffers(msgspec.Struct, frozen=True, kw_only=True):
    """What an issuer's API has.

    `lists`: clients, grants and tokens can be listed. `revokes_one`: revoking one token leaves the others of the same
    grant in force. `revokes_by_id`: a token can be revoked by its id; else only who has its value can.
    `pkce`: S256 (RFC 7636). `iss`: the authorization response names the issuer (RFC 9207).
    `grace_at_refresh_seconds`: how long the token before stays in force after a refresh; 0: not at all.
    `shows_last_use`: a listed token says when it was used last; without it nobody sees that a client uses its
    new token.
    """

    lists: bool
    revokes_one: bool
    revokes_by_id: bool
    pkce: bool
    iss: bool
    grace_at_refresh_seconds: int
    shows_last_use: bool


class Entrusted(msgspec.Struct, frozen=True, kw_only=True):
    """A client's own authentication, where it is entrusted to deskshift; prints nothing of the secret.

    `secret` is empty for a public client.
    """

    client: OAuthClient
    secret: str

    def __repr__(self) -> str:
        return f"Entrusted({self.client.id}, …)"


class BearerToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token's own value, in the few places that may have one; prints nothing of it."""

    access_token: str
    refresh_token: str | None = None
    token_type: str = "bearer"  # noqa: S105 - the kind, RFC 6750
    expires_in: int | None = None
    scope: str | None = None

    def __repr__(self) -> str:
        return "BearerToken(…)"


class TokenIssuer(Protocol):
    """One account's issuer."""

    @property
    def offers(self) -> IssuerOffers:
        """Declare what the API has."""
        ...

    @property
    def issuer(self) -> str:
        """Give the issuer's identifier (RFC 8414, 2): what `iss` of its answers must be, character for character."""
        ...

    def clients(self) -> Iterator[OAuthClient]:
        """List the clients."""
        ...

    def client_document(self, client_id: str) -> bytes:
        """Read a client exactly as the API shows it, byte for byte (Z-17)."""
        ...

    def grants(self) -> Iterator[Grant]:
        """List the grants, each with its tokens in force."""
        ...

    def tokens(self, client_id: str, agent_id: str | None) -> list[TokenInfo]:
        """List the tokens of one grant, revoked and expired ones too if the issuer still shows them; oldest first."""
        ...

    def revoke(self, token_id: str) -> bool:
        """Revoke one token; False if the issuer does not know it (any more).

        Raises:
            VendorUnavailable: it may still be in force.
        """
        ...

    def authorization_address(
        self, client: OAuthClient, redirect_uri: str, state: str, scopes: tuple[str, ...], challenge: str | None
    ) -> str:
        """Make the address of the issuer's authorization page (RFC 6749, 4.1.1; RFC 7636, 4.3)."""
        ...

    def exchange(
        self, entrusted: Entrusted, code: str, redirect_uri: str, scopes: tuple[str, ...], verifier: str | None
    ) -> BearerToken:
        """Exchange a code, once: the caller sees to it that no code is sent twice.

        Raises:
            VendorRefused: the code, the verifier or the redirect address is not the right one.
            VendorUnavailable: the answer is lost; a token may have been made.
        """
        ...

    def subject(self, entrusted: Entrusted, token: BearerToken) -> Subject:
        """Use a token in a live call, and say whose it is.

        Raises:
            VendorRefused: the token is not in force.
        """
        ...

    def revoke_held(self, entrusted: Entrusted, token: BearerToken) -> bool:
        """Revoke a token that is at hand, and its refresh token, by value (RFC 7009); False if it was not in force.

        Raises:
            VendorUnavailable: it may still be in force.
        """
        ...
