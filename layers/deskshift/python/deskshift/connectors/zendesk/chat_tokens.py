"""The issuer port over Zendesk Chat's OAuth API."""

import hmac
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode

import msgspec

from deskshift.connectors.http import VendorClient, decoded, segment
from deskshift.connectors.tokens.addresses import authorization_address, without_pkce
from deskshift.connectors.tokens.exchanges import FORM, bearing, code_of, exchanged
from deskshift.connectors.tokens.listed import grants_of, instant, is_there, oldest_first
from deskshift.connectors.tokens.opening import IssuerClients
from deskshift.connectors.tokens.ports import BearerToken, Entrusted, IssuerOffers
from deskshift.connectors.tokens.refusals import REFUSALS, judged, revoked
from deskshift.connectors.zendesk.chat_answers import ClearText, ClientRow, TokenRow
from deskshift.model.errors import VendorAnswerInvalid, VendorRefused
from deskshift.model.oauth import Grant, OAuthClient, Subject, TokenInfo
from deskshift.model.token_issuers import ChatIssues

CLIENTS, TOKENS, AGENTS = "/api/v2/chat/oauth/clients", "/api/v2/chat/oauth/tokens", "/api/v2/chat/agents"
AUTHORIZE, TOKEN = "/oauth2/chat/authorizations/new", "/oauth2/chat/token"
_CHAT = "chat"
"""The scope that tokens may have although a client can register `read` and `write` alone."""


