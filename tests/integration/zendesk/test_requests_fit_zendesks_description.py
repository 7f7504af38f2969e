"""Every request to Zendesk Support is one that its own description knows; Chat has none but for its objects."""

import json

import pytest

from deskshift.connectors.tokens.ports import Entrusted
from deskshift.connectors.zendesk.support_tokens import SupportTokens
from tests.integration.zendesk.chat import Chat
from tests.integration.zendesk.spec_check import NAME, THERE, checked, unknown_in_answer
from tests.integration.zendesk.support import ADMIN, CALLBACK, GLOBAL, SECRET, WIDGET, Support
from tests.support.issuer_calls import clients
from tests.support.issuer_server import Code, challenge_of
from tests.support.openapi_check import SPECS
from tests.support.passing_clock import Clock
from tests.support.vendor_server import Asked

AGENTS = SPECS / "zendesk-chat" / "agents.json"
described = pytest.mark.skipif(not THERE, reason=f"Zendesk's description is not there: {SPECS / NAME}")
VERIFIER = "v" * 43


def whole(support: Support, clock: Clock) -> None:
    """Call everything that the adapter has."""
    tokens = SupportTokens(clients(support, ADMIN, clock), support.url, clock.instant)
    support.page = 2
    found = {one.id: one for one in tokens.clients()}
    tokens.client_document(WIDGET)
    tokens.client_document(GLOBAL)
    assert list(tokens.grants())
    assert tokens.tokens(WIDGET, "29")
    assert tokens.tokens(GLOBAL, "30")
    own = Entrusted(client=found[WIDGET], secret=SECRET)
    for verifier in (VERIFIER, None):
        challenge = None if verifier is None else challenge_of(verifier)
        support.codes["code"] = Code(WIDGET, CALLBACK, 29, "read", challenge)
        token = tokens.exchange(own, "code", CALLBACK, ("read",), verifier)
        tokens.subject(own, token)
    assert tokens.revoke("1")
    assert tokens.revoke_held(own, token)


@described
def test_every_request_fits(support: Support, clock: Clock) -> None:
    whole(support, clock)
    operations = set()
    for one in support.seen:
        operation, wrong = checked(one)
        assert wrong == [], f"{operation} {one.path}"
        operations.add(operation)
    assert operations == {
        "ListOAuthClients",
        "ListGlobalOAuthClients",
        "ShowClient",
        "ListOAuthTokens",
        "ShowToken",
        "RevokeOAuthToken",
        "CreateTokenForGrantType",
    }


@described
def test_what_the_made_up_account_answers_are_zendesks_own_fields(support: Support, clock: Clock) -> None:
    whole(support, clock)
    support.codes["code"] = Code(WIDGET, CALLBACK, 29, "read", None)
    for one in list(support.seen):
        if one.method == "DELETE" or (one.method == "POST" and "code_verifier" in one.body):
            continue
        support.codes["code"] = Code(WIDGET, CALLBACK, 29, "read", None)
        status, answer = support.done(one)
        assert status == (201 if one.method == "POST" else 200)
        assert unknown_in_answer(one, status, answer) == [], one.path


def _asked(method: str, path: str, query: dict[str, str], body: object) -> Asked:
    return Asked(method, path, query, {"content-type": "application/json"}, body, path)


@described
@pytest.mark.parametrize(
    ("asked", "named"),
    [
        (_asked("GET", "/api/v2/oauth/tokens", {"all": "1"}, None), "all=1"),
        (_asked("GET", "/api/v2/oauth/tokens", {"agent": "1"}, None), "agent=1"),
        (_asked("GET", "/api/v2/oauth/tokens/mine", {}, None), "mine"),
        (_asked("GET", "/api/v2/oauth/grants", {}, None), "no such operation"),
        (_asked("POST", "/oauth/tokens", {}, {"grant_type": "guess", "client_id": "x"}), "guess"),
        (_asked("POST", "/oauth/tokens", {}, {"grant_type": "refresh_token", "client_id": "x", "nonce": "1"}), "nonce"),
    ],
)
def test_a_request_that_does_not_fit_is_found(asked: Asked, named: str) -> None:
    assert any(named in one for one in checked(asked)[1])


@pytest.mark.skipif(not AGENTS.is_file(), reason=f"Zendesk Chat's schemas are not there: {AGENTS}")
def test_the_made_up_chat_lists_agents_as_chat_does(chat: Chat) -> None:
    asked = _asked("GET", "/api/v2/chat/agents", {}, None)
    asked.headers["authorization"] = "Bearer chat-admin-canary-token"
    status, listed = chat.done(asked)
    schema = json.loads(AGENTS.read_text(encoding="utf-8"))
    assert (status, len(listed)) == (200, 1)
    for one in listed:
        assert one.keys() <= schema["properties"].keys()
