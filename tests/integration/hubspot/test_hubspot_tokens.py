"""HubSpot as an issuer: it lists nothing, and revokes by value alone."""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest

from deskshift.connectors.hubspot.tokens import HubSpotTokens
from deskshift.connectors.tokens.ports import BearerToken, Entrusted, TokenIssuer
from deskshift.model.errors import VendorRefused, VendorUnavailable
from deskshift.model.oauth import OAuthClient
from deskshift.model.token_issuers import HubSpotIssues
from tests.integration.hubspot.apps import APP, CALLBACK, HUB, OTHER, SECRETS, HubSpot
from tests.support.issuer_calls import CANARY, clients, left_behind
from tests.support.issuer_server import Code
from tests.support.passing_clock import Clock
from tests.support.vendor_server import LOST

EXCHANGE, INTROSPECT = ("POST", "/oauth/v3/token"), ("POST", "/oauth/v3/token/introspect")
REVOKE = ("POST", "/oauth/v3/token/revoke")
CODE, ACCESS = "code-canary", "access-canary"
SCOPES = ("oauth", "tickets")


def app(client_id: str) -> OAuthClient:
    return OAuthClient(
        id=client_id,
        name="An app",
        redirect_uris=(CALLBACK,),
        scopes=("oauth", "tickets"),
        confidential=True,
        grant_types=("authorization_code",),
    )


def entrusted(client_id: str, secret: str | None = None) -> Entrusted:
    return Entrusted(client=app(client_id), secret=SECRETS[client_id] if secret is None else secret)


OWN = entrusted(APP)


def issuer(hubspot: HubSpot, clock: Clock) -> HubSpotTokens:
    told = HubSpotIssues(base_url=hubspot.url, hub_id=HUB, apps=(app(OTHER), app(APP)))
    made = HubSpotTokens(clients(hubspot, None, clock).bare, told, clock.instant)
    fits: TokenIssuer = made
    assert fits is made
    return made


def exchanged(hubspot: HubSpot, tokens: HubSpotTokens, client_id: str = APP) -> BearerToken:
    hubspot.codes[CODE] = Code(client_id, CALLBACK, 123, "oauth tickets")
    return tokens.exchange(entrusted(client_id), CODE, CALLBACK, SCOPES, None)


def test_the_apps_are_those_that_the_operator_named(hubspot: HubSpot, clock: Clock) -> None:
    assert list(issuer(hubspot, clock).clients()) == [app(OTHER), app(APP)]


LISTINGS: list[Callable[[HubSpotTokens], object]] = [
    lambda tokens: tokens.grants(),
    lambda tokens: tokens.tokens(APP, "123"),
    lambda tokens: tokens.client_document(APP),
]


@pytest.mark.parametrize("listing", LISTINGS)
def test_what_cannot_be_listed_is_not_shown_as_nothing(
    hubspot: HubSpot, clock: Clock, listing: Callable[[HubSpotTokens], object]
) -> None:
    tokens = issuer(hubspot, clock)
    assert not tokens.offers.lists
    with pytest.raises(VendorRefused, match="not_offered"):
        listing(tokens)
    assert hubspot.seen == []


def test_what_the_issuer_offers(hubspot: HubSpot, clock: Clock) -> None:
    offers = issuer(hubspot, clock).offers
    assert (offers.lists, offers.revokes_one, offers.pkce, offers.iss) == (False, False, False, False)
    assert (offers.grace_at_refresh_seconds, offers.shows_last_use) == (0, False)


def test_the_authorization_address(hubspot: HubSpot, clock: Clock) -> None:
    tokens = issuer(hubspot, clock)
    address = urlsplit(tokens.authorization_address(app(APP), CALLBACK, "s", ("oauth", "tickets"), None))
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"https://app.hubspot.com/oauth/{HUB}/authorize"
    assert "scope=oauth%20tickets" in address.query
    assert dict(parse_qsl(address.query)) == {
        "response_type": "code",
        "client_id": APP,
        "redirect_uri": CALLBACK,
        "scope": "oauth tickets",
        "state": "s",
    }


