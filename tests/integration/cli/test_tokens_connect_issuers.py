"""`deskshift tokens connect --issuer` on a stack: whose token is kept where, and what is refused."""

import io
from collections.abc import Iterator

import pytest

from deskshift.model.token_issuers import ChatIssues, PlatformIssues, SupportIssues
from deskshift.store.connections import Connections
from tests.conftest import MakeAccount
from tests.integration.zendesk.chat import ADMIN as CHATS_ADMIN
from tests.integration.zendesk.chat import WIDGET as CHATS_WIDGET
from tests.integration.zendesk.chat import Chat
from tests.integration.zendesk.chat import stocked as stocked_chat
from tests.integration.zendesk.support import ADMIN, PUBLIC, SECRET, WIDGET, Support
from tests.integration.zendesk.support import stocked as stocked_support
from tests.support import exports
from tests.support.at_vendors import AtVendor, export
from tests.support.issuer_server import serving

TOKEN, CLIENT_SECRET = "DESKSHIFT_ISSUER_TOKEN", "DESKSHIFT_CLIENT_SECRET_1"


@pytest.fixture
def support() -> Iterator[Support]:
    with serving(made := stocked_support()):
        yield made


@pytest.fixture
def chat() -> Iterator[Chat]:
    with serving(made := stocked_chat()):
        yield made


@pytest.fixture
def one(make_account: MakeAccount, support: Support, monkeypatch: pytest.MonkeyPatch) -> Iterator[AtVendor]:
    monkeypatch.setenv(TOKEN, ADMIN)
    monkeypatch.setenv(CLIENT_SECRET, SECRET)
    account = make_account(export(exports.new_account_id("issuer"), "29"))
    with AtVendor(account, support, SECRET) as made:
        yield made


def told(server: Support | Chat, kind: str = "zendesk-support") -> tuple[str, ...]:
    return ("--issuer", kind, "--issuer-url", server.url)


def issued_by(one: AtVendor) -> object:
    return Connections(one.stack.physical_id("ConnectionsTable"), one.stack.region).issuer(one.id).issued_by


def test_the_administrators_token_is_stored_and_is_nowhere_else(
    one: AtVendor, support: Support, capsys: pytest.CaptureFixture[str]
) -> None:
    assert one.connect(*told(support), "--entrust", WIDGET) == 0
    made = issued_by(one)
    assert isinstance(made, SupportIssues)
    assert ":secret:" in str(made.secret_arn)
    kept = one.secrets()
    assert kept.pop("api-zendesk-support") == ADMIN
    assert list(kept.values()) == [SECRET]
    printed = capsys.readouterr()
    assert "are issued by Zendesk Support." in printed.out
    assert f"Entrusted: {WIDGET}; reissued directly until" in printed.out
    assert "canary" not in printed.out + printed.err + str(made)


def test_kept_secrets_are_not_asked_for_and_without_issuer_it_stays(
    one: AtVendor, support: Support, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert one.connect(*told(support), "--keep-secrets") == 2
    assert "no administrator's token at Zendesk Support is stored" in capsys.readouterr().err
    assert one.connect(*told(support)) == 0
    before = issued_by(one)
    monkeypatch.delenv(TOKEN)
    assert one.connect(*told(support), "--keep-secrets", "--issuer-requests-per-second", "4") == 0
    after = issued_by(one)
    assert isinstance(before, SupportIssues)
    assert isinstance(after, SupportIssues)
    assert (after.secret_arn, after.requests_per_second) == (before.secret_arn, 4)
    assert one.connect("--entrust", WIDGET) == 0
    assert issued_by(one) == after
    assert one.secrets()["api-zendesk-support"] == ADMIN


def test_another_issuer_leaves_no_secret_of_the_one_before(
    one: AtVendor, support: Support, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert one.connect(*told(support), "--entrust", WIDGET) == 0
    monkeypatch.setenv(TOKEN, CHATS_ADMIN)
    assert one.connect(*told(chat, "zendesk-chat"), "--subdomain", "acme", "--keep-secrets") == 2
    assert one.connect(*told(chat, "zendesk-chat"), "--subdomain", "acme", "--entrust", CHATS_WIDGET) == 0
    made = issued_by(one)
    assert isinstance(made, ChatIssues)
    assert made.subdomain == "acme"
    assert one.secrets().pop("api-zendesk-chat") == CHATS_ADMIN
    assert len(one.secrets()) == 2
    assert one.connect("--issuer", "platform", "--entrust-none") == 0
    assert issued_by(one) == PlatformIssues()
    assert one.secrets() == {}


def test_the_token_is_the_first_line_of_standard_input(
    one: AtVendor, support: Support, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(TOKEN)
    monkeypatch.delenv(CLIENT_SECRET)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{ADMIN}\n{SECRET}\n"))
    assert one.connect(*told(support), "--entrust", WIDGET) == 0
    assert set(one.secrets().values()) == {ADMIN, SECRET}
    assert one.connect(*told(support), "--entrust", WIDGET) == 2
    assert f"{TOKEN}, the administrator's token at Zendesk Support, is not set" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--entrust", PUBLIC), "a public client"),
        (("--entrust", "nobody"), "which the issuer does not list"),
        (("--start", "nobody=https://crm.example"), "--start: found nobody, which the issuer does not list"),
    ],
)
def test_a_client_that_cannot_be_is_refused_and_nothing_is_kept(
    one: AtVendor, support: Support, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], words: str
) -> None:
    assert one.connect(*told(support), *options) == 2
    assert words in capsys.readouterr().err
    assert one.secrets() == {}


def test_a_token_that_the_issuer_does_not_take_is_not_kept(
    one: AtVendor, support: Support, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(TOKEN, "another-canary")
    assert one.connect(*told(support)) == 3
    said = capsys.readouterr().err
    assert "the issuer could not be asked" in said
    assert "canary" not in said
    assert one.secrets() == {}


def test_the_issuer_stays_as_long_as_a_reissue_is_open(
    one: AtVendor, support: Support, chat: Chat, capsys: pytest.CaptureFixture[str]
) -> None:
    support.clients[0]["redirect_uri"].append(one.callback)
    assert one.connect(*told(support), "--entrust", WIDGET) == 0
    opened = one.ask(WIDGET, "29")
    assert opened is not None
    assert one.connect("--issuer", "platform") == 2
    assert "[reissues_open]" in capsys.readouterr().err
    assert one.connect(*told(support), "--entrust", WIDGET) == 0
    one.order("withdraw", opened)
    assert one.connect("--issuer", "platform", "--entrust-none") == 0
