"""Zendesk Support as an issuer: what is listed, exchanged, verified and revoked, and what is refused."""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from deskshift.connectors.tokens.ports import BearerToken, Entrusted, TokenIssuer
from deskshift.connectors.zendesk.support_answers import TokenRow
from deskshift.connectors.zendesk.support_tokens import SupportTokens
from deskshift.model.errors import VendorAnswerInvalid, VendorRefused, VendorUnavailable
from deskshift.model.oauth import OAuthClient
from tests.integration.zendesk.support import ADMIN, CALLBACK, GLOBAL, PUBLIC, SECRET, WIDGET, Support
from tests.support.issuer_calls import CANARY, clients, left_behind
from tests.support.issuer_server import Code, challenge_of
from tests.support.passing_clock import Clock
from tests.support.vendor_server import LOST

CURRENT = ("GET", "/api/v2/oauth/tokens/current")
TOKENS, EXCHANGE = ("GET", "/api/v2/oauth/tokens"), ("POST", "/oauth/tokens")
VERIFIER = "verifier-canary-verifier-canary-verifier-canary"
CODE, ACCESS = "code-canary", "access-canary"
SCOPES = ("read", "write")


OWN = Entrusted(
    client=OAuthClient(
        id=WIDGET,
        name="The stats-widget",
        redirect_uris=(CALLBACK,),
        scopes=SCOPES,
        confidential=True,
        grant_types=("authorization_code", "client_credentials"),
        owner_id="29",
    ),
    secret=SECRET,
)


def issuer(support: Support, clock: Clock) -> SupportTokens:
    made = SupportTokens(clients(support, ADMIN, clock), support.url, clock.instant)
    fits: TokenIssuer = made
    assert fits is made
    return made


def widget(support: Support, clock: Clock) -> OAuthClient:
    return next(one for one in issuer(support, clock).clients() if one.id == WIDGET)


def entrusted(client: OAuthClient, secret: str = SECRET) -> Entrusted:
    return Entrusted(client=client, secret=secret)


def coded(support: Support, client: str = WIDGET, *, pkce: bool = True) -> str:
    challenge = challenge_of(VERIFIER) if pkce else None
    support.codes[CODE] = Code(client, CALLBACK, 29, "read write", challenge)
    return CODE


def test_clients_are_the_accounts_own_and_the_global_ones(support: Support, clock: Clock) -> None:
    found = {one.id: one for one in issuer(support, clock).clients()}
    assert list(found) == [WIDGET, PUBLIC, GLOBAL]
    assert found[WIDGET] == OWN.client
    assert (found[PUBLIC].confidential, found[PUBLIC].scopes) == (False, ())
    assert (found[GLOBAL].confidential, found[GLOBAL].scopes) == (False, ("tickets:read",))


def test_a_clients_document_is_what_the_api_shows_byte_for_byte(support: Support, clock: Clock) -> None:
    path = "/api/v2/oauth/clients/41"
    support.faults["GET", path] = [(200, b'{"client" : {"id":41 , "name": "\\u0041"}}\n')]
    assert issuer(support, clock).client_document(WIDGET) == b'{"client" : {"id":41 , "name": "\\u0041"}}\n'


def test_a_global_clients_document_is_its_part_of_the_list(support: Support, clock: Clock) -> None:
    shown = b'{ "id": 77,"identifier": "zdg-crm", "name":"\\u0041 CRM" }'
    support.faults["GET", "/api/v2/oauth/global_clients"] = [(200, b'{"global_clients": [' + shown + b"]}")] * 2
    assert issuer(support, clock).client_document(GLOBAL) == shown


def test_a_client_that_is_not_there_is_refused(support: Support, clock: Clock) -> None:
    with pytest.raises(VendorRefused, match="no_such_client"):
        issuer(support, clock).client_document("nobody")


def test_grants_are_by_client_and_agent_with_their_tokens_oldest_first(support: Support, clock: Clock) -> None:
    found = {(one.client_id, one.agent_id): one for one in issuer(support, clock).grants()}
    assert {key: [token.id for token in one.tokens] for key, one in found.items()} == {
        (WIDGET, "29"): ["1", "3"],
        (WIDGET, "30"): ["2"],
        (GLOBAL, "30"): ["4"],
        (WIDGET, None): ["5"],
    }
    assert found[WIDGET, "29"].scopes == ("read", "write")
    assert found[WIDGET, "29"].tokens[1].last_used_at == "2026-11-30T10:00:00.000Z"
    assert found[WIDGET, "29"].tokens[1].created_at == "2026-11-04T08:00:00.000Z"