def test_pkce_is_refused_before_anything_is_sent(hubspot: HubSpot, clock: Clock) -> None:
    with pytest.raises(VendorRefused, match="pkce_not_offered"):
        issuer(hubspot, clock).authorization_address(app(APP), CALLBACK, "s", (), "challenge")
    with pytest.raises(VendorRefused, match="pkce_not_offered"):
        issuer(hubspot, clock).exchange(OWN, "code", CALLBACK, SCOPES, "verifier")
    assert hubspot.seen == []


def test_a_code_becomes_a_token_that_hubspot_says_the_owner_of(hubspot: HubSpot, clock: Clock) -> None:
    tokens = issuer(hubspot, clock)
    token = exchanged(hubspot, tokens)
    assert (token.refresh_token, token.expires_in, token.scope) == ("canary-refresh-1", 1800, "oauth tickets")
    found = tokens.subject(OWN, token)
    assert (found.agent_id, found.client_id, found.scopes) == ("123", APP, ("oauth", "tickets"))
    assert found.expires_at == "2026-12-01T12:28:20.000Z"
    assert found.token_id.startswith("sha256-")
    assert len(hubspot.sent(*INTROSPECT)) == 1


def test_a_token_is_asked_after_as_the_entrusted_app_alone(hubspot: HubSpot, clock: Clock) -> None:
    token = exchanged(hubspot, issuer(hubspot, clock))
    assert issuer(hubspot, clock).subject(OWN, token).agent_id == "123"
    with pytest.raises(VendorRefused, match="invalid_token"):
        issuer(hubspot, clock).subject(entrusted(OTHER), token)
    assert [one.body["client_id"] for one in hubspot.sent(*INTROSPECT)] == [APP, OTHER]


def test_a_person_of_another_account_is_nobody_who_was_invited(hubspot: HubSpot, clock: Clock) -> None:
    tokens = issuer(hubspot, clock)
    token = exchanged(hubspot, tokens)
    hubspot.hub = 999
    assert tokens.subject(OWN, token).agent_id == "999/123"


def test_both_tokens_are_revoked_and_twice_is_fine(hubspot: HubSpot, clock: Clock) -> None:
    tokens = issuer(hubspot, clock)
    token = exchanged(hubspot, tokens)
    assert tokens.revoke_held(OWN, token)
    assert hubspot.tokens == {}
    hints = [one.body["token_type_hint"] for one in hubspot.sent(*REVOKE)]
    assert hints == ["refresh_token", "access_token"]
    hubspot.unknown = (404, b"")
    assert not tokens.revoke_held(OWN, token)


@pytest.mark.parametrize("unknown", [(200, b""), (404, b""), (400, b"")])
@pytest.mark.parametrize("fault", [(503, b""), (423, b""), (477, b""), (302, b"")])
def test_a_revocation_that_stops_half_way_is_done_again(
    hubspot: HubSpot, clock: Clock, fault: tuple[int, bytes], unknown: tuple[int, bytes]
) -> None:
    token = exchanged(hubspot, issuer(hubspot, clock))
    hubspot.unknown = unknown
    hubspot.faults[REVOKE] = ["none", *[fault] * 6]
    with pytest.raises(VendorUnavailable):
        issuer(hubspot, clock).revoke_held(OWN, token)
    assert list(hubspot.tokens) == ["canary-access-1"]
    hubspot.faults[REVOKE] = []
    assert issuer(hubspot, clock).revoke_held(OWN, token)
    assert hubspot.tokens == {}


@pytest.mark.parametrize("unknown", [(404, b""), (400, b"")])
def test_a_token_that_hubspot_does_not_know_any_more(
    hubspot: HubSpot, clock: Clock, unknown: tuple[int, bytes]
) -> None:
    tokens = issuer(hubspot, clock)
    token = exchanged(hubspot, tokens)
    hubspot.tokens.clear()
    hubspot.unknown = unknown
    assert not tokens.revoke_held(OWN, token)


