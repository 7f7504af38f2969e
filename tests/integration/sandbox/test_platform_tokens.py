"""The platform's issuer adapter against the sandbox, over HTTP."""

from __future__ import annotations

import base64
import hashlib
import time
from typing import TYPE_CHECKING

import pytest
import urllib3

from deskshift.connectors.observer import Unobserved
from deskshift.connectors.platform.tokens import PlatformTokenIssuer
from deskshift.connectors.tokens.opening import open_issuer
from deskshift.connectors.tokens.ports import BearerToken, Entrusted
from deskshift.model.errors import VendorRefused, VendorUnavailable
from tests.integration.sandbox.oauth_scene import ACCOUNT, DESKSHIFT, query_of
from tests.support.issuer_calls import CANARY, left_behind
from tests.unit.sandbox.example_oauth import access, refresh, secret

if TYPE_CHECKING:
    from deskshift.connectors.tokens.ports import TokenIssuer
    from tests.integration.sandbox.oauth_scene import Scene

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
REDIRECT = f"{DESKSHIFT}/oauth/callback"


@pytest.fixture
def adapter(scene: Scene) -> PlatformTokenIssuer:
    clients = open_issuer(
        scene.sandbox.url,
        "token-issuer",
        10_000.0,
        urllib3.Timeout(connect=5, read=30),
        calls=Unobserved(),
        correlation=lambda: "move-1",
        sleep=lambda _: None,
        clock=time.monotonic,
    )
    return PlatformTokenIssuer(clients, scene.sandbox.url, ACCOUNT)


@pytest.fixture
def issuer(adapter: PlatformTokenIssuer) -> TokenIssuer:
    return adapter


def entrusted(issuer: TokenIssuer, client_id: str = "dialer") -> Entrusted:
    client = next(each for each in issuer.clients() if each.id == client_id)
    return Entrusted(client=client, secret=secret(client_id) if client.confidential else "")


def code(scene: Scene, issuer: TokenIssuer, agent_id: str = "ann") -> str:
    client = entrusted(issuer).client
    address = issuer.authorization_address(client, REDIRECT, "state-1", ("read",), CHALLENGE)
    return query_of(scene.decide(address, agent_id))["code"]


def exchanged(scene: Scene, issuer: TokenIssuer) -> BearerToken:
    return issuer.exchange(entrusted(issuer), code(scene, issuer), REDIRECT, ("read",), VERIFIER)


def test_everything_is_offered_and_the_issuer_is_named_as_in_its_answers(
    scene: Scene, adapter: PlatformTokenIssuer
) -> None:
    offers = adapter.offers
    assert (offers.lists, offers.revokes_one, offers.pkce, offers.iss, offers.shows_last_use) == (True,) * 5
    assert offers.grace_at_refresh_seconds == 0
    address = adapter.authorization_address(entrusted(adapter).client, REDIRECT, "s", ("read",), CHALLENGE)
    assert query_of(scene.decide(address, decision="decline"))["iss"] == adapter.issuer


def test_it_lists_clients_grants_and_tokens(issuer: TokenIssuer) -> None:
    assert [each.id for each in issuer.clients()] == ["app", "crm", "dialer", "export", "widget"]
    grants = list(issuer.grants())
    assert [(each.client_id, each.agent_id) for each in grants] == [
        ("app", "bob"),
        ("crm", "ann"),
        ("crm", "bob"),
        ("export", None),
        ("widget", "bob"),
    ]
    assert [each.id for each in grants[1].tokens] == ["t-2"]
    assert [each.id for each in issuer.tokens("crm", "ann")] == ["t-0", "t-1", "t-2"]
    assert [each.id for each in issuer.tokens("export", None)] == ["t-5"]
    assert issuer.tokens("crm", "eve") == []


def test_it_reads_every_page(scene: Scene, issuer: TokenIssuer) -> None:
    for _ in range(101):
        scene.sandbox.integrate(ACCOUNT, "export", "client_credentials")
    assert len(issuer.tokens("export", None)) == 102


def test_a_clients_document_is_what_the_api_shows(scene: Scene, issuer: TokenIssuer) -> None:
    assert issuer.client_document("crm") == scene.platform.get("/oauth/clients/crm").data
    with pytest.raises(VendorRefused):
        issuer.client_document("nobody")


def test_it_exchanges_uses_and_revokes_what_it_holds(scene: Scene, issuer: TokenIssuer) -> None:
    token = exchanged(scene, issuer)
    subject = issuer.subject(entrusted(issuer), token)
    assert (subject.agent_id, subject.client_id, subject.scopes) == ("ann", "dialer", ("read",))
    (listed,) = issuer.tokens("dialer", "ann")
    assert (listed.id, listed.revoked) == (subject.token_id, False)
    assert listed.last_used_at is not None
    assert issuer.revoke_held(entrusted(issuer), token)
    assert not issuer.revoke_held(entrusted(issuer), token)
    assert issuer.tokens("dialer", "ann")[0].revoked
    with pytest.raises(VendorRefused):
        issuer.subject(entrusted(issuer), token)