def test_a_grant_of_a_client_that_is_listed_no_longer_is_not_lost(support: Support, clock: Clock) -> None:
    support.token(6, 99, 29)
    assert ("99", "29") in {(one.client_id, one.agent_id) for one in issuer(support, clock).grants()}


@pytest.mark.parametrize(
    ("fields", "ends"),
    [
        ({"expires_at": "2026-12-01T12:30:00Z"}, "2026-12-01T12:30:00.000Z"),
        ({"expires_at": "2026-12-01T11:30:00Z"}, "gone"),
        ({"expires_at": "2026-12-01T11:30:00Z", "refresh_token": "canary"}, None),
        (
            {
                "expires_at": "2026-12-01T11:30:00Z",
                "refresh_token": "canary",
                "refresh_token_expires_at": "2026-12-30T00:00:00+02:00",
            },
            "2026-12-29T22:00:00.000Z",
        ),
        (
            {
                "expires_at": "2026-11-01T11:30:00Z",
                "refresh_token": "canary",
                "refresh_token_expires_at": "2026-11-30T00:00:00Z",
            },
            "gone",
        ),
    ],
)
def test_a_token_ends_when_it_can_neither_be_used_nor_refreshed(
    support: Support, clock: Clock, fields: dict[str, str], ends: str | None
) -> None:
    support.token(9, 42, 31, **fields)
    own = [one for one in issuer(support, clock).grants() if one.client_id == PUBLIC]
    assert [token.expires_at for one in own for token in one.tokens] == ([] if ends == "gone" else [ends])
    assert [one.id for one in issuer(support, clock).tokens(PUBLIC, "31")] == ["9"]


@pytest.mark.parametrize(
    ("client", "agent", "ids"),
    [(WIDGET, "29", ["1", "3"]), (WIDGET, None, ["5"]), (GLOBAL, "30", ["4"]), (PUBLIC, "29", [])],
)
def test_the_tokens_of_one_grant(
    support: Support, clock: Clock, client: str, agent: str | None, ids: list[str]
) -> None:
    assert [one.id for one in issuer(support, clock).tokens(client, agent)] == ids


def test_a_filter_that_zendesk_ignores_lets_no_other_clients_token_in(support: Support, clock: Clock) -> None:
    tokens = issuer(support, clock)
    list(tokens.clients())
    rows = [
        {"id": number, "client_id": number, "user_id": 29, "created_at": "2026-11-01T00:00:00Z"} for number in (41, 42)
    ]
    support.faults[TOKENS] = [(200, {"tokens": rows})]
    assert [one.id for one in tokens.tokens(WIDGET, "29")] == ["41"]


def test_listings_are_read_to_their_end(support: Support, clock: Clock) -> None:
    support.page = 2
    assert sum(len(one.tokens) for one in issuer(support, clock).grants()) == 5
    assert [one.query.get("page[after]") for one in support.sent(*TOKENS)] == [None, "2", "4"]


def test_a_page_that_comes_again_is_no_end(support: Support, clock: Clock) -> None:
    support.page, support.stuck = 2, True
    with pytest.raises(VendorAnswerInvalid, match="no other page"):
        list(issuer(support, clock).grants())


@pytest.mark.parametrize(
    "page", [{"tokens": [], "next_page": "https://zendesk.example/2"}, {"tokens": [], "meta": {"has_more": True}}, {}]
)
def test_a_listing_that_may_go_on_is_not_taken_for_whole(
    support: Support, clock: Clock, page: dict[str, object]
) -> None:
    support.faults[TOKENS] = [(200, page)]
    with pytest.raises(VendorAnswerInvalid):
        list(issuer(support, clock).grants())


@pytest.mark.parametrize("path", ["/api/v2/oauth/clients", "/api/v2/oauth/global_clients"])
def test_an_answer_without_its_list_is_not_taken_for_an_empty_one(support: Support, clock: Clock, path: str) -> None:
    support.faults["GET", path] = [(200, {"count": 0})]
    with pytest.raises(VendorAnswerInvalid, match="the list is missing"):
        list(issuer(support, clock).clients())


