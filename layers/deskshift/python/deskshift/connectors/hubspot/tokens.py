"""The issuer port over HubSpot's OAuth API (v3): secrets and tokens go in bodies, never in addresses."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import NoReturn
from urllib.parse import urlencode

import msgspec

from deskshift.connectors.http import Answer, VendorClient, decoded
from deskshift.connectors.hubspot.answers import Introspected
from deskshift.connectors.hubspot.held import HeldTokens, token_id
from deskshift.connectors.hubspot.told import HubSpotTold
from deskshift.connectors.tokens.addresses import authorization_address, without_pkce
from deskshift.connectors.tokens.exchanges import FORM, bearing, code_of, exchanged
from deskshift.connectors.tokens.listed import at_utc
from deskshift.connectors.tokens.ports import BearerToken, IssuerOffers
from deskshift.connectors.tokens.refusals import REFUSALS, judged, known_code, revoked
from deskshift.model.errors import VendorRefused
from deskshift.model.oauth import Grant, OAuthClient, Subject, TokenInfo

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
        secret_of: gives the secret of an app by its client id; None if it is not entrusted to deskshift.
        now: gives the time.
    """

    def __init__(
        self,
        client: VendorClient,
        told: HubSpotTold,
        secret_of: Callable[[str], str | None],
        now: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._told = told
        self._secret_of = secret_of
        self._now = now
        self._held = HeldTokens()

    @property
    def offers(self) -> IssuerOffers:
        """Declare what the API has.

        `lists`: hubspot-oauth.v3.json has token, introspect and revoke, and no listing.
        `revokes_one`: only who has a token's value can revoke it (the same), and deskshift has no old token's.
        `pkce`: the token endpoint takes a `code_verifier` (the same), but no page was found that says that an ordinary
        app's authorization page takes a challenge.
        `iss`, `grace_at_refresh_seconds`: on no page of HubSpot's.
        """
        return IssuerOffers(lists=False, revokes_one=False, pkce=False, iss=False, grace_at_refresh_seconds=0)

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

    def revoke(self, token_id: str) -> bool:
        """Revoke a token that this process exchanged or verified.

        The refresh token first, so that it makes no more, and the access token, which outlives it.

        Raises:
            VendorRefused: its value is not at hand, or HubSpot does not revoke it: an operator's task.
        """
        held = self._held.find(token_id)
        if held is None:
            if self._held.was_forgotten(token_id):
                return False
            raise VendorRefused("POST", REVOKE, _MISSING, "token_not_at_hand")
        known = False
        if held.token.refresh_token is not None:
            known = self._revoked(held.client_id, held.token.refresh_token, "refresh_token")
            self._held.keep(held.client_id, msgspec.structs.replace(held.token, refresh_token=None))
        known = self._revoked(held.client_id, held.token.access_token, "access_token") or known
        self._held.forget(token_id)
        return known

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
        self, client: OAuthClient, client_secret: str, code: str, redirect_uri: str, verifier: str | None
    ) -> BearerToken:
        """Exchange a code.

        Raises:
            VendorRefused: also if there is a verifier; the code was not sent.
        """
        without_pkce(verifier, "POST", TOKEN)
        body = urlencode(code_of(client, client_secret, code, redirect_uri)).encode()
        token = exchanged(self._client, TOKEN, body, FORM, _LATER)
        self._held.keep(client.id, token)
        return token

    def subject(self, token: BearerToken) -> Subject:
        """Ask HubSpot whose a token is (RFC 7662), as each app that is entrusted to deskshift until one knows it.

        A person of another account has that account's number before theirs, so that they are never the one invited.
        """
        bearing(token, "POST", INTROSPECT)
        code = "no_entrusted_app"
        for client_id in self._candidates(token_id(token)):
            got = self._asked(INTROSPECT, client_id, token.access_token, "access_token")
            if got.status >= HTTPStatus.BAD_REQUEST and got.status not in _LATER:
                code = known_code(got.body)
                continue
            found = decoded(judged(got, "POST", INTROSPECT, _LATER).body, Introspected, "POST", INTROSPECT)
            if found.active and found.client_id == client_id:
                self._held.keep(client_id, token)
                return self._subject(token, client_id, found)
            code = "invalid_token"
        raise VendorRefused("POST", INTROSPECT, HTTPStatus.UNAUTHORIZED, code)

    def _subject(self, token: BearerToken, client_id: str, found: Introspected) -> Subject:
        person = None if found.user_id is None else str(found.user_id)
        if found.hub_id != self._told.hub_id:
            person = f"{found.hub_id}/{person}"
        ends = None if found.expires_in is None else at_utc(self._now() + timedelta(seconds=found.expires_in))
        return Subject(
            token_id=token_id(token), agent_id=person, client_id=client_id, scopes=found.scopes, expires_at=ends
        )

    def _candidates(self, one_id: str) -> list[str]:
        held = self._held.find(one_id)
        if held is not None:
            return [held.client_id]
        return [one.id for one in self._told.apps if self._secret_of(one.id) is not None]

    def _revoked(self, client_id: str, value: str, kind: str) -> bool:
        return revoked(self._asked(REVOKE, client_id, value, kind), "POST", REVOKE, _LATER)

    def _asked(self, path: str, client_id: str, value: str, kind: str) -> Answer:
        asked = {
            "client_id": client_id,
            "client_secret": self._secret_of(client_id) or "",
            "token": value,
            "token_type_hint": kind,
        }
        headers = {"content-type": FORM}
        return self._client.call("POST", path, body=urlencode(asked).encode(), headers=headers, allow=REFUSALS)


def _not_offered() -> NoReturn:
    raise VendorRefused("GET", TOKEN, _MISSING, "not_offered")