def test_a_refresh_token_alone_is_in_force_too(issuer: TokenIssuer) -> None:
    held = BearerToken(access_token="canary-unknown", refresh_token=refresh("t-2"))
    assert issuer.revoke_held(entrusted(issuer, "crm"), held)
    assert [each.revoked for each in issuer.tokens("crm", "ann")] == [False, True, True]


def test_a_public_client_is_known_by_its_verifier(scene: Scene, issuer: TokenIssuer) -> None:
    app = entrusted(issuer, "app")
    redirect = app.client.redirect_uris[0]
    address = issuer.authorization_address(app.client, redirect, "s", ("read",), CHALLENGE)
    one = query_of(scene.decide(address, "bob"))["code"]
    token = issuer.exchange(app, one, redirect, ("read",), VERIFIER)
    assert issuer.subject(app, token).agent_id == "bob"
    assert issuer.revoke_held(app, token)


def test_revoking_by_id_is_repeatable_and_unknown_ones_are_gone(issuer: TokenIssuer) -> None:
    assert issuer.revoke("t-2")
    assert issuer.revoke("t-2")
    assert not issuer.revoke("t-99")
    assert [each.revoked for each in issuer.tokens("crm", "ann")] == [False, True, True]


def test_a_wrong_verifier_is_refused_with_oauths_own_code(scene: Scene, issuer: TokenIssuer) -> None:
    one = code(scene, issuer)
    with pytest.raises(VendorRefused, match="invalid_grant"):
        issuer.exchange(entrusted(issuer), one, REDIRECT, ("read",), "w" * 43)


def test_a_code_is_sent_once_whatever_comes_back(scene: Scene, issuer: TokenIssuer) -> None:
    one, who = code(scene, issuer), entrusted(issuer)
    scene.sandbox.faults(ACCOUNT, "lost_response=0.9")
    with pytest.raises(VendorUnavailable):
        issuer.exchange(who, one, REDIRECT, ("read",), VERIFIER)
    scene.sandbox.faults(ACCOUNT, "")
    sent = [each for each in scene.sandbox.calls(ACCOUNT) if each["path"].endswith("/token")]
    assert len(sent) == 1
    (made,) = issuer.tokens("dialer", "ann")
    assert not made.revoked, "deskshift finds by its listing what was made, and revokes it by id"
    assert issuer.revoke(made.id)


def test_an_issuer_that_is_down_has_not_revoked(scene: Scene, issuer: TokenIssuer) -> None:
    held = BearerToken(access_token=access("t-3"))
    who = entrusted(issuer, "crm")
    scene.sandbox.faults(ACCOUNT, "500=0.99")
    with pytest.raises(VendorUnavailable):
        issuer.revoke("t-3")
    with pytest.raises(VendorUnavailable):
        issuer.revoke_held(who, held)
    scene.sandbox.faults(ACCOUNT, "")
    assert scene.whoami(access("t-3")).status == 200


def test_what_fails_now_and_then_is_repeated(scene: Scene, issuer: TokenIssuer) -> None:
    who = entrusted(issuer, "crm")
    scene.sandbox.faults(ACCOUNT, "500=0.2,429=0.2,lost_response=0.2")
    assert issuer.subject(who, BearerToken(access_token=access("t-3"))).token_id == "t-3"
    assert len(list(issuer.grants())) == 5
    assert issuer.revoke("t-3")


def test_nothing_that_fails_says_what_was_sent(
    scene: Scene, issuer: TokenIssuer, caplog: pytest.LogCaptureFixture
) -> None:
    # What is searched for must not stand in the lines that a traceback shows.
    held = BearerToken(access_token=access("gone"), refresh_token=refresh("gone"))
    who, sent = entrusted(issuer, "crm"), (f"{CANARY}-code", f"{CANARY}-{VERIFIER}")

    def exchange() -> object:
        return issuer.exchange(who, sent[0], REDIRECT, ("read",), sent[1])

    said = left_behind(exchange, caplog, issuer) + repr((who, held))
    said += left_behind(lambda: issuer.subject(who, held), caplog, issuer)
    scene.sandbox.faults(ACCOUNT, "500=0.99")
    said += left_behind(lambda: issuer.revoke_held(who, held), caplog, issuer)
    assert CANARY not in said


def test_calls_bear_what_they_are_for(scene: Scene, issuer: TokenIssuer) -> None:
    list(issuer.grants())
    assert {each["correlation_id"] for each in scene.sandbox.calls(ACCOUNT)} == {"move-1"}