def test_a_row_prints_its_number_alone() -> None:
    row = TokenRow(id=7, client_id=41, created_at="", refresh_token=msgspec.Raw(b'"canary"'))
    assert repr(row) == "TokenRow(7)"


def test_two_clients_of_one_number_cannot_be_told_apart(support: Support, clock: Clock) -> None:
    support.globals[0]["id"] = 41
    with pytest.raises(VendorAnswerInvalid, match="the same"):
        list(issuer(support, clock).grants())


def test_a_token_is_revoked_alone_and_twice_is_fine(support: Support, clock: Clock) -> None:
    tokens = issuer(support, clock)
    assert tokens.revoke("1")
    assert not tokens.revoke("1")
    assert [one.id for one in tokens.tokens(WIDGET, "29")] == ["3"]


@pytest.mark.parametrize("token_id", ["current", "current.json", "", "1/../3", "-1", "\u0661"])
def test_what_is_no_tokens_number_is_not_sent(support: Support, clock: Clock, token_id: str) -> None:
    assert not issuer(support, clock).revoke(token_id)
    assert support.seen == []


@pytest.mark.parametrize(
    ("fault", "error"), [((503, b""), VendorUnavailable), ((302, b""), VendorUnavailable), ((403, b""), VendorRefused)]
)
def test_a_revocation_that_is_not_confirmed_is_not_done(
    support: Support, clock: Clock, fault: tuple[int, bytes], error: type[Exception]
) -> None:
    support.faults["DELETE", "/api/v2/oauth/tokens/1"] = [fault] * 6
    with pytest.raises(error):
        issuer(support, clock).revoke("1")
    assert 1 in support.tokens


def test_a_revocation_whose_answer_is_lost_is_asked_again(support: Support, clock: Clock) -> None:
    support.faults["DELETE", "/api/v2/oauth/tokens/1"] = [LOST]
    assert not issuer(support, clock).revoke("1")
    assert 1 not in support.tokens


def test_a_token_at_hand_is_revoked_alone_and_twice_is_fine(support: Support, clock: Clock) -> None:
    tokens, held = issuer(support, clock), BearerToken(access_token="canary-access-3")
    assert tokens.revoke_held(OWN, held)
    assert not tokens.revoke_held(OWN, held)
    assert [one.id for one in tokens.tokens(WIDGET, "29")] == ["1"]


@pytest.mark.parametrize("status", [500, 302, 429])
def test_a_token_at_hand_of_which_nobody_says_anything_may_be_in_force(
    support: Support, clock: Clock, status: int
) -> None:
    support.faults[CURRENT] = [(status, b"")] * 6
    with pytest.raises(VendorUnavailable):
        issuer(support, clock).revoke_held(OWN, BearerToken(access_token="canary-access-3"))
    assert 3 in support.tokens


def test_a_token_at_hand_that_may_not_say_its_number_is_not_called_gone(support: Support, clock: Clock) -> None:
    support.faults[CURRENT] = [(403, b"")]
    with pytest.raises(VendorRefused, match="403"):
        issuer(support, clock).revoke_held(OWN, BearerToken(access_token="canary-access-3"))


def test_that_deskshifts_own_token_is_refused_says_nothing_of_the_one_at_hand(support: Support, clock: Clock) -> None:
    support.faults["DELETE", "/api/v2/oauth/tokens/3"] = [(401, b"")]
    with pytest.raises(VendorRefused, match="401"):
        issuer(support, clock).revoke_held(OWN, BearerToken(access_token="canary-access-3"))


def test_throttling_is_waited_for(support: Support, clock: Clock) -> None:
    support.retry_after, support.faults[TOKENS] = "7", [(429, b"")]
    assert len(list(issuer(support, clock).grants())) == 4
    assert 7.0 in clock.slept