class ChatTokens:
    """Fits `tokens.ports.TokenIssuer`.

    Args:
        clients: `own` bears an administrator's token.
        told: the account, and what is known of it.
        now: gives the time.
    """

    def __init__(self, clients: IssuerClients, told: ChatIssues, now: Callable[[], datetime]) -> None:
        self._calls = clients
        self._told = told
        self._now = now

    @property
    def offers(self) -> IssuerOffers:
        """Declare what the API has.

        `lists`: "Lists all tokens under an agent" (developer.zendesk.com, live-chat/chat-api/oauth_tokens): whether an
        administrator sees the other agents' is the operator's to say.
        `revokes_by_id`: DELETE by a token's id (the same page).
        `revokes_one`: what becomes of the others then is on no page, and the operator's to say.
        `pkce`: "not supported in the authorization code grant flows for Chat, Conversations, or Sell"
        (developer.zendesk.com, ticketing/working-with-oauth/oauth-pkce).
        `iss`, `grace_at_refresh_seconds`: on no page of Zendesk's.
        `shows_last_use`: a listed token has no such field (live-chat/chat-api/oauth_tokens).
        """
        told = self._told
        return IssuerOffers(
            lists=told.lists_every_agent,
            revokes_one=told.revokes_one,
            revokes_by_id=True,
            pkce=False,
            iss=False,
            grace_at_refresh_seconds=0,
            shows_last_use=False,
        )

    @property
    def issuer(self) -> str:
        """Give the address that agents authorize at; on no page of the vendor's is another identifier."""
        return self._told.base_url

    def clients(self) -> Iterator[OAuthClient]:
        """List the clients that Chat shows."""
        for row in self._clients():
            confidential = row.client_type == "confidential"
            addresses = row.redirect_uris
            yield OAuthClient(
                id=row.client_identifier,
                name=row.name,
                redirect_uris=tuple(addresses.replace(",", " ").split()) if isinstance(addresses, str) else addresses,
                scopes=tuple(dict.fromkeys([*row.scopes.split(), _CHAT])),
                confidential=confidential,
                grant_types=("authorization_code",),
                owner_id=None if row.agent_id is None else str(row.agent_id),
            )

    def client_document(self, client_id: str) -> bytes:
        """Read a client exactly as the API shows it; its secret is shown in full only when it is made."""
        row = next((one for one in self._clients() if one.client_identifier == client_id), None)
        if row is None:
            raise VendorRefused("GET", CLIENTS, 404, "no_such_client")
        path = f"{CLIENTS}/{row.id}"
        return judged(self._calls.own.call("GET", path, allow=REFUSALS), "GET", path).body

    def grants(self) -> Iterator[Grant]:
        """List the grants that Chat shows: all only if `offers` says so."""
        yield from grants_of(self._tokens(), self._now())

    def tokens(self, client_id: str, agent_id: str | None) -> list[TokenInfo]:
        """List the tokens of one grant; when one was used last is not shown."""
        return oldest_first(one for one in self._tokens() if (one.client_id, one.agent_id) == (client_id, agent_id))

    def revoke(self, token_id: str) -> bool:
        """Revoke one token by its number."""
        if not (token_id.isascii() and token_id.isdecimal()):
            return False
        path = f"{TOKENS}/{segment(token_id)}"
        return revoked(self._calls.own.call("DELETE", path, allow=REFUSALS), "DELETE", path)

    def authorization_address(
        self, client: OAuthClient, redirect_uri: str, state: str, scopes: tuple[str, ...], challenge: str | None
    ) -> str:
        """Make the address of the authorization page, with the account's `subdomain`.

        Raises:
            VendorRefused: there is a challenge, and Chat has no PKCE.
        """
        without_pkce(challenge, "GET", AUTHORIZE)
        return authorization_address(
            f"{self._told.base_url}{AUTHORIZE}",
            client,
            redirect_uri=redirect_uri,
            state=state,
            scopes=scopes,
            challenge=None,
            more={"subdomain": self._told.subdomain},
        )

    def exchange(
        self,
        entrusted: Entrusted,
        code: str,
        redirect_uri: str,
        scopes: tuple[str, ...],  # noqa: ARG002 - the port's
        verifier: str | None,
    ) -> BearerToken:
        """Exchange a code.

        Raises:
            VendorRefused: also if there is a verifier, for Chat has no PKCE; the code was not sent.
        """
        without_pkce(verifier, "POST", TOKEN)
        body = urlencode(code_of(entrusted, code, redirect_uri)).encode()
        return exchanged(self._calls.bare, TOKEN, body, FORM)

    def subject(self, entrusted: Entrusted, token: BearerToken) -> Subject:  # noqa: ARG002 - the port's
        """Use a token in a live call, and find it in the list, which alone says whose it is.

        An agent who may not list the agents is refused (403) with a token that is in force.

        Raises:
            VendorAnswerInvalid: neither an administrator's list nor its own agent's shows the token.
        """
        row = self._listed(token, self._used(token))
        one = _token(row)
        return Subject(
            token_id=one.id,
            agent_id=one.agent_id,
            client_id=one.client_id,
            scopes=one.scopes,
            expires_at=_time(row.expire_date, "expire_date"),
        )

    def revoke_held(self, entrusted: Entrusted, token: BearerToken) -> bool:  # noqa: ARG002 - the port's
        """Revoke a token by the number under which it is listed; Chat has no call that takes a value.

        Raises:
            VendorAnswerInvalid: it is in force, and no list shows it.
        """
        try:
            headers = self._used(token)
        except VendorRefused as error:
            if error.status != HTTPStatus.UNAUTHORIZED:
                raise
            return False
        return self.revoke(str(self._listed(token, headers).id))

    def _used(self, token: BearerToken) -> dict[str, str]:
        """Use a token in a live call, and give the header that bears it."""
        headers = bearing(token, "GET", AGENTS)
        got = self._calls.bare.call("GET", AGENTS, query={"limit": 1}, headers=headers, allow=REFUSALS)
        if got.status != HTTPStatus.FORBIDDEN:
            judged(got, "GET", AGENTS)
        return headers

    def _listed(self, token: BearerToken, headers: Mapping[str, str]) -> TokenRow:
        row = self._found(self._calls.own, token, {}) or self._found(self._calls.bare, token, headers)
        if row is None:
            raise VendorAnswerInvalid("GET", TOKENS, "the token is not listed")
        return row

    def _found(self, client: VendorClient, token: BearerToken, headers: Mapping[str, str]) -> TokenRow | None:
        """Find a token among those listed; all are compared, each in constant time, and none is kept."""
        got = client.call("GET", TOKENS, headers=headers, allow=REFUSALS)
        if headers and got.status == HTTPStatus.FORBIDDEN:
            return None
        found, wanted = None, token.access_token.encode()
        for raw in decoded(judged(got, "GET", TOKENS).body, tuple[msgspec.Raw, ...], "GET", TOKENS):
            if hmac.compare_digest(decoded(raw, ClearText, "GET", TOKENS).access_token.encode(), wanted):
                found = decoded(raw, TokenRow, "GET", TOKENS)
        return found

    def _clients(self) -> tuple[ClientRow, ...]:
        got = judged(self._calls.own.call("GET", CLIENTS, allow=REFUSALS), "GET", CLIENTS)
        return decoded(got.body, tuple[ClientRow, ...], "GET", CLIENTS)

    def _tokens(self) -> list[TokenInfo]:
        got = judged(self._calls.own.call("GET", TOKENS, allow=REFUSALS), "GET", TOKENS)
        return [_token(row) for row in decoded(got.body, tuple[TokenRow, ...], "GET", TOKENS)]


def _token(row: TokenRow) -> TokenInfo:
    return TokenInfo(
        id=str(row.id),
        client_id=row.client_identifier,
        agent_id=None if row.agent_id is None else str(row.agent_id),
        scopes=tuple(row.scopes.split()),
        created_at=instant(row.create_date, "GET", TOKENS, "create_date"),
        # A token that can be refreshed does not end by itself: Chat does not say when its refresh token does.
        expires_at=None if is_there(row.refresh_token) else _time(row.expire_date, "expire_date"),
    )


def _time(written: str | None, field: str) -> str | None:
    return instant(written, "GET", TOKENS, field) if written else None
