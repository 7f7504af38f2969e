"""The platform's issuer adapter where the platform does not answer as the contract says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deskshift.connectors.platform.tokens import PlatformTokenIssuer
from deskshift.connectors.tokens.ports import BearerToken, Entrusted
from deskshift.model.errors import VendorAnswerInvalid, VendorRefused, VendorUnavailable
from deskshift.model.oauth import OAuthClient
from tests.support.issuer_calls import clients
from tests.support.issuer_server import Issuer, Json, Said, serving
from tests.support.passing_clock import Clock
from tests.support.vendor_server import LOST, Asked

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE = "/v1/issuers/a%2Eb"
WHO = Entrusted(
    client=OAuthClient(
        id="crm",
        name="CRM",
        redirect_uris=("https://crm.example/callback",),
        scopes=("read",),
        confidential=True,
        grant_types=("authorization_code",),
    ),
    secret="canary-secret",
)
HELD = BearerToken(access_token="canary-access", refresh_token="canary-refresh")


class Empty(Issuer):
    def done(self, asked: Asked) -> Said:
        return (200, {"active": False}) if asked.path.endswith("/introspect") else (200, {})


@pytest.fixture
def server() -> Iterator[Issuer]:
    issuer = Empty()
    with serving(issuer):
        yield issuer


@pytest.fixture
def adapter(server: Issuer) -> PlatformTokenIssuer:
    return PlatformTokenIssuer(clients(server, "own-token", Clock()), server.url, "a.b")


def test_a_listing_that_never_ends_is_invalid(server: Issuer, adapter: PlatformTokenIssuer) -> None:
    server.faults["GET", "/v1/oauth/grants"] = [(200, {"items": [], "next_cursor": "c"})] * 3
    with pytest.raises(VendorAnswerInvalid):
        list(adapter.grants())
    assert [each.query.get("cursor") for each in server.seen] == [None, "c"]


@pytest.mark.parametrize(
    "answer",
    [
        LOST,
        (200, b"<html>"),
        (200, {}),
        (200, {"access_token": ""}),
        (200, {"access_token": "a b"}),
        (503, {}),
        (302, {}),
    ],
)
def test_an_exchange_without_a_token_to_read_is_lost_and_not_repeated(
    server: Issuer, adapter: PlatformTokenIssuer, answer: object
) -> None:
    server.faults["POST", f"{BASE}/token"] = [answer]
    with pytest.raises(VendorUnavailable):
        adapter.exchange(WHO, "canary-code", "https://crm.example/callback", (), None)
    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_has_revoked_nothing(server: Issuer, adapter: PlatformTokenIssuer, status: int) -> None:
    server.faults["DELETE", "/v1/oauth/tokens/t%2E1"] = [(status, None)]
    with pytest.raises(VendorUnavailable):
        adapter.revoke("t.1")


def test_a_refused_revocation_leaves_it_in_force(server: Issuer, adapter: PlatformTokenIssuer) -> None:
    server.faults["DELETE", "/v1/oauth/tokens/t-1"] = [(403, {"error": {"code": "missing_scope"}})]
    with pytest.raises(VendorRefused):
        adapter.revoke("t-1")


def test_both_values_are_revoked_even_if_neither_is_in_force(server: Issuer, adapter: PlatformTokenIssuer) -> None:
    assert not adapter.revoke_held(WHO, HELD)
    assert [each.body["token"] for each in server.sent("POST", f"{BASE}/revoke")] == ["canary-refresh", "canary-access"]


def test_secrets_go_in_bodies_and_no_call_bears_both_tokens(server: Issuer, adapter: PlatformTokenIssuer) -> None:
    page: Json = {"items": [], "next_cursor": None}
    server.faults["GET", "/v1/oauth/tokens"] = [(200, page)]
    adapter.tokens("crm", "ann")
    adapter.revoke_held(WHO, HELD)
    subject: Json = {"token_id": "t-1", "client_id": "crm", "agent_id": None, "scopes": [], "expires_at": None}
    server.faults["GET", f"{BASE}/whoami"] = [(200, subject)]
    adapter.subject(WHO, HELD)
    bearing = {each.path: each.headers.get("authorization") for each in server.seen}
    assert bearing == {
        "/v1/oauth/tokens": "Bearer own-token",
        f"{BASE}/introspect": None,
        f"{BASE}/revoke": None,
        f"{BASE}/whoami": "Bearer canary-access",
    }
    assert not [each for each in server.seen if "canary" in each.address]


def test_what_cannot_be_a_token_is_not_sent(server: Issuer, adapter: PlatformTokenIssuer) -> None:
    with pytest.raises(VendorRefused, match="invalid_token"):
        adapter.subject(WHO, BearerToken(access_token="canary\r\nx: y"))
    assert server.seen == []