def test_the_authorization_address_has_all_that_the_page_needs(support: Support, clock: Clock) -> None:
    tokens, client = issuer(support, clock), widget(support, clock)
    address = urlsplit(
        tokens.authorization_address(client, CALLBACK, "a state&", ("read", "write"), challenge_of(VERIFIER))
    )
    assert (f"{address.scheme}://{address.netloc}", address.path) == (support.url, "/oauth/authorizations/new")
    assert "scope=read%20write" in address.query
    assert dict(parse_qsl(address.query)) == {
        "response_type": "code",
        "client_id": WIDGET,
        "redirect_uri": CALLBACK,
        "scope": "read write",
        "state": "a state&",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    }
    assert "code_challenge" not in tokens.authorization_address(client, CALLBACK, "s", (), None)


def test_a_code_becomes_a_token_that_says_whose_it_is(support: Support, clock: Clock) -> None:
    tokens = issuer(support, clock)
    token = tokens.exchange(entrusted(widget(support, clock)), coded(support), CALLBACK, SCOPES, VERIFIER)
    assert (token.access_token, token.refresh_token, token.scope) == (
        "canary-access-6",
        "canary-refresh-6",
        "read write",
    )
    found = tokens.subject(OWN, token)
    assert (found.token_id, found.agent_id, found.client_id, found.scopes) == ("6", "29", WIDGET, ("read", "write"))
    assert found.expires_at == "2026-12-01T12:30:00.000Z"
    assert found.token_id in {one.id for one in tokens.tokens(WIDGET, "29")}


def test_no_call_bears_two_credentials(support: Support, clock: Clock) -> None:
    tokens = issuer(support, clock)
    token = tokens.exchange(entrusted(widget(support, clock)), coded(support), CALLBACK, SCOPES, VERIFIER)
    tokens.subject(OWN, token)
    (exchange,) = support.sent(*EXCHANGE)
    assert "authorization" not in exchange.headers
    assert exchange.body["scope"] == "read write"
    (shown,) = support.sent("GET", "/api/v2/oauth/tokens/current")
    assert shown.headers["authorization"] == f"Bearer {token.access_token}"


def test_a_public_client_sends_no_secret(support: Support, clock: Clock) -> None:
    client = msgspec.structs.replace(widget(support, clock), id=PUBLIC, confidential=False)
    own = entrusted(client, "")
    token = issuer(support, clock).exchange(own, coded(support, PUBLIC), CALLBACK, SCOPES, VERIFIER)
    assert issuer(support, clock).subject(own, token).client_id == PUBLIC
    assert "client_secret" not in support.sent(*EXCHANGE)[0].body


@pytest.mark.parametrize(
    ("secret", "code", "redirect", "verifier", "reason"),
    [
        ("other", CODE, CALLBACK, VERIFIER, "invalid_client"),
        (SECRET, "other", CALLBACK, VERIFIER, "invalid_grant"),
        (SECRET, CODE, f"{CALLBACK}/", VERIFIER, "invalid_grant"),
        (SECRET, CODE, CALLBACK, f"{VERIFIER}x", "invalid_grant"),
        (SECRET, CODE, CALLBACK, None, "invalid_grant"),
    ],
)
def test_what_does_not_belong_together_is_refused_with_its_reason(  # noqa: PLR0913 - an exchange's parts
    support: Support, clock: Clock, *, secret: str, code: str, redirect: str, verifier: str | None, reason: str
) -> None:
    coded(support)
    own = entrusted(widget(support, clock), secret)
    with pytest.raises(VendorRefused) as caught:
        issuer(support, clock).exchange(own, code, redirect, SCOPES, verifier)
    assert caught.value.vendor_code == reason


UNREADABLE: list[object] = [
    LOST,
    (429, b""),
    (500, b""),
    (503, {"error": "temporarily"}),
    (302, b""),
    (200, b"<html>canary</html>"),
    (200, {"access_token": 5}),
    (200, {"access_token": "canary\nX: y"}),
    (200, {"access_token": ""}),
    (200, {"access_token": "fine", "refresh_token": "a b"}),
]


@pytest.mark.parametrize("fault", UNREADABLE)
def test_a_code_is_sent_once_and_an_answer_without_a_token_is_lost(
    support: Support, clock: Clock, fault: object
) -> None:
    client, tokens = widget(support, clock), issuer(support, clock)
    support.faults[EXCHANGE] = [fault]
    with pytest.raises(VendorUnavailable):
        tokens.exchange(entrusted(client), coded(support), CALLBACK, SCOPES, VERIFIER)
    assert len(support.sent(*EXCHANGE)) == 1


