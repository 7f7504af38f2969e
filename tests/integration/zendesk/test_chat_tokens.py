"""Zendesk Chat as an issuer; its lists show tokens in clear text, and nothing of them comes out of the adapter."""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from deskshift.connectors.tokens.ports import BearerToken, Entrusted, TokenIssuer
from deskshift.connectors.zendesk.chat_answers import ClearText, TokenRow
from deskshift.connectors.zendesk.chat_tokens import ChatTokens
from deskshift.model.errors import VendorAnswerInvalid, VendorRefused, VendorUnavailable
from deskshift.model.oauth import OAuthClient
from deskshift.model.token_issuers import ChatIssues
from tests.integration.zendesk.chat import ADMIN, ADMIN_ID, CALLBACK, SECRET, WIDGET, Chat
from tests.support.issuer_calls import CANARY, clients, left_behind
from tests.support.issuer_server import Code
from tests.support.passing_clock import Clock
from tests.support.vendor_server import LOST

TOKENS, EXCHANGE = ("GET", "/api/v2/chat/oauth/tokens"), ("POST", "/oauth2/chat/token")
AGENTS = ("GET", "/api/v2/chat/agents")
CODE, ACCESS = "code-canary", "canary-access-12"
CLIENT = OAuthClient(
    id=WIDGET,
    name="Chat widget",
    redirect_uris=(CALLBACK,),
    scopes=("read", "write", "chat"),
    confidential=True,
    grant_types=("authorization_code",),
    owner_id=str(ADMIN_ID),
)
OWN, SCOPES = Entrusted(client=CLIENT, secret=SECRET), ("read", "write", "chat")


def issuer(chat: Chat, clock: Clock, **told: bool) -> ChatTokens:
    issued_by = ChatIssues(base_url=chat.url, subdomain="acme", **told)  # type: ignore[arg-type]  # by name
    made = ChatTokens(clients(chat, ADMIN, clock), issued_by, clock.instant)
    fits: TokenIssuer = made
    assert fits is made
    return made


def coded(chat: Chat, agent: int = 5) -> str:
    chat.codes[CODE] = Code(WIDGET, CALLBACK, agent, "read write chat")
    return CODE


def test_clients(chat: Chat, clock: Clock) -> None:
    assert list(issuer(chat, clock).clients()) == [CLIENT]


@pytest.mark.parametrize(
    "shown", [f"{CALLBACK} https://b.example", f"{CALLBACK},https://b.example", [CALLBACK, "https://b.example"]]
)
def test_redirect_addresses_are_a_string_or_a_list(chat: Chat, clock: Clock, shown: object) -> None:
    chat.clients[0] |= {"redirect_uris": shown, "client_type": None}
    (found,) = issuer(chat, clock).clients()
    assert (found.redirect_uris, found.confidential) == ((CALLBACK, "https://b.example"), False)


def test_a_clients_document_is_what_the_api_shows_byte_for_byte(chat: Chat, clock: Clock) -> None:
    chat.faults["GET", "/api/v2/chat/oauth/clients/1"] = [(200, b'{"id" :1}\n')]
    assert issuer(chat, clock).client_document(WIDGET) == b'{"id" :1}\n'
    with pytest.raises(VendorRefused, match="no_such_client"):
        issuer(chat, clock).client_document("nobody")


def test_grants_have_the_tokens_that_can_be_used_or_refreshed(chat: Chat, clock: Clock) -> None:
    found = {one.agent_id: one for one in issuer(chat, clock).grants()}
    assert {agent: [token.id for token in one.tokens] for agent, one in found.items()} == {
        "5": ["11", "12"],
        "100": ["14"],
    }
    assert found["5"].scopes == ("read", "write", "chat")
    assert found["100"].tokens[0].expires_at is None


def test_the_tokens_of_one_grant_with_those_that_expired(chat: Chat, clock: Clock) -> None:
    assert [one.id for one in issuer(chat, clock).tokens(WIDGET, "5")] == ["11", "12"]
    (expired,) = issuer(chat, clock).tokens(WIDGET, "6")
    assert expired.expires_at == "2026-11-30T00:00:00.000Z"


def test_what_the_pages_leave_open_is_offered_only_if_an_operator_says_so(chat: Chat, clock: Clock) -> None:
    offers = issuer(chat, clock).offers
    assert (offers.lists, offers.revokes_one, offers.pkce, offers.iss) == (False, False, False, False)
    assert not offers.shows_last_use
    told = issuer(chat, clock, lists_every_agent=True, revokes_one=True).offers
    assert (told.lists, told.revokes_one, told.pkce) == (True, True, False)


def test_a_token_is_revoked_alone_and_twice_is_fine(chat: Chat, clock: Clock) -> None:
    tokens = issuer(chat, clock)
    assert tokens.revoke("11")
    assert not tokens.revoke("11")
    assert not tokens.revoke("../clients/1")
    assert [one.id for one in tokens.tokens(WIDGET, "5")] == ["12"]


