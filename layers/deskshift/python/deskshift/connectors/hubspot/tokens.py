"""The issuer port over HubSpot's OAuth API (v3): secrets and tokens go in bodies, never in addresses."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import NoReturn
from urllib.parse import urlencode

from deskshift.connectors.http import Answer, VendorClient, decoded
from deskshift.connectors.hubspot.answers import Introspected
from deskshift.connectors.tokens.addresses import authorization_address, without_pkce
from deskshift.connectors.tokens.exchanges import FORM, bearing, code_of, exchanged
from deskshift.connectors.tokens.listed import at_utc
from deskshift.connectors.tokens.ports import BearerToken, Entrusted, IssuerOffers
from deskshift.connectors.tokens.refusals import REFUSALS, judged, revoked
from deskshift.model.errors import VendorRefused
from deskshift.model.oauth import Grant, OAuthClient, Subject, TokenInfo
from deskshift.model.token_issuers import HubSpotIssues

TOKEN = "/oauth/v3/token"  # noqa: S105 - a path
INTROSPECT, REVOKE = f"{TOKEN}/introspect", f"{TOKEN}/revoke"
_LATER = frozenset({423, 477})
"""HubSpot's own: the resource is locked, and the account is being migrated."""
_MISSING = 501


class HubSpotTokens:
    """Fits `tokens.ports.TokenIssuer`.

    Args:
        client: calls HubSpot without a token: its OAuth API knows who asks by the app's secret.
        told: the account and its apps.
        now: gives the time.
    """

    def __init__(
        self,
        client: VendorClient,
        told: HubSpotIssues,
        now: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._told = told
        self._now = now

    @property
    def offers(self) -> IssuerOffers:
        """Declare what the API has.

        `lists`: hubspot-oauth.v3.json has token, introspect and revoke, and no listing.
        `revokes_one`, `revokes_by_id`: only who has a token's value can revoke it (the same), and deskshift has no old
        token's.
        `pkce`: the token endpoint takes a `code_verifier` (the same), but no page was found that says that an ordinary
        app's authorization page takes a challenge.
        `iss`, `grace_at_refresh_seconds`, `shows_last_use`: on no page of HubSpot's.
        """
        return IssuerOffers(
            lists=False,
            revokes_one=False,
            revokes_by_id=False,
            pkce=False,
            iss=False,
            grace_at_refresh_seconds=0,
            shows_last_use=False,
        )

    @property
    def issuer(self) -> str:
        """Give the address that agents authorize at; on no page of the vendor's is another identifier."""
        return self._told.app_url

    def clients(self) -> Iterator[OAuthClient]:
        """Give the apps that the operator named."""
        yield from self._told.apps

    def client_document(self, client_id: str) -> bytes:  # noqa: ARG002 - the port's
        """HubSpot shows no app.

        Raises:
            VendorRefused: always; comparing is an operator's task.
        """
        _not_offered()

    def grants(self) -> Iterator[Grant]:
        """HubSpot lists no grants.

        Raises:
            VendorRefused: always: an empty list would say that there are none.
        """
        _not_offered()

    def tokens(self, client_id: str, agent_id: str | None) -> list[TokenInfo]:  # noqa: ARG002 - the port's
        """HubSpot lists no tokens.

        Raises:
            VendorRefused: always: an empty list would say that there are none.
        """
        _not_offered()

    def revoke(self, token_id: str) -> bool:  # noqa: ARG002 - the port's
        """HubSpot knows no ids of tokens.

        Raises:
            VendorRefused: always; who has the token's value can revoke it (`revoke_held`).
        """
        _not_offered("POST", REVOKE)

    def authorization_address(
        self, client: OAuthClient, redirect_uri: str, state: str, scopes: tuple[str, ...], challenge: str | None
    ) -> str:
        """Make the address of the account's own authorization page (developers.hubspot.com, working-with-oauth).

        Raises:
            VendorRefused: there is a challenge, and PKCE is not known to be there.
        """
        without_pkce(challenge, "GET", "/oauth/authorize")
        return authorization_address(
            f"{self._told.app_url}/oauth/{self._told.hub_id}/authorize",
            client,
            redirect_uri=redirect_uri,
            state=state,
            scopes=scopes,
            challenge=None,
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
            VendorRefused: also if there is a verifier; the code was not sent.
        """
        without_pkce(verifier, "POST", TOKEN)
        body = urlencode(code_of(entrusted, code, redirect_uri)).encode()
        return exchanged(self._client, TOKEN, body, FORM, _LATER)

    def subject(self, entrusted: Entrusted, token: BearerToken) -> Subject:
        """Ask HubSpot as the entrusted app whose a token is (RFC 7662).

        A person of another account has that account's number before theirs, so that they are never the one invited.
        """
        bearing(token, "POST", INTROSPECT)
        found = self._introspected(entrusted, token.access_token, "access_token")
        if not found.active or found.client_id != entrusted.client.id:
            raise VendorRefused("POST", INTROSPECT, HTTPStatus.UNAUTHORIZED, "invalid_token")
        person = None if found.user_id is None else str(found.user_id)
        if found.hub_id != self._told.hub_id:
            person = f"{found.hub_id}/{person}"
        ends = None if found.expires_in is None else at_utc(self._now() + timedelta(seconds=found.expires_in))
        return Subject(
            token_id=token_id(token),
            agent_id=person,
            client_id=entrusted.client.id,
            scopes=found.scopes,
            expires_at=ends,
        )

    def revoke_held(self, entrusted: Entrusted, token: BearerToken) -> bool:
        """Revoke by value: the refresh token first, so that it makes no more, then the access token, which outlives it.

        Raises:
            VendorRefused: HubSpot does not revoke one that is in force: an operator's task.
        """
        known = False
        if token.refresh_token is not None:
            known = self._revoked(entrusted, token.refresh_token, "refresh_token")
        return self._revoked(entrusted, token.access_token, "access_token") or known

    def _revoked(self, entrusted: Entrusted, value: str, kind: str) -> bool:
        """Revoke one; what is refused and not in force is as good as revoked, as on the way again after half of it."""
        try:
            return revoked(self._asked(REVOKE, entrusted, value, kind), "POST", REVOKE, _LATER)
        except VendorRefused:
            if self._introspected(entrusted, value, kind).active:
                raise
            return False

    def _introspected(self, entrusted: Entrusted, value: str, kind: str) -> Introspected:
        got = judged(self._asked(INTROSPECT, entrusted, value, kind), "POST", INTROSPECT, _LATER)
        return decoded(got.body, Introspected, "POST", INTROSPECT)

    def _asked(self, path: str, entrusted: Entrusted, value: str, kind: str) -> Answer:
        asked = {
            "client_id": entrusted.client.id,
            "client_secret": entrusted.secret,
            "token": value,
            "token_type_hint": kind,
        }
        headers = {"content-type": FORM}
        return self._client.call("POST", path, body=urlencode(asked).encode(), headers=headers, allow=REFUSALS)


def token_id(token: BearerToken) -> str:
    """Give a token's id, for HubSpot has none: a digest of its value, which nothing leads back from."""
    return f"sha256-{hashlib.sha256(token.access_token.encode()).hexdigest()}"


def _not_offered(method: str = "GET", path: str = TOKEN) -> NoReturn:
    raise VendorRefused(method, path, _MISSING, "not_offered")