def test_what_was_made_of_a_lost_exchange_is_found_in_the_list(support: Support, clock: Clock) -> None:
    client, tokens = widget(support, clock), issuer(support, clock)
    before = {one.id for one in tokens.tokens(WIDGET, "29")}
    support.faults[EXCHANGE] = [LOST]
    with pytest.raises(VendorUnavailable):
        tokens.exchange(entrusted(client), coded(support), CALLBACK, SCOPES, VERIFIER)
    assert {one.id for one in tokens.tokens(WIDGET, "29")} - before == {"6"}
    assert tokens.revoke("6")


@pytest.mark.parametrize("value", ["unknown-canary", "canary\r\nX-Other: y", "canary ü", "", "two canaries"])
def test_a_token_that_is_not_in_force_has_no_subject(support: Support, clock: Clock, value: str) -> None:
    with pytest.raises(VendorRefused, match="invalid_token"):
        issuer(support, clock).subject(OWN, BearerToken(access_token=value))


def test_what_the_issuer_offers(support: Support, clock: Clock) -> None:
    offers = issuer(support, clock).offers
    assert (offers.lists, offers.revokes_one, offers.pkce, offers.iss) == (True, True, True, False)
    assert (offers.grace_at_refresh_seconds, offers.shows_last_use) == (0, True)


Run = Callable[[SupportTokens, OAuthClient], object]
EXCHANGED: Run = lambda tokens, client: tokens.exchange(entrusted(client), CODE, CALLBACK, SCOPES, VERIFIER)  # noqa: E731
VERIFIED: Run = lambda tokens, _: tokens.subject(OWN, BearerToken(access_token=ACCESS))  # noqa: E731
ECHO = {"error": "canary", "error_description": f"{SECRET} code-canary access-canary"}
FAILING: list[tuple[tuple[str, str], list[object], Run]] = [
    (EXCHANGE, [(400, ECHO)], EXCHANGED),
    (EXCHANGE, [(400, {"error": {"code": CODE}})], EXCHANGED),
    (EXCHANGE, [(500, ECHO)], EXCHANGED),
    (EXCHANGE, [LOST], EXCHANGED),
    (EXCHANGE, [(200, {"access_token": ["access-canary"]})], EXCHANGED),
    (EXCHANGE, [(200, {"access_token": "access-canary\n"})], EXCHANGED),
    (CURRENT, [(401, ECHO)], VERIFIED),
    (CURRENT, [(200, {"token": "access-canary"})], VERIFIED),
    (CURRENT, [(503, {"error": {"code": ACCESS}})] * 6, VERIFIED),
    (TOKENS, [(200, {"tokens": [{"token": ACCESS}]})], lambda tokens, _: list(tokens.grants())),
    (("DELETE", "/api/v2/oauth/tokens/1"), [(403, ECHO)], lambda tokens, _: tokens.revoke("1")),
    (CURRENT, [(403, ECHO)], lambda tokens, _: tokens.revoke_held(OWN, BearerToken(access_token=ACCESS))),
]


@pytest.mark.parametrize(("call", "faults", "run"), FAILING)
def test_no_error_no_log_and_nothing_printed_shows_a_secret(  # noqa: PLR0913 - fixtures and the case
    support: Support,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    *,
    call: tuple[str, str],
    faults: list[object],
    run: Run,
) -> None:
    client, tokens = widget(support, clock), issuer(support, clock)
    coded(support)
    support.faults[call] = list(faults)
    assert CANARY not in left_behind(lambda: run(tokens, client), caplog, tokens)
    assert all(CANARY not in one.address for one in support.seen)


def test_what_goes_well_shows_no_secret_either(
    support: Support, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    tokens = issuer(support, clock)
    token = tokens.exchange(entrusted(widget(support, clock)), coded(support), CALLBACK, SCOPES, VERIFIER)
    said = [OWN, token, tokens.subject(OWN, token), list(tokens.grants()), list(tokens.clients()), tokens, vars(tokens)]
    assert CANARY not in "".join(map(repr, said)) + caplog.text
    assert all(CANARY not in one.address for one in support.seen)
