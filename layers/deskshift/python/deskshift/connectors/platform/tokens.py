"""The issuer port over the platform's contract."""

from collections.abc import Iterator
from urllib.parse import urlencode

import msgspec

from deskshift.connectors.http import Query, VendorClient, decoded, segment
from deskshift.connectors.tokens.addresses import authorization_address
from deskshift.connectors.tokens.exchanges import FORM, bearing, code_of, exchanged
from deskshift.connectors.tokens.listed import oldest_first
from deskshift.connectors.tokens.opening import IssuerClients
from deskshift.connectors.tokens.ports import BearerToken, Entrusted, IssuerOffers
from deskshift.connectors.tokens.refusals import REFUSALS, judged, revoked
from deskshift.model.errors import VendorAnswerInvalid
from deskshift.model.oauth import Grant, OAuthClient, Subject, TokenInfo

_CLIENTS, _GRANTS, _TOKENS = "/v1/oauth/clients", "/v1/oauth/grants", "/v1/oauth/tokens"
_LIMIT = 100


class _Page(msgspec.Struct, frozen=True):
    items: tuple[msgspec.Raw, ...]
    next_cursor: str | None = None


class _Introspected(msgspec.Struct, frozen=True):
    active: bool


class PlatformTokenIssuer:
    """Fits `tokens.ports.TokenIssuer`.

    Args:
        clients: `own` bears deskshift's token for the account.
        base_url: the platform's address, where agents authorize too; without a slash at its end.
        account_id: whose issuer it is.
    """

    def __init__(self, clients: IssuerClients, base_url: str, account_id: str) -> None:
        self._calls = clients
        self._base = base_url
        self._account_id = account_id
        self._path = f"/v1/issuers/{segment(account_id)}"

    @property
    def offers(self) -> IssuerOffers:
        """The contract has everything; a refresh ends the token before at once."""
        return IssuerOffers(
            lists=True,
            revokes_one=True,
            revokes_by_id=True,
            pkce=True,
            iss=True,
            grace_at_refresh_seconds=0,
            shows_last_use=True,
        )

    @property
    def issuer(self) -> str:
        """Give the issuer's identifier, which `iss` in its answers must be, character for character (RFC 9207, 2.4)."""
        return f"{self._base}/v1/issuers/{self._account_id}"

    def clients(self) -> Iterator[OAuthClient]:
        """List the clients."""
        for item in self._listed(_CLIENTS, {}):
            yield decoded(item, OAuthClient, "GET", _CLIENTS)

    def client_document(self, client_id: str) -> bytes:
        """Read a client exactly as the API shows it."""
        return self._calls.own.call("GET", f"{_CLIENTS}/{segment(client_id)}").body

    def grants(self) -> Iterator[Grant]:
        """List the grants, those without a token in force too."""
        for item in self._listed(_GRANTS, {}):
            grant = decoded(item, Grant, "GET", _GRANTS)
            yield msgspec.structs.replace(grant, tokens=tuple(oldest_first(grant.tokens)))

    def tokens(self, client_id: str, agent_id: str | None) -> list[TokenInfo]:
        """List the tokens of one grant, revoked and expired ones too."""
        asked = {"client_id": client_id, "agent_id": agent_id}
        return oldest_first(decoded(item, TokenInfo, "GET", _TOKENS) for item in self._listed(_TOKENS, asked))

    def revoke(self, token_id: str) -> bool:
        """Revoke one token, and the refresh token with it; twice is fine."""
        path = f"{_TOKENS}/{segment(token_id)}"
        return revoked(self._calls.own.call("DELETE", path, allow=REFUSALS), "DELETE", path)

    def authorization_address(
        self, client: OAuthClient, redirect_uri: str, state: str, scopes: tuple[str, ...], challenge: str | None
    ) -> str:
        """Make the address of the account's authorization page."""
        return authorization_address(
            f"{self._base}{self._path}/authorize",
            client,
            redirect_uri=redirect_uri,
            state=state,
            scopes=scopes,
            challenge=challenge,
        )

    def exchange(
        self,
        entrusted: Entrusted,
        code: str,
        redirect_uri: str,
        scopes: tuple[str, ...],  # noqa: ARG002 - the port's; here the code alone says what was agreed to
        verifier: str | None,
    ) -> BearerToken:
        """Exchange a code; a public client is known by the verifier alone."""
        asked = code_of(entrusted, code, redirect_uri)
        asked |= {} if verifier is None else {"code_verifier": verifier}
        return exchanged(self._calls.bare, f"{self._path}/token", urlencode(asked).encode(), FORM)

    def subject(self, entrusted: Entrusted, token: BearerToken) -> Subject:  # noqa: ARG002 - the token says it itself
        """Let a token say whose it is; the platform counts that as a use."""
        path = f"{self._path}/whoami"
        headers = bearing(token, "GET", path)
        got = judged(self._calls.bare.call("GET", path, headers=headers, allow=REFUSALS), "GET", path)
        return decoded(got.body, Subject, "GET", path)

    def revoke_held(self, entrusted: Entrusted, token: BearerToken) -> bool:
        """Revoke both values; whether one was in force is asked before: a revocation does not tell (RFC 7009, 2.2)."""
        values = [each for each in (token.refresh_token, token.access_token) if each is not None]
        was_in_force = any(self._is_in_force(entrusted, value) for value in values)
        for value in values:
            self._presented("revoke", entrusted, value)
        return was_in_force

    def _is_in_force(self, entrusted: Entrusted, value: str) -> bool:
        body = self._presented("introspect", entrusted, value)
        return decoded(body, _Introspected, "POST", f"{self._path}/introspect").active

    def _presented(self, name: str, entrusted: Entrusted, value: str) -> bytes:
        path = f"{self._path}/{name}"
        asked = {"client_id": entrusted.client.id, "token": value}
        asked |= {"client_secret": entrusted.secret} if entrusted.secret else {}
        headers = {"content-type": FORM}
        got = self._calls.bare.call("POST", path, body=urlencode(asked).encode(), headers=headers, allow=REFUSALS)
        return judged(got, "POST", path).body

    def _listed(self, path: str, asked: Query) -> Iterator[msgspec.Raw]:
        """Read all pages.

        Raises:
            VendorAnswerInvalid: the next page is the one just read: a listing that never ends.
        """
        client: VendorClient = self._calls.own
        cursor: str | None = None
        while True:
            page = client.json("GET", path, _Page, query={**asked, "limit": _LIMIT, "cursor": cursor})
            yield from page.items
            if page.next_cursor is None:
                return
            if page.next_cursor == cursor:
                raise VendorAnswerInvalid("GET", path, "next_cursor: no other page")
            cursor = page.next_cursor