def test_a_revocation_that_is_not_confirmed_is_not_done(chat: Chat, clock: Clock) -> None:
    chat.faults["DELETE", "/api/v2/chat/oauth/tokens/11"] = [(503, b"")] * 6
    with pytest.raises(VendorUnavailable):
        issuer(chat, clock).revoke("11")
    assert 11 in chat.tokens


@pytest.mark.parametrize("managers", [{100}, {100, 5}])
def test_a_token_at_hand_is_revoked_alone_and_twice_is_fine(chat: Chat, clock: Clock, managers: set[int]) -> None:
    chat.managers = managers
    tokens, held = issuer(chat, clock), BearerToken(access_token=ACCESS)
    assert tokens.revoke_held(OWN, held)
    assert not tokens.revoke_held(OWN, held)
    assert [one.id for one in tokens.tokens(WIDGET, "5")] == ["11"]


def test_a_token_at_hand_that_no_list_shows_is_not_called_gone(chat: Chat, clock: Clock) -> None:
    chat.own_only = True
    with pytest.raises(VendorAnswerInvalid, match="not listed"):
        issuer(chat, clock).revoke_held(OWN, BearerToken(access_token=ACCESS))
    assert 12 in chat.tokens


@pytest.mark.parametrize(("call", "error"), [(AGENTS, VendorUnavailable), (TOKENS, VendorUnavailable)])
def test_a_token_at_hand_of_which_nobody_says_anything_may_be_in_force(
    chat: Chat, clock: Clock, call: tuple[str, str], error: type[Exception]
) -> None:
    chat.faults[call] = [(503, b"")] * 6
    with pytest.raises(error):
        issuer(chat, clock).revoke_held(OWN, BearerToken(access_token=ACCESS))
    assert 12 in chat.tokens


def test_that_deskshifts_own_token_is_refused_says_nothing_of_the_one_at_hand(chat: Chat, clock: Clock) -> None:
    chat.faults[TOKENS] = [(401, b"")]
    with pytest.raises(VendorRefused, match="401"):
        issuer(chat, clock).revoke_held(OWN, BearerToken(access_token=ACCESS))


def test_throttling_is_waited_for(chat: Chat, clock: Clock) -> None:
    chat.retry_after, chat.faults[TOKENS] = "12", [(429, b"")]
    assert list(issuer(chat, clock).grants())
    assert 12.0 in clock.slept


def test_the_authorization_address_names_the_subdomain(chat: Chat, clock: Clock) -> None:
    address = urlsplit(
        issuer(chat, clock).authorization_address(CLIENT, CALLBACK, "s", ("read", "write", "chat"), None)
    )
    assert address.path == "/oauth2/chat/authorizations/new"
    assert dict(parse_qsl(address.query)) == {
        "response_type": "code",
        "client_id": WIDGET,
        "redirect_uri": CALLBACK,
        "scope": "read write chat",
        "state": "s",
        "subdomain": "acme",
    }


def test_pkce_that_chat_would_ignore_is_refused_before_anything_is_sent(chat: Chat, clock: Clock) -> None:
    with pytest.raises(VendorRefused, match="pkce_not_offered"):
        issuer(chat, clock).authorization_address(CLIENT, CALLBACK, "s", (), "challenge")
    with pytest.raises(VendorRefused, match="pkce_not_offered"):
        issuer(chat, clock).exchange(OWN, coded(chat), CALLBACK, SCOPES, "verifier")
    assert chat.seen == []


@pytest.mark.parametrize(("own_only", "managers"), [(False, {100}), (False, {100, 5}), (True, {100, 5})])
def test_a_code_becomes_a_token_whose_agent_the_list_names(
    chat: Chat, clock: Clock, *, own_only: bool, managers: set[int]
) -> None:
    chat.own_only, chat.managers = own_only, managers
    tokens = issuer(chat, clock)
    token = tokens.exchange(OWN, coded(chat), CALLBACK, SCOPES, None)
    found = tokens.subject(OWN, token)
    assert (found.token_id, found.agent_id, found.client_id) == ("15", "5", WIDGET)
    assert (found.scopes, found.expires_at) == (("read", "write", "chat"), "2026-12-01T13:00:00.000Z")


def test_a_token_that_no_list_shows_is_nobodys(chat: Chat, clock: Clock) -> None:
    chat.own_only = True
    with pytest.raises(VendorAnswerInvalid, match="not listed"):
        issuer(chat, clock).subject(OWN, BearerToken(access_token=ACCESS))


@pytest.mark.parametrize("value", ["unknown-canary", "canary\r\nX-Other: y", "canary ü", ""])
def test_a_token_that_is_not_in_force_has_no_subject(chat: Chat, clock: Clock, value: str) -> None:
    with pytest.raises(VendorRefused, match="invalid_token"):
        issuer(chat, clock).subject(OWN, BearerToken(access_token=value))
    assert chat.sent(*TOKENS) == []


