"""The issuer port over Zendesk Support's OAuth API."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from http import HTTPStatus

import msgspec

from deskshift.connectors.http import Query, decoded
from deskshift.connectors.tokens.addresses import authorization_address
from deskshift.connectors.tokens.exchanges import JSON, bearing, code_of, exchanged
from deskshift.connectors.tokens.listed import grants_of, instant, is_there, oldest_first
from deskshift.connectors.tokens.opening import IssuerClients
from deskshift.connectors.tokens.ports import BearerToken, Entrusted, IssuerOffers
from deskshift.connectors.tokens.refusals import REFUSALS, judged, revoked
from deskshift.connectors.zendesk.support_answers import TokenAnswer, TokenRow
from deskshift.connectors.zendesk.support_clients import SupportClients, described
from deskshift.connectors.zendesk.support_pages import pages
from deskshift.model.errors import VendorAnswerInvalid, VendorRefused
from deskshift.model.oauth import Grant, OAuthClient, Subject, TokenInfo

TOKENS, TOKEN, AUTHORIZE = "/api/v2/oauth/tokens", "/oauth/tokens", "/oauth/authorizations/new"
CURRENT = f"{TOKENS}/current"


class SupportTokens:
    """Fits `tokens.ports.TokenIssuer`.

    It never refreshes: that deletes both tokens before, so that there can be one refresher only, the integration.

    Args:
        clients: `own` bears an administrator's token with read and write.
        base_url: the account's address, where agents authorize too.
        now: gives the time.
        starts: the page at which an agent begins to authorize a client, of those of which the operator says it.
    """

    def __init__(
        self,
        clients: IssuerClients,
        base_url: str,
        now: Callable[[], datetime],
        starts: Mapping[str, str] | None = None,
    ) -> None:
        self._calls = clients
        self._base = base_url
        self._now = now
        self._starts = starts or {}
        self._clients = SupportClients(clients.own)

    @property
    def offers(self) -> IssuerOffers:
        """Declare what the API has.

        `lists`: ListOAuthClients, ListGlobalOAuthClients and ListOAuthTokens with `all` (zendesk-support.json).
        `revokes_one`, `revokes_by_id`: RevokeOAuthToken by id, "managing multiple tokens and selectively revoking
        specific ones" (developer.zendesk.com, api-basics/authentication/revoking-oauth-token).
        `pkce`: S256 (developer.zendesk.com, ticketing/working-with-oauth/oauth-pkce).
        `iss`: on no page of Zendesk's.
        `grace_at_refresh_seconds`: a refresh deletes the access and the refresh token before (support.zendesk.com,
        article 9182123625370).
        `shows_last_use`: `used_at` of a token (zendesk-support.json, OAuthTokenObject).
        """
        return IssuerOffers(
            lists=True,
            revokes_one=True,
            revokes_by_id=True,
            pkce=True,
            iss=False,
            grace_at_refresh_seconds=0,
            shows_last_use=True,
        )

    @property
    def issuer(self) -> str:
        """Give the address that agents authorize at; on no page of the vendor's is another identifier."""
        return self._base

    def clients(self) -> Iterator[OAuthClient]:
        """List the clients.

        No description names a client's scopes, so they are all those that its tokens have. Where an administrator set
        allowed scopes (support.zendesk.com, article 11093380955674), Zendesk refuses what passes them: invalid_scope.
        """
        granted: dict[int, dict[str, None]] = {}
        for row in self._rows({"all": "true"}):
            granted.setdefault(row.client_id, {}).update(dict.fromkeys(row.scopes))
        for known in self._clients.read():
            start = self._starts.get(known.row.identifier)
            yield described(known, tuple(granted.get(known.row.id, ())), start)

    def client_document(self, client_id: str) -> bytes:
        """Read a client exactly as the API shows it; of its secret Zendesk shows the beginning alone."""
        return self._clients.document(client_id)

    def grants(self) -> Iterator[Grant]:
        """List the grants; a token counts as in force while it can be refreshed."""
        names = self._clients.identifiers()
        yield from grants_of(
            (self._token(row, names.get(row.client_id)) for row in self._rows({"all": "true"})), self._now()
        )

    def tokens(self, client_id: str, agent_id: str | None) -> list[TokenInfo]:
        """List the tokens of one grant; a revoked one is listed no longer."""
        known = self._clients.find(client_id)
        rows = self._rows({"all": "true", known.filter_by: known.row.id})
        own = (self._token(row, client_id) for row in rows if row.client_id == known.row.id)
        return oldest_first(one for one in own if one.agent_id == agent_id)

    def revoke(self, token_id: str) -> bool:
        """Revoke one token, and the refresh token with it.

        By its number alone: `current` would be deskshift's own, and Zendesk answers 204 to that without revoking
        (support.zendesk.com, community post 5537132288282).
        """
        if not (token_id.isascii() and token_id.isdecimal()):
            return False
        path = f"{TOKENS}/{token_id}"
        return revoked(self._calls.own.call("DELETE", path, allow=REFUSALS), "DELETE", path)

    def authorization_address(
        self, client: OAuthClient, redirect_uri: str, state: str, scopes: tuple[str, ...], challenge: str | None
    ) -> str:
        """Make the address of the account's authorization page."""
        return authorization_address(
            f"{self._base}{AUTHORIZE}",
            client,
            redirect_uri=redirect_uri,
            state=state,
            scopes=scopes,
            challenge=challenge,
        )

    def exchange(
        self, entrusted: Entrusted, code: str, redirect_uri: str, scopes: tuple[str, ...], verifier: str | None
    ) -> BearerToken:
        """Exchange a code; a public client has no secret, and is known by the verifier alone.

        `scope` is sent again, as Zendesk's page names it (developer.zendesk.com, ticketing/oauth/grant_type_tokens),
        though RFC 6749 does not.
        """
        asked = code_of(entrusted, code, redirect_uri)
        if scopes:
            asked["scope"] = " ".join(scopes)
        if verifier is not None:
            asked["code_verifier"] = verifier
        return exchanged(self._calls.bare, TOKEN, msgspec.json.encode(asked), JSON)

    def subject(self, entrusted: Entrusted, token: BearerToken) -> Subject:  # noqa: ARG002 - the port's
        """Let a token say whose it is (ShowToken with the token itself)."""
        row = self._shown(token)
        name = self._clients.identifiers(row.client_id).get(row.client_id)
        one = self._token(row, name)
        return Subject(
            token_id=one.id,
            agent_id=one.agent_id,
            client_id=one.client_id,
            scopes=one.scopes,
            expires_at=_time(row.expires_at, "expires_at"),
        )

    def revoke_held(self, entrusted: Entrusted, token: BearerToken) -> bool:  # noqa: ARG002 - the port's
        """Revoke a token by the number that it says itself; Zendesk has no call that takes a value.

        Its refresh token goes with it. Once the access token has expired, Zendesk does not say its number any more.
        """
        try:
            row = self._shown(token)
        except VendorRefused as error:
            if error.status != HTTPStatus.UNAUTHORIZED:
                raise
            return False
        return self.revoke(str(row.id))

    def _shown(self, token: BearerToken) -> TokenRow:
        headers = bearing(token, "GET", CURRENT)
        got = judged(self._calls.bare.call("GET", CURRENT, headers=headers, allow=REFUSALS), "GET", CURRENT)
        return decoded(got.body, TokenAnswer, "GET", CURRENT).token

    def _rows(self, query: Query) -> Iterator[TokenRow]:
        for page in pages(self._calls.own, TOKENS, query):
            if page.tokens is None:
                raise VendorAnswerInvalid("GET", TOKENS, "tokens: missing")
            yield from page.tokens

    def _token(self, row: TokenRow, client_id: str | None) -> TokenInfo:
        """Read a token; of a client that is listed no longer, only the number is known."""
        return TokenInfo(
            id=str(row.id),
            client_id=str(row.client_id) if client_id is None else client_id,
            agent_id=None if row.user_id is None else str(row.user_id),
            scopes=row.scopes,
            created_at=instant(row.created_at, "GET", TOKENS, "created_at"),
            expires_at=_ends(row),
            last_used_at=_time(row.used_at, "used_at"),
        )


def _time(written: str | None, field: str) -> str | None:
    return None if written is None else instant(written, "GET", TOKENS, field)


def _ends(row: TokenRow) -> str | None:
    """Give the time after which nothing of a token is of use: its refresh token's end, if it has one."""
    own = _time(row.expires_at, "expires_at")
    if own is None or not is_there(row.refresh_token):
        return own
    refreshed = _time(row.refresh_token_expires_at, "refresh_token_expires_at")
    return None if refreshed is None else max(own, refreshed)
