"""HubSpot as an issuer: it lists nothing, and revokes by value what this process has had in its hands."""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest

from deskshift.connectors.hubspot.tokens import HubSpotTokens
from deskshift.connectors.hubspot.told import HubSpotTold
from deskshift.connectors.tokens.ports import BearerToken, TokenIssuer
from deskshift.model.errors import VendorRefused, VendorUnavailable
from deskshift.model.oauth import OAuthClient
from tests.integration.hubspot.apps import APP, CALLBACK, HUB, OTHER, SECRETS, HubSpot
from tests.support.issuer_calls import CANARY, Clock, clients, left_behind
from tests.support.issuer_server import LOST, Code

EXCHANGE, INTROSPECT = ("POST", "/oauth/v3/token"), ("POST", "/oauth/v3/token/introspect")
REVOKE = ("POST", "/oauth/v3/token/revoke")
CODE, ACCESS = "code-canary", "access-canary"


def app(client_id: str) -> OAuthClient:
    return OAuthClient(
        id=client_id,
        name="An app",
        redirect_uris=(CALLBACK,),
        scopes=("oauth", "tickets"),
        confidential=True,
        grant_types=("authorization_code",),
    )


def issuer(hubspot: HubSpot, clock: Clock, *entrusted: str) -> HubSpotTokens:
    told = HubSpotTold(hub_id=HUB, apps=(app(OTHER), app(APP)))
    trusted = {one: SECRETS[one] for one in entrusted or (OTHER, APP)}
    made = HubSpotTokens(clients(hubspot, None, clock).bare, told, trusted.get, clock.instant)
    fits: TokenIssuer = made
    assert fits is made
    return made


def exchanged(hubspot: HubSpot, tokens: HubSpotTokens, client_id: str = APP) -> BearerToken:
    hubspot.codes[CODE] = Code(client_id, CALLBACK, 123, "oauth tickets")
    return tokens.exchange(app(client_id), SECRETS[client_id], CODE, CALLBACK, None)


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
    assert offers.grace_at_refresh_seconds == 0


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
        issuer(hubspot, clock).exchange(app(APP), SECRETS[APP], "code", CALLBACK, "verifier")
    assert hubspot.seen == []


def test_a_code_becomes_a_token_that_hubspot_says_the_owner_of(hubspot: HubSpot, clock: Clock) -> None:
    tokens = issuer(hubspot, clock)
    token = exchanged(hubspot, tokens)
    assert (token.refresh_token, token.expires_in, token.scope) == ("canary-refresh-1", 1800, "oauth tickets")
    found = tokens.subject(token)
    assert (found.agent_id, found.client_id, found.scopes) == ("123", APP, ("oauth", "tickets"))
    assert found.expires_at == "2026-12-01T12:28:20.000Z"
    assert found.token_id.startswith("sha256-")
    assert len(hubspot.sent(*INTROSPECT)) == 1


def test_a_token_of_another_process_is_asked_after_as_each_entrusted_app(hubspot: HubSpot, clock: Clock) -> None:
    token = exchanged(hubspot, issuer(hubspot, clock))
    found = issuer(hubspot, clock).subject(token)
    assert (found.agent_id, found.client_id) == ("123", APP)
    assert [one.body["client_id"] for one in hubspot.sent(*INTROSPECT)] == [OTHER, APP]
    with pytest.raises(VendorRefused, match="invalid_token"):
        issuer(hubspot, clock, OTHER).subject(token)


def test_a_person_of_another_account_is_nobody_who_was_invited(hubspot: HubSpot, clock: Clock) -> None:
    tokens = issuer(hubspot, clock)
    token = exchanged(hubspot, tokens)
    hubspot.hub = 999
    assert tokens.subject(token).agent_id == "999/123"


def test_both_tokens_are_revoked_and_twice_is_fine(hubspot: HubSpot, clock: Clock) -> None:
    tokens = issuer(hubspot, clock)
    token_id = tokens.subject(exchanged(hubspot, tokens)).token_id
    assert tokens.revoke(token_id)
    assert hubspot.tokens == {}
    hints = [one.body["token_type_hint"] for one in hubspot.sent(*REVOKE)]
    assert hints == ["refresh_token", "access_token"]
    assert not tokens.revoke(token_id)
    assert len(hubspot.sent(*REVOKE)) == 2


@pytest.mark.parametrize("fault", [(503, b""), (423, b""), (477, b""), (302, b"")])
def test_a_revocation_that_stops_half_way_goes_on_where_it_was(
    hubspot: HubSpot, clock: Clock, fault: tuple[int, bytes]
) -> None:
    tokens = issuer(hubspot, clock)
    token_id = tokens.subject(exchanged(hubspot, tokens)).token_id
    hubspot.unknown = (400, b"")
    hubspot.faults[REVOKE] = ["none", *[fault] * 6]
    with pytest.raises(VendorUnavailable):
        tokens.revoke(token_id)
    assert list(hubspot.tokens) == ["canary-access-1"]
    hubspot.faults[REVOKE] = []
    assert tokens.revoke(token_id)
    assert hubspot.tokens == {}


def test_a_token_that_hubspot_does_not_know_any_more(hubspot: HubSpot, clock: Clock) -> None:
    tokens = issuer(hubspot, clock)
    token_id = tokens.subject(exchanged(hubspot, tokens)).token_id
    hubspot.tokens.clear()
    hubspot.unknown = (404, b"")
    assert not tokens.revoke(token_id)


