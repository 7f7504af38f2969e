import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from deskshift.model.account import Connection
from deskshift.store.connections import Connections
from infra.cli.main import main
from infra.local.accounts import new_webhook_secret
from infra.local.stack import LocalStack
from tests.support import exports

Wrong = tuple[list[str], dict[str, str], str]
TOKEN = "canary-token-of-the-platform"


def record(stack: LocalStack, account_id: str) -> Connection:
    return Connections(stack.physical_id("ConnectionsTable"), stack.region).get(account_id)


def run(stack: LocalStack, account_id: str, *options: str) -> int:
    where = ["--stack", stack.name, "--region", stack.region, "--account-id", account_id]
    return main(["connect", *where, "--base-url", "https://platform.example/", *options])


def test_an_account_is_connected_and_its_secrets_are_nowhere_else(
    stack: LocalStack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    account_id, secret = exports.new_account_id("connect"), new_webhook_secret()
    monkeypatch.setenv("DESKSHIFT_PLATFORM_TOKEN", TOKEN)
    monkeypatch.setenv("DESKSHIFT_WEBHOOK_SECRET", secret)
    assert run(stack, account_id, "--requests-per-second", "25") == 0
    made = record(stack, account_id)
    vault = stack.client("secretsmanager")
    assert vault.get_secret_value(SecretId=made.secret_arn)["SecretString"] == TOKEN
    assert made.base_url == "https://platform.example"
    assert made.requests_per_second == 25
    assert made.webhook_url.endswith(f"/webhooks/{made.webhook_path}")
    printed = capsys.readouterr()
    assert made.webhook_url in printed.out.replace("\n", "")
    assert TOKEN not in printed.out + printed.err + str(made)
    assert secret not in printed.out + printed.err + str(made)


def test_a_renewed_webhook_secret_leaves_the_one_before_in_force_and_the_path_as_it_was(
    stack: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id = exports.new_account_id("connect")
    old, new = new_webhook_secret(), new_webhook_secret()
    monkeypatch.setenv("DESKSHIFT_PLATFORM_TOKEN", TOKEN)
    monkeypatch.setenv("DESKSHIFT_WEBHOOK_SECRET", old)
    assert run(stack, account_id) == 0
    before = record(stack, account_id)
    monkeypatch.setenv("DESKSHIFT_WEBHOOK_SECRET", new)
    assert run(stack, account_id) == 0
    assert run(stack, account_id) == 0  # the same secret again does not push the old one out
    after = record(stack, account_id)
    held = stack.client("secretsmanager").get_secret_value(SecretId=after.webhook_secret_arn)["SecretString"]
    assert after.webhook_path == before.webhook_path
    assert (json.loads(held)["current"], json.loads(held)["previous"]) == (new, old)
    until = datetime.fromisoformat(json.loads(held)["previous_until"])
    assert timedelta(hours=23) < until - datetime.now(UTC) <= timedelta(hours=24)


def test_a_smaller_budget_needs_no_secrets(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> None:
    account_id = exports.new_account_id("connect")
    monkeypatch.setenv("DESKSHIFT_PLATFORM_TOKEN", TOKEN)
    monkeypatch.setenv("DESKSHIFT_WEBHOOK_SECRET", new_webhook_secret())
    assert run(stack, account_id, "--requests-per-second", "25") == 0
    before = record(stack, account_id)
    monkeypatch.delenv("DESKSHIFT_PLATFORM_TOKEN")
    monkeypatch.delenv("DESKSHIFT_WEBHOOK_SECRET")
    assert run(stack, account_id, "--requests-per-second", "5", "--keep-secrets") == 0
    assert record(stack, account_id) == msgspec.structs.replace(before, requests_per_second=5.0)


def test_only_a_connected_account_keeps_secrets(stack: LocalStack, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(stack, exports.new_account_id("connect"), "--keep-secrets") == 2
    assert "without --keep-secrets" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong",
    [
        (["--base-url", "ftp://x"], {}, "--base-url"),
        (["--requests-per-second", "0"], {}, "--requests-per-second"),
        (["--requests-per-second", "nan"], {}, "--requests-per-second"),
        ([], {"DESKSHIFT_PLATFORM_TOKEN": ""}, "DESKSHIFT_PLATFORM_TOKEN"),
        ([], {"DESKSHIFT_WEBHOOK_SECRET": "not-a-secret"}, "webhook secret"),
        (["--stack", "no-such-stack"], {}, "no-such-stack"),
    ],
)
def test_wrong_input_is_refused_by_name_and_changes_nothing(
    stack: LocalStack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], wrong: Wrong
) -> None:
    options, variables, named = wrong
    account_id = exports.new_account_id("connect")
    monkeypatch.setenv("DESKSHIFT_PLATFORM_TOKEN", TOKEN)
    monkeypatch.setenv("DESKSHIFT_WEBHOOK_SECRET", new_webhook_secret())
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert run(stack, account_id, *options) == 2
    printed = capsys.readouterr()
    assert named in printed.err.replace("\n", " ")
    assert "not-a-secret" not in printed.err
    names = [secret["Name"] for secret in stack.client("secretsmanager").list_secrets(MaxResults=100)["SecretList"]]
    assert not [name for name in names if f"/{account_id}/" in name]