def test_one_of_both_that_hubspot_knew_was_revoked(hubspot: HubSpot, clock: Clock) -> None:
    tokens = issuer(hubspot, clock)
    token = exchanged(hubspot, tokens)
    del hubspot.tokens["canary-access-1"]
    hubspot.unknown = (404, b"")
    assert tokens.revoke_held(OWN, token)


def test_a_token_without_a_refresh_token_is_revoked_alone(hubspot: HubSpot, clock: Clock) -> None:
    tokens = issuer(hubspot, clock)
    token = exchanged(hubspot, tokens)
    assert tokens.revoke_held(OWN, BearerToken(access_token=token.access_token))
    assert list(hubspot.tokens) == ["canary-refresh-1"]


def test_a_revocation_that_is_refused_of_a_token_in_force_is_not_done(hubspot: HubSpot, clock: Clock) -> None:
    tokens = issuer(hubspot, clock)
    token = exchanged(hubspot, tokens)
    hubspot.faults[REVOKE] = [(400, b"")]
    with pytest.raises(VendorRefused, match="400"):
        tokens.revoke_held(OWN, token)
    with pytest.raises(VendorRefused, match="invalid_client"):
        tokens.revoke_held(entrusted(APP, "other"), token)
    assert len(hubspot.tokens) == 2


@pytest.mark.parametrize("status", [423, 477])
def test_an_account_that_is_locked_says_nothing_of_a_token(hubspot: HubSpot, clock: Clock, status: int) -> None:
    tokens = issuer(hubspot, clock)
    token = exchanged(hubspot, tokens)
    hubspot.faults[INTROSPECT] = [(status, b"")]
    with pytest.raises(VendorUnavailable, match=str(status)):
        tokens.subject(OWN, token)


@pytest.mark.parametrize("said", [{"active": False, "client_id": APP}, {"active": True, "client_id": OTHER}, {}])
def test_a_token_is_an_apps_only_if_hubspot_says_so(hubspot: HubSpot, clock: Clock, said: dict[str, object]) -> None:
    tokens = issuer(hubspot, clock)
    token = exchanged(hubspot, tokens)
    hubspot.faults[INTROSPECT] = [(200, {"hub_id": HUB, "user_id": 123} | said)]
    with pytest.raises(VendorRefused, match="invalid_token"):
        tokens.subject(OWN, token)


def test_no_token_is_revoked_by_an_id(hubspot: HubSpot, clock: Clock) -> None:
    tokens = issuer(hubspot, clock)
    token_id = tokens.subject(OWN, exchanged(hubspot, tokens)).token_id
    with pytest.raises(VendorRefused, match="not_offered"):
        tokens.revoke(token_id)
    assert hubspot.sent(*REVOKE) == []


def test_throttling_is_waited_for(hubspot: HubSpot, clock: Clock) -> None:
    tokens = issuer(hubspot, clock)
    token = exchanged(hubspot, tokens)
    hubspot.retry_after, hubspot.faults[INTROSPECT] = "10", [(429, {"policyName": "SECONDLY"})]
    assert tokens.subject(OWN, token).agent_id == "123"
    assert 10.0 in clock.slept


@pytest.mark.parametrize("fault", [LOST, (429, b""), (500, b""), (423, b""), (477, b""), (200, {"token": "x"})])
def test_a_code_is_sent_once(hubspot: HubSpot, clock: Clock, fault: object) -> None:
    hubspot.faults[EXCHANGE] = [fault]
    with pytest.raises(VendorUnavailable):
        exchanged(hubspot, issuer(hubspot, clock))
    assert len(hubspot.sent(*EXCHANGE)) == 1