def test_one_of_both_that_hubspot_knew_was_revoked(hubspot: HubSpot, clock: Clock) -> None:
    tokens = issuer(hubspot, clock)
    token_id = tokens.subject(exchanged(hubspot, tokens)).token_id
    del hubspot.tokens["canary-access-1"]
    hubspot.unknown = (404, b"")
    assert tokens.revoke(token_id)


@pytest.mark.parametrize("status", [423, 477])
def test_an_account_that_is_locked_says_nothing_of_a_token(hubspot: HubSpot, clock: Clock, status: int) -> None:
    tokens = issuer(hubspot, clock)
    token = exchanged(hubspot, tokens)
    hubspot.faults[INTROSPECT] = [(status, b"")]
    with pytest.raises(VendorUnavailable, match=str(status)):
        tokens.subject(token)


@pytest.mark.parametrize("said", [{"active": False, "client_id": APP}, {"active": True, "client_id": OTHER}, {}])
def test_a_token_is_an_apps_only_if_hubspot_says_so(hubspot: HubSpot, clock: Clock, said: dict[str, object]) -> None:
    tokens = issuer(hubspot, clock)
    token = exchanged(hubspot, tokens)
    hubspot.faults[INTROSPECT] = [(200, {"hub_id": HUB, "user_id": 123} | said)]
    with pytest.raises(VendorRefused, match="invalid_token"):
        tokens.subject(token)


def test_a_token_whose_value_is_not_at_hand_is_not_called_gone(hubspot: HubSpot, clock: Clock) -> None:
    tokens = issuer(hubspot, clock)
    token_id = tokens.subject(exchanged(hubspot, tokens)).token_id
    with pytest.raises(VendorRefused, match="token_not_at_hand"):
        issuer(hubspot, clock).revoke(token_id)
    again = issuer(hubspot, clock)
    again.subject(BearerToken(access_token="canary-access-1", refresh_token="canary-refresh-1"))
    assert again.revoke(token_id)
    assert hubspot.tokens == {}


def test_throttling_is_waited_for(hubspot: HubSpot, clock: Clock) -> None:
    tokens = issuer(hubspot, clock)
    token = exchanged(hubspot, tokens)
    hubspot.retry_after, hubspot.faults[INTROSPECT] = "10", [(429, {"policyName": "SECONDLY"})]
    assert tokens.subject(token).agent_id == "123"
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
        issuer(hubspot, clock).exchange(app(APP), secret, code, redirect, None)


@pytest.mark.parametrize("value", ["unknown-canary", "canary\r\nX-Other: y", "canary ü", ""])
def test_a_token_that_is_not_in_force_has_no_subject(hubspot: HubSpot, clock: Clock, value: str) -> None:
    with pytest.raises(VendorRefused, match="invalid_token"):
        issuer(hubspot, clock).subject(BearerToken(access_token=value))


def test_an_app_whose_secret_is_wrong_is_told_as_such(hubspot: HubSpot, clock: Clock) -> None:
    told = HubSpotTold(hub_id=HUB, apps=(app(APP),))
    tokens = HubSpotTokens(clients(hubspot, None, clock).bare, told, {APP: "wrong"}.get, clock.instant)
    with pytest.raises(VendorRefused, match="invalid_client"):
        tokens.subject(BearerToken(access_token=ACCESS))
    nothing = HubSpotTokens(clients(hubspot, None, clock).bare, told, lambda _: None, clock.instant)
    with pytest.raises(VendorRefused, match="no_entrusted_app"):
        nothing.subject(BearerToken(access_token=ACCESS))


Run = Callable[[HubSpotTokens], object]
EXCHANGED: Run = lambda tokens: tokens.exchange(app(APP), SECRETS[APP], CODE, CALLBACK, None)  # noqa: E731
VERIFIED: Run = lambda tokens: tokens.subject(BearerToken(access_token=ACCESS))  # noqa: E731
ECHO = {"error": ACCESS, "message": f"{SECRETS[APP]} {CODE}", "category": CODE}


def _revoked(tokens: HubSpotTokens) -> object:
    return tokens.revoke(tokens.subject(EXCHANGED(tokens)).token_id)  # type: ignore[arg-type]


FAILING: list[tuple[tuple[str, str], list[object], Run]] = [
    (EXCHANGE, [(400, ECHO)], EXCHANGED),
    (EXCHANGE, [(500, {"error": {"code": CODE}})], EXCHANGED),
    (EXCHANGE, [(200, {"access_token": ACCESS, "expires_in": ACCESS})], EXCHANGED),
    (INTROSPECT, [(400, ECHO)] * 2, VERIFIED),
    (INTROSPECT, [(503, {"error": {"code": ACCESS}})] * 6, VERIFIED),
    (INTROSPECT, [(200, {"active": ACCESS})], VERIFIED),
    (INTROSPECT, [(200, {"active": True, "user_id": ACCESS})], VERIFIED),
    (REVOKE, [(400, ECHO)], _revoked),
    (REVOKE, [(503, {"error": {"code": ACCESS}})] * 6, _revoked),
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
    held = vars(tokens)["_held"]
    assert CANARY not in left_behind(lambda: run(tokens), caplog, tokens, held)
    assert all(CANARY not in one.address for one in hubspot.seen)


def test_what_goes_well_shows_none_either(hubspot: HubSpot, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    tokens = issuer(hubspot, clock)
    token = exchanged(hubspot, tokens)
    said = [token, tokens.subject(token), tokens, vars(tokens), vars(vars(tokens)["_held"])]
    assert CANARY not in "".join(map(repr, said)) + caplog.text
    assert all(CANARY not in one.address for one in hubspot.seen)