@pytest.mark.parametrize(
    ("secret", "code", "redirect", "reason"),
    [
        ("other", CODE, CALLBACK, "invalid_client"),
        (SECRET, "other", CALLBACK, "invalid_grant"),
        (SECRET, CODE, f"{CALLBACK}?x", "invalid_grant"),
    ],
)
def test_what_does_not_belong_together_is_refused(  # noqa: PLR0913 - an exchange's parts
    chat: Chat, clock: Clock, *, secret: str, code: str, redirect: str, reason: str
) -> None:
    coded(chat)
    own = Entrusted(client=CLIENT, secret=secret)
    with pytest.raises(VendorRefused, match=reason):
        issuer(chat, clock).exchange(own, code, redirect, SCOPES, None)


@pytest.mark.parametrize("fault", [LOST, (429, b""), (502, b""), (200, b"{")])
def test_a_code_is_sent_once(chat: Chat, clock: Clock, fault: object) -> None:
    chat.faults[EXCHANGE] = [fault]
    with pytest.raises(VendorUnavailable):
        issuer(chat, clock).exchange(OWN, coded(chat), CALLBACK, SCOPES, None)
    (sent,) = chat.sent(*EXCHANGE)
    assert "authorization" not in sent.headers
    assert sent.body["grant_type"] == "authorization_code"


Run = Callable[[ChatTokens], object]
EXCHANGED: Run = lambda tokens: tokens.exchange(OWN, CODE, CALLBACK, SCOPES, None)  # noqa: E731
VERIFIED: Run = lambda tokens: tokens.subject(OWN, BearerToken(access_token=ACCESS))  # noqa: E731
LISTED: Run = lambda tokens: list(tokens.grants())  # noqa: E731
ECHO = {"error": f"{ACCESS}", "error_description": f"{SECRET} code-canary"}
FAILING: list[tuple[tuple[str, str], list[object], Run]] = [
    (EXCHANGE, [(400, ECHO)], EXCHANGED),
    (EXCHANGE, [(500, {"error": {"code": CODE}})], EXCHANGED),
    (EXCHANGE, [(200, [ACCESS])], EXCHANGED),
    (AGENTS, [(401, ECHO)], VERIFIED),
    (AGENTS, [(503, ECHO)] * 6, VERIFIED),
    (TOKENS, [(200, [{"access_token": ACCESS, "id": ACCESS}])], VERIFIED),
    (TOKENS, [(200, [{"access_token": ACCESS}])], VERIFIED),
    (TOKENS, [(200, [{"access_token": [ACCESS]}])], VERIFIED),
    (TOKENS, [(200, [])] * 2, VERIFIED),
    (TOKENS, [(200, [{"id": 1, "client_identifier": "x", "create_date": ACCESS}])], LISTED),
    (TOKENS, [(200, b'[{"id": 1, "access_token": "canary-')], LISTED),
    (TOKENS, [(403, ECHO)], LISTED),
    (TOKENS, [(200, [])] * 2, lambda tokens: tokens.revoke_held(OWN, BearerToken(access_token=ACCESS))),
    (AGENTS, [(500, ECHO)] * 6, lambda tokens: tokens.revoke_held(OWN, BearerToken(access_token=ACCESS))),
]


@pytest.mark.parametrize(("call", "faults", "run"), FAILING)
def test_no_error_no_log_and_nothing_printed_shows_a_secret(  # noqa: PLR0913 - fixtures and the case
    chat: Chat, clock: Clock, caplog: pytest.LogCaptureFixture, *, call: tuple[str, str], faults: list[object], run: Run
) -> None:
    coded(chat)
    chat.faults[call] = list(faults)
    tokens = issuer(chat, clock)
    assert CANARY not in left_behind(lambda: run(tokens), caplog, tokens)
    assert all(CANARY not in one.address for one in chat.seen)


def test_a_row_prints_its_number_alone() -> None:
    row = TokenRow(id=7, client_identifier=WIDGET, create_date="", refresh_token=msgspec.Raw(b'"canary"'))
    assert (repr(row), repr(ClearText(access_token=ACCESS))) == ("TokenRow(7)", "ClearText(…)")


def test_of_a_list_in_clear_text_nothing_comes_out(chat: Chat, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    tokens = issuer(chat, clock)
    token = tokens.exchange(OWN, coded(chat), CALLBACK, SCOPES, None)
    said = [
        token,
        tokens.subject(OWN, token),
        list(tokens.grants()),
        tokens.tokens(WIDGET, "5"),
        list(tokens.clients()),
    ]
    assert CANARY not in "".join(map(repr, [*said, tokens, vars(tokens)])) + caplog.text
    assert all(CANARY not in one.address for one in chat.seen)
