"""Reissues at Zendesk Support, Zendesk Chat and HubSpot: connected by the command, from the message to the end."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from deskshift.store.reissue_batches import ReissueBatches
from infra.local.accounts import connect
from infra.local.stack.errors import FunctionFailed
from tests.conftest import MakeAccount
from tests.integration.hubspot.apps import APP, HUB, SECRETS, HubSpot
from tests.integration.zendesk import chat as chats
from tests.integration.zendesk import support as supports
from tests.integration.zendesk.chat import Chat
from tests.integration.zendesk.support import Support
from tests.support import exports
from tests.support.at_vendors import OLD, AtVendor, export, present
from tests.support.issuer_server import Issuer, serving
from tests.support.moves import Account
from tests.support.reissuing import COMMIT_WINDOW, DEADLINE, later

TOKEN, CLIENT_SECRET = "DESKSHIFT_ISSUER_TOKEN", "DESKSHIFT_CLIENT_SECRET_1"
START = "https://widget.example/start"
Serve = Callable[..., AtVendor]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Give a function that serves a vendor's issuer, and has an account's tokens made there."""
    with ExitStack() as served:

        def serve(account: Account, issuer: Issuer, secret: str, platform_id: str | None = None) -> AtVendor:
            served.enter_context(serving(issuer))
            return served.enter_context(AtVendor(account, issuer, secret, platform_id))

        yield serve


def seconds(passed: float = 1) -> str:
    return f"{present() + timedelta(seconds=passed):%Y-%m-%dT%H:%M:%S.%fZ}"


# --- Zendesk Support ---


