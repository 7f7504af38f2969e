import json
from pathlib import Path
from typing import Any

import pytest

from deskshift.store.connections import Connections
from infra.cli.main import main
from infra.local.stack import LocalStack
from tests.support import exports

CLIENT_SECRET = "canary-client-secret"
TOLD: dict[str, Any] = {
    "base_url": "https://rest.zuora.example",
    "time_zone": "Europe/Berlin",
    "locale": "de-DE",
    "chat_account": "A-1",
    "support_account": "A-2",
}
PRICE = {"plan": "Chat Team", "cycle": "quarter", "currency": "EUR", "unit_price": "85.00"}
CONTRACT = {
    "id": "contract-1",
    "executed_at": "2026-01-01T00:00:00Z",
    "start": "2026-02-01",
    "end": "2027-02-01",
    "cycle": "year",
    "prices": {"Chat Team": "300"},
}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKSHIFT_ZUORA_CLIENT_ID", "client-1")
    monkeypatch.setenv("DESKSHIFT_ZUORA_CLIENT_SECRET", CLIENT_SECRET)


def run(stack: LocalStack, account_id: str, file: Path, told: object, *options: str) -> int:
    file.write_text(told if isinstance(told, str) else json.dumps(told))
    where = ["--stack", stack.name, "--region", stack.region, "--account-id", account_id]
    return main(["billing", "connect", *where, "--zuora", str(file), *options])


def secret_names(stack: LocalStack, account_id: str) -> list[str]:
    listed = stack.client("secretsmanager").list_secrets(MaxResults=100)["SecretList"]
    return [secret["Name"] for secret in listed if f"/{account_id}/" in secret["Name"]]


def test_a_tenant_is_recorded_and_its_clients_secret_is_nowhere_else(
    stack: LocalStack, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id, file = exports.new_account_id("zuora"), tmp_path / "zuora.json"
    assert run(stack, account_id, file, {**TOLD, "prices": [PRICE], "contracts": [CONTRACT]}) == 0
    connections = Connections(stack.physical_id("ConnectionsTable"), stack.region)
    made = connections.billing(account_id)
    assert made is not None
    held = stack.client("secretsmanager").get_secret_value(SecretId=made.secret_arn)["SecretString"]
    assert json.loads(held) == {"client_id": "client-1", "client_secret": CLIENT_SECRET}
    assert made.tenant.accounts == {"chat": "A-1", "support": "A-2"}
    assert [price.unit_price for price in made.tenant.prices] == ["85.00"]
    printed = capsys.readouterr()
    assert "chat A-1, support A-2" in printed.out
    assert CLIENT_SECRET not in printed.out + printed.err + str(made)

    monkeypatch.delenv("DESKSHIFT_ZUORA_CLIENT_SECRET")
    assert run(stack, account_id, file, {**TOLD, "owner_transfer": True}, "--keep-secrets") == 0
    changed = connections.billing(account_id)
    assert changed is not None
    assert (changed.tenant.owner_transfer, changed.secret_arn) == (True, made.secret_arn)


def test_only_a_known_tenant_keeps_its_secrets(
    stack: LocalStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    account_id = exports.new_account_id("zuora")
    assert run(stack, account_id, tmp_path / "zuora.json", TOLD, "--keep-secrets") == 2
    assert "without --keep-secrets" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ("{", "zuora.json"),
        ([], "an object"),
        ({name: value for name, value in TOLD.items() if name != "time_zone"}, "time_zone"),
        ({**TOLD, "base_url": "ftp://rest.zuora.example"}, "base_url"),
        ({**TOLD, "base_url": "https://rest.zuora.example/v1"}, "base_url"),
        ({**TOLD, "time_zone": "Mars/Olympus"}, "time_zone"),
        ({**TOLD, "chat_account": None, "support_account": None}, "support_account"),
        ({**TOLD, "chat_account": "A-2"}, "chat_account"),
        ({**TOLD, "chat_acount": "A-3"}, "chat_acount"),
        ({**TOLD, "prices": [{**PRICE, "unit_price": 85}]}, "prices[0].unit_price"),
        ({**TOLD, "prices": [PRICE, PRICE]}, "prices[1].plan"),
        ({**TOLD, "contracts": [{**CONTRACT, "end": "2026-02-01"}]}, "contracts[0].end"),
        ({**TOLD, "fields": {"closed": 1}}, "fields.closed"),
        ({**TOLD, "requests_per_second": 0}, "requests_per_second"),
        ({**TOLD, "prices": [{**PRICE, "plan": "x" * 300_000}]}, "300000"),
    ],
)
def test_a_wrong_file_is_refused_by_name_and_changes_nothing(
    stack: LocalStack, tmp_path: Path, capsys: pytest.CaptureFixture[str], told: object, named: str
) -> None:
    account_id = exports.new_account_id("zuora")
    assert run(stack, account_id, tmp_path / "zuora.json", told) == 2
    assert named in capsys.readouterr().err.replace("\n", " ")
    assert secret_names(stack, account_id) == []


def test_a_missing_file_or_secret_is_named(
    stack: LocalStack, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id = exports.new_account_id("zuora")
    where = ["--stack", stack.name, "--region", stack.region, "--account-id", account_id]
    assert main(["billing", "connect", *where, "--zuora", str(tmp_path / "none.json")]) == 2
    assert "none.json" in capsys.readouterr().err.replace("\n", "")
    monkeypatch.delenv("DESKSHIFT_ZUORA_CLIENT_SECRET")
    assert run(stack, account_id, tmp_path / "zuora.json", TOLD) == 2
    assert "DESKSHIFT_ZUORA_CLIENT_SECRET" in capsys.readouterr().err.replace("\n", " ")
    assert secret_names(stack, account_id) == []
