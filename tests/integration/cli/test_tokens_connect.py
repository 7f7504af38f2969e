"""`deskshift tokens connect`: whose authentication is entrusted, and where its secret is."""

import io

import pytest

from deskshift.model.issuer_connection import IssuerConnection
from deskshift.store.connections import Connections
from infra.cli.main import main
from infra.local.stack import LocalStack
from tests.conftest import MakeAccount
from tests.support import exports

CANARY = "canary-client-secret-{}"
CONFIDENTIAL, OTHER, PUBLIC = "dialer", "crm:1", "mobile"


def export(account_id: str) -> dict[str, object]:
    clients = [client(CONFIDENTIAL), client(OTHER), {**client(PUBLIC), "confidential": False, "secret_sha256": None}]
    return exports.export(account_id, oauth={"clients": clients, "grants": []})


def client(identifier: str) -> dict[str, object]:
    return {
        "id": identifier,
        "name": identifier,
        "redirect_uris": ["https://integration.example/callback"],
        "scopes": ["read"],
        "confidential": True,
        "grant_types": ["authorization_code"],
        "authorization_start": None,
        "owner_id": None,
        "secret_sha256": "0" * 64,
    }


@pytest.fixture
def account_id(make_account: MakeAccount) -> str:
    return make_account(export(exports.new_account_id("tokens"))).id


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2):
        monkeypatch.setenv(f"DESKSHIFT_CLIENT_SECRET_{number}", CANARY.format(number))


def run(stack: LocalStack, account_id: str, *options: str) -> int:
    where = ["--stack", stack.name, "--region", stack.region, "--account-id", account_id]
    return main(["tokens", "connect", *where, *options])


def recorded(stack: LocalStack, account_id: str) -> IssuerConnection:
    return Connections(stack.physical_id("ConnectionsTable"), stack.region).issuer(account_id)


def held(stack: LocalStack, account_id: str) -> dict[str, str]:
    vault = stack.client("secretsmanager")
    begin = f"{stack.name}/connections/{account_id}/client-"
    pages = vault.get_paginator("list_secrets").paginate()
    names = [one["Name"] for page in pages for one in page["SecretList"] if one["Name"].startswith(begin)]
    return {name.removeprefix(begin): vault.get_secret_value(SecretId=name)["SecretString"] for name in names}


def test_secrets_are_stored_and_are_nowhere_else(
    stack: LocalStack, account_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(stack, account_id, "--entrust", CONFIDENTIAL, "--entrust", OTHER, "--subdomain", "acme") == 0
    made = recorded(stack, account_id)
    assert set(made.entrusted) == {CONFIDENTIAL, OTHER}
    assert (made.legacy_address, made.subdomain) == (True, "acme")
    assert made.public_url == stack.http_url
    assert sorted(held(stack, account_id).values()) == [CANARY.format(1), CANARY.format(2)]
    printed = capsys.readouterr()
    assert f"{made.public_url}/oauth/{account_id}/callback" in printed.out
    assert f"Entrusted: {CONFIDENTIAL}; reissued directly until it has that redirect address." in printed.out
    assert "canary" not in printed.out + printed.err + str(made)


def test_who_is_not_named_any_more_is_not_entrusted_any_more(
    stack: LocalStack, account_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(stack, account_id, "--entrust", CONFIDENTIAL, "--entrust", OTHER) == 0
    capsys.readouterr()
    assert run(stack, account_id, "--entrust", OTHER) == 0
    assert f"No longer entrusted: {CONFIDENTIAL}; its secret is deleted." in capsys.readouterr().out
    assert set(recorded(stack, account_id).entrusted) == {OTHER}
    assert list(held(stack, account_id).values()) == [CANARY.format(1)]
    assert run(stack, account_id) == 2
    assert f"--entrust: found nothing, while these clients are entrusted: {OTHER}" in capsys.readouterr().err
    assert list(held(stack, account_id).values()) == [CANARY.format(1)]
    assert run(stack, account_id, "--entrust-none") == 0
    assert recorded(stack, account_id).entrusted == {}
    assert held(stack, account_id) == {}


def test_kept_secrets_are_not_asked_for(
    stack: LocalStack, account_id: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(stack, account_id, "--entrust", CONFIDENTIAL, "--entrust", OTHER) == 0
    before = recorded(stack, account_id)
    monkeypatch.delenv("DESKSHIFT_CLIENT_SECRET_1")
    monkeypatch.delenv("DESKSHIFT_CLIENT_SECRET_2")
    assert run(stack, account_id, "--keep-secrets", "--subdomain", "acme") == 0
    assert recorded(stack, account_id).entrusted == before.entrusted
    assert run(stack, account_id, "--keep-secrets", "--entrust", OTHER) == 0
    assert recorded(stack, account_id).entrusted == {OTHER: before.entrusted[OTHER]}
    assert run(stack, account_id, "--keep-secrets", "--entrust", CONFIDENTIAL) == 2
    assert "without --keep-secrets" in capsys.readouterr().err
    assert set(recorded(stack, account_id).entrusted) == {OTHER}


@pytest.mark.parametrize(
    ("client_id", "words"), [(PUBLIC, "a public client"), ("nobody", "which the issuer does not list")]
)
def test_who_cannot_be_entrusted_is_refused_and_nothing_is_changed(
    stack: LocalStack, account_id: str, capsys: pytest.CaptureFixture[str], client_id: str, words: str
) -> None:
    assert run(stack, account_id, "--entrust", CONFIDENTIAL) == 0
    before = recorded(stack, account_id)
    assert run(stack, account_id, "--entrust", OTHER, "--entrust", client_id) == 2
    assert words in capsys.readouterr().err
    assert recorded(stack, account_id) == before
    assert list(held(stack, account_id).values()) == [CANARY.format(1)]


def test_a_secret_is_a_line_of_standard_input_where_no_variable_has_it(
    stack: LocalStack, account_id: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DESKSHIFT_CLIENT_SECRET_2")
    monkeypatch.setattr("sys.stdin", io.StringIO("canary from a pipe\n"))
    assert run(stack, account_id, "--entrust", OTHER, "--entrust", CONFIDENTIAL) == 0
    assert set(held(stack, account_id).values()) == {CANARY.format(1), "canary from a pipe"}
    assert run(stack, account_id, "--entrust", OTHER, "--entrust", CONFIDENTIAL) == 2
    assert "DESKSHIFT_CLIENT_SECRET_2" in capsys.readouterr().err


def test_an_account_that_is_not_connected_is_refused(stack: LocalStack, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(stack, exports.new_account_id("tokens")) == 2
    assert "`deskshift connect` first" in capsys.readouterr().err