@pytest.fixture
def at_support(make_account: MakeAccount, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> AtVendor:
    server = Support()
    one = serve(make_account(export(exports.new_account_id("support"), "29", "30")), server, supports.SECRET)
    widget = supports.client(41, supports.WIDGET)
    server.clients = [widget | {"redirect_uri": [supports.CALLBACK, one.callback]}, supports.client(42, "crm")]
    for number, client, user in ((1, 41, 29), (2, 41, 30), (3, 42, 29), (4, 41, None)):
        server.token(number, client, user, created_at=OLD)
    monkeypatch.setenv(TOKEN, supports.ADMIN)
    monkeypatch.setenv(CLIENT_SECRET, supports.SECRET)
    issuer = ("--issuer", "zendesk-support", "--issuer-url", server.url, "--issuer-requests-per-second", "1e6")
    assert one.connect(*issuer, "--entrust", supports.WIDGET, "--start", f"crm={START}") == 0
    return one


@pytest.mark.requirement("Z-18")
def test_zendesk_support_brokered_from_the_message_to_its_end(at_support: AtVendor) -> None:
    one, server = at_support, at_support.server
    assert isinstance(server, Support)
    opened = one.ask(supports.WIDGET, "29")
    assert opened is not None
    assert (opened.route, [token.id for token in opened.old]) == ("brokered", ["1"])
    assert one.authorize("29").status == 200
    verified = one.of(supports.WIDGET, "29")
    assert (verified.status, verified.successor) == ("verified", "5")
    (sent,) = server.sent("POST", "/oauth/tokens")
    assert "code_verifier" in sent.body
    assert one.collected(supports.WIDGET, "29")["access_token"] == server.tokens[5]["token"]
    server.tokens[5]["used_at"] = seconds(360)  # it has not shown deskshift's own use: more than the clocks may differ
    with later(COMMIT_WINDOW):
        assert (one.watch(), one.retire()) == (0, 0)
    done = one.of(supports.WIDGET, "29")
    assert (done.status, done.old_token) == ("confirmed", "retired")
    assert sorted(server.tokens) == [2, 3, 4, 5]


@pytest.mark.requirement("Z-18")
def test_zendesk_support_direct_where_the_operator_named_the_start(at_support: AtVendor) -> None:
    one, server = at_support, at_support.server
    assert isinstance(server, Support)
    opened = one.ask("crm", "29")
    assert opened is not None
    assert opened.route == "direct"
    assert one.links("29")[0] == START
    server.token(9, 42, 29, created_at=seconds(0))
    assert one.watch() == 0
    assert one.of("crm", "29").status == "authorized"
    server.tokens[9]["used_at"] = seconds()
    one.watch()
    assert one.of("crm", "29").status == "verified"
    with later(COMMIT_WINDOW):
        one.retire()
    assert (one.of("crm", "29").status, one.of("crm", "29").old_token) == ("confirmed", "retired")
    assert sorted(server.tokens) == [1, 2, 4, 9]


@pytest.mark.requirement("Z-18")
def test_zendesk_support_all_grants_of_an_account_with_a_report(at_support: AtVendor) -> None:
    one = at_support
    one.ask()
    routes = {(each.client_id, each.agent_id): each.route for each in one.all()}
    assert routes == {
        (supports.WIDGET, "29"): "brokered",
        (supports.WIDGET, "30"): "brokered",
        (supports.WIDGET, None): "machine",
        ("crm", "29"): "direct",
    }
    report = one.report()
    assert (report["grants_in"], report["grants_out"], report["balanced"]) == (4, 4, True)
    assert report["clients_unchanged"] is True


@pytest.mark.requirement("Z-18")
def test_zendesk_support_another_person_is_revoked(at_support: AtVendor) -> None:
    one, server = at_support, at_support.server
    assert isinstance(server, Support)
    one.ask(supports.WIDGET, "29")
    assert one.authorize("29", as_="30").status == 400
    assert one.of(supports.WIDGET, "29").status == "wrong_person"
    assert sorted(server.tokens) == [1, 2, 3, 4]


# --- Zendesk Chat, connected beside Zendesk Support as an account id of its own ---


@pytest.fixture
def at_chat(make_account: MakeAccount, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AtVendor]:
    def make(*told: str) -> AtVendor:
        server = Chat(clients=chats.stocked().clients)
        first = make_account(export(exports.new_account_id("chat"), "5", "6"))
        beside = f"{first.id}.chat"
        token, secret = first.token, first.webhook_secret
        connected = connect(first.stack, beside, first.sandbox.url, token=token, webhook_secret=secret)
        account = Account(beside, first.stack, first.sandbox, connected, token, secret)
        one = serve(account, server, chats.SECRET, first.id)
        server.clients[0]["redirect_uris"] = f"{chats.CALLBACK} {one.callback}"
        server.token(11, 5, create_date=OLD)
        server.token(12, 6, create_date=OLD)
        monkeypatch.setenv(TOKEN, chats.ADMIN)
        monkeypatch.setenv(CLIENT_SECRET, chats.SECRET)
        issuer = ("--issuer", "zendesk-chat", "--issuer-url", server.url, "--issuer-requests-per-second", "1e6")
        assert one.connect(*issuer, "--subdomain", "acme", "--entrust", chats.WIDGET, *told) == 0
        return one

    return make


@pytest.mark.requirement("Z-18")
def test_zendesk_chat_where_the_operator_has_tried_what_its_pages_leave_open(
    at_chat: Callable[..., AtVendor],
) -> None:
    one = at_chat("--lists-every-agent", "--revokes-one")
    server = one.server
    assert isinstance(server, Chat)
    one.ask()
    assert {(each.agent_id, each.route) for each in one.all()} == {("5", "brokered"), ("6", "brokered")}
    assert one.authorize("5").status == 200
    (sent,) = server.sent("POST", "/oauth2/chat/token")
    assert "code_verifier" not in sent.body
    assert one.of(chats.WIDGET, "5").status == "verified"
    one.collected(chats.WIDGET, "5")
    with later(COMMIT_WINDOW):
        assert (one.watch(), one.retire()) == (0, 0)
    assert one.of(chats.WIDGET, "5").status == "collected", "Chat does not show that the new token is used"
    with later(DEADLINE):
        assert (one.watch(), one.retire()) == (0, 0)
    done = one.of(chats.WIDGET, "5")
    assert (done.status, done.old_token) == ("confirmed", "operator_task")
    assert sorted(server.tokens) == [11, 12, 13]
    assert one.of(chats.WIDGET, "6").status == "expired"


@pytest.mark.requirement("Z-18")
def test_zendesk_chat_of_which_nobody_knows_whether_it_shows_every_agent(at_chat: Callable[..., AtVendor]) -> None:
    one = at_chat()
    one.ask()
    assert one.all() == []
    (dead,) = one.dead_letters()
    assert dead.attributes["error_code"] == "grants_not_listed"
    opened = one.ask(chats.WIDGET, "6", request_id="request-2")
    assert opened is not None
    assert (opened.route, opened.old, opened.scopes) == ("brokered", (), ("read", "write", "chat"))
    assert one.authorize("6").status == 200
    one.collected(chats.WIDGET, "6")
    with later(DEADLINE):
        assert (one.watch(), one.retire()) == (0, 0)
    done = one.of(chats.WIDGET, "6")
    assert (done.status, done.old_token) == ("confirmed", "operator_task")
    assert isinstance(one.server, Chat)
    assert sorted(one.server.tokens) == [11, 12, 13]


# --- HubSpot ---


@pytest.fixture
def at_hubspot(make_account: MakeAccount, serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AtVendor:
    server = HubSpot()
    one = serve(make_account(export(exports.new_account_id("hubspot"), "7", "8")), server, SECRETS[APP])
    file = tmp_path / "apps.json"
    app = {"id": APP, "name": "An app", "redirect_uris": [one.callback], "scopes": ["oauth", "tickets"]}
    file.write_text(json.dumps({"apps": [app]}))
    monkeypatch.setenv(CLIENT_SECRET, SECRETS[APP])
    issuer = ("--issuer", "hubspot", "--issuer-url", server.url, "--app-url", server.url, "--hub-id", str(HUB))
    assert one.connect(*issuer, "--apps", str(file), "--entrust", APP, "--issuer-requests-per-second", "1e6") == 0
    return one


@pytest.mark.requirement("Z-18")
def test_hubspot_one_grant_is_asked_for_by_app_and_person(at_hubspot: AtVendor) -> None:
    one, server = at_hubspot, at_hubspot.server
    assert isinstance(server, HubSpot)
    opened = one.ask(APP, "7")
    assert opened is not None
    assert (opened.route, opened.scopes, opened.old) == ("brokered", ("oauth", "tickets"), ())
    assert one.authorize("7").status == 200
    assert one.of(APP, "7").status == "verified"
    token = one.collected(APP, "7")
    assert set(server.tokens) == {token["access_token"], token["refresh_token"]}
    with later(COMMIT_WINDOW):
        assert (one.watch(), one.retire()) == (0, 0)
    assert one.of(APP, "7").status == "collected"
    with later(DEADLINE):
        assert (one.watch(), one.retire()) == (0, 0)
    done = one.of(APP, "7")
    assert (done.status, done.old_token) == ("confirmed", "operator_task")
    assert len(server.tokens) == 2


@pytest.mark.requirement("Z-18")
def test_hubspot_says_what_it_does_not_list(at_hubspot: AtVendor) -> None:
    one = at_hubspot
    one.ask()
    (dead,) = one.dead_letters()
    assert dead.attributes["error_code"] == "grants_not_listed"
    assert "does not list all grants" in dead.attributes["reason"]
    assert list(ReissueBatches(one.stack.physical_id("GrantsTable"), one.stack.region).of_account(one.id)) == []
    one.send(one.body(APP, "nobody", request_id="request-2"))
    one.stack.drain(60)
    assert {each.attributes["error_code"] for each in one.dead_letters()} == {"grants_not_listed", "unknown_grant"}
    assert one.all() == []


@pytest.mark.requirement("Z-18")
def test_hubspot_another_persons_token_is_revoked_by_its_value(at_hubspot: AtVendor) -> None:
    one, server = at_hubspot, at_hubspot.server
    assert isinstance(server, HubSpot)
    one.ask(APP, "7")
    assert one.authorize("7", as_="8").status == 400
    ended = one.of(APP, "7")
    assert (ended.status, ended.old_token, server.tokens) == ("wrong_person", "in_force", {})
    assert "operator" not in (ended.reason or "")


@pytest.mark.requirement("Z-18")
@pytest.mark.parametrize("going", ["late", "back"])
def test_hubspot_what_is_sealed_and_not_collected_is_revoked_by_its_value(at_hubspot: AtVendor, going: str) -> None:
    one, server = at_hubspot, at_hubspot.server
    assert isinstance(server, HubSpot)
    one.ask(APP, "7")
    assert one.authorize("7").status == 200
    assert len(server.tokens) == 2
    if going == "back":
        one.order("roll_back")
        one.watch()
    else:
        with later(timedelta(minutes=21)):
            one.watch()
            one.watch()
    again = one.of(APP, "7")
    assert (again.status, again.invitations) == (("withdrawn", 1) if going == "back" else ("invited", 2))
    assert server.tokens == {}
    assert "operator" not in (again.reason or "")


@pytest.mark.requirement("Z-18")
@pytest.mark.parametrize("ended", [False, True])
def test_hubspot_a_rollback_leaves_to_a_person_what_an_app_has_collected(at_hubspot: AtVendor, *, ended: bool) -> None:
    one, server = at_hubspot, at_hubspot.server
    assert isinstance(server, HubSpot)
    one.ask(APP, "7")
    one.authorize("7")
    one.collected(APP, "7")
    if ended:
        with later(DEADLINE):
            one.retire()
    with pytest.raises(FunctionFailed, match="does not revoke"):
        one.order("roll_back")
    back = one.of(APP, "7")
    assert (back.status, back.rolled_back is not None) == ("confirmed" if ended else "withdrawn", True)
    assert len(back.not_revoked) == 1
    assert len(server.tokens) == 2


@pytest.mark.requirement("Z-18")
def test_hubspot_who_does_not_authorize_keeps_the_old_token(at_hubspot: AtVendor) -> None:
    one = at_hubspot
    one.ask(APP, "7")
    with later(DEADLINE):
        assert one.watch() == 0
    assert (one.of(APP, "7").status, one.of(APP, "7").old_token) == ("expired", "in_force")


# --- All ---


def test_no_secret_of_a_vendor_is_kept_in_clear_or_logged(at_support: AtVendor) -> None:
    one = at_support
    one.ask(supports.WIDGET, "29")
    one.authorize("29")
    one.collected(supports.WIDGET, "29")
    texts = [one.stack.logs(name) for name in ("reissue_tokens", "authorize_callback", "collect_token")]
    tables = one.stack.client("dynamodb")
    names = [one.stack.physical_id(name) for name in ("ConnectionsTable", "GrantsTable", "CustodyTable")]
    texts += [json.dumps(tables.scan(TableName=name)["Items"], default=str) for name in names]
    held = ("canary-access", "canary-refresh", "canary-code", supports.ADMIN, supports.SECRET)
    assert [text for text in texts if any(secret in text for secret in held)] == []