@pytest.mark.parametrize(
    ("secret", "code", "redirect", "reason"),
    [
        ("other", CODE, CALLBACK, "invalid_client"),
        (SECRETS[APP], "other", CALLBACK, "invalid_grant"),
        (SECRETS[APP], CODE, f"{CALLBACK}#x", "invalid_grant"),
    ],
)
def test_what_does_not_belong_together_is_refused(  # noqa: PLR0913 - an exchange's parts
    hubspot: HubSpot, clock: Clock, *, secret: str, code: str, redirect: str, reason: str
) -> None:
    hubspot.codes[CODE] = Code(APP, CALLBACK, 123, "oauth")
    with pytest.raises(VendorRefused, match=reason):
        issuer(hubspot, clock).exchange(entrusted(APP, secret), code, redirect, SCOPES, None)


@pytest.mark.parametrize("value", ["unknown-canary", "canary\r\nX-Other: y", "canary ü", ""])
def test_a_token_that_is_not_in_force_has_no_subject(hubspot: HubSpot, clock: Clock, value: str) -> None:
    with pytest.raises(VendorRefused, match="invalid_token"):
        issuer(hubspot, clock).subject(OWN, BearerToken(access_token=value))


def test_an_app_whose_secret_is_wrong_is_told_as_such(hubspot: HubSpot, clock: Clock) -> None:
    with pytest.raises(VendorRefused, match="invalid_client"):
        issuer(hubspot, clock).subject(entrusted(APP, "wrong"), BearerToken(access_token=ACCESS))


Run = Callable[[HubSpotTokens], object]
EXCHANGED: Run = lambda tokens: tokens.exchange(OWN, CODE, CALLBACK, SCOPES, None)  # noqa: E731
VERIFIED: Run = lambda tokens: tokens.subject(OWN, BearerToken(access_token=ACCESS))  # noqa: E731
ECHO = {"error": ACCESS, "message": f"{SECRETS[APP]} {CODE}", "category": CODE}


WRONG = entrusted(APP, "wrong-canary")
HELD = BearerToken(access_token=ACCESS, refresh_token="refresh-canary")
REVOKED: Run = lambda tokens: tokens.revoke_held(OWN, HELD)  # noqa: E731


FAILING: list[tuple[tuple[str, str], list[object], Run]] = [
    (EXCHANGE, [(400, ECHO)], EXCHANGED),
    (EXCHANGE, [(500, {"error": {"code": CODE}})], EXCHANGED),
    (EXCHANGE, [(200, {"access_token": ACCESS, "expires_in": ACCESS})], EXCHANGED),
    (INTROSPECT, [(400, ECHO)], VERIFIED),
    (INTROSPECT, [(503, {"error": {"code": ACCESS}})] * 6, VERIFIED),
    (INTROSPECT, [(200, {"active": ACCESS})], VERIFIED),
    (INTROSPECT, [(200, {"active": True, "user_id": ACCESS})], VERIFIED),
    (REVOKE, [(401, ECHO)], lambda tokens: tokens.revoke_held(WRONG, HELD)),
    (REVOKE, [(503, {"error": {"code": ACCESS}})] * 6, REVOKED),
]


@pytest.mark.parametrize(("call", "faults", "run"), FAILING)
def test_no_error_no_log_and_nothing_printed_shows_a_secret(  # noqa: PLR0913 - fixtures and the case
    hubspot: HubSpot,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    *,
    call: tuple[str, str],
    faults: list[object],
    run: Run,
) -> None:
    hubspot.codes[CODE] = Code(APP, CALLBACK, 123, "oauth")
    hubspot.faults[call] = list(faults)
    tokens = issuer(hubspot, clock)
    assert CANARY not in left_behind(lambda: run(tokens), caplog, tokens)
    assert all(CANARY not in one.address for one in hubspot.seen)


def test_what_goes_well_shows_none_either(hubspot: HubSpot, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    tokens = issuer(hubspot, clock)
    token = exchanged(hubspot, tokens)
    said = [OWN, token, tokens.subject(OWN, token), tokens, vars(tokens)]
    assert CANARY not in "".join(map(repr, said)) + caplog.text
    assert all(CANARY not in one.address for one in hubspot.seen)
