"""A merge of an account that is billed in Zuora: connected by the command, previewed, carried out and kept once."""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from infra.cli.main import main
from infra.local.stack import LocalStack
from tests.conftest import MakeAccount
from tests.integration.zuora.tenant import CLIENT_ID, SECRET, Tenant, refusal, serving, stocked
from tests.integration.zuora.tenant_data import CHAT
from tests.integration.zuora.tenant_items import AGREED, QUARTERS, STUB, UNUSED, reckoned
from tests.support.billing import account as account_of
from tests.support.billing import billing
from tests.support.merging import Merging, at, export_of
from tests.support.moves import Json
from tests.support.vendor_server import LOST

NOW = "2026-06-17T06:00:00+00:00"
ORDERS = ("POST", "/v1/orders")


@pytest.fixture
def tenant() -> Iterator[Tenant]:
    with serving(stocked()) as made:
        made.preview = AGREED
        yield made


def connect(stack: LocalStack, account_id: str, *options: str) -> int:
    where = ["--stack", stack.name, "--region", stack.region, "--account-id", account_id]
    return main(["billing", "connect", *where, *options])


@pytest.fixture
def merging(
    make_account: MakeAccount, tenant: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Merging]:
    monkeypatch.setenv("DESKSHIFT_ZUORA_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("DESKSHIFT_ZUORA_CLIENT_SECRET", SECRET)

    def make(**told: Any) -> Merging:  # noqa: ANN401 - a tenant's fields
        account = make_account(export_of(billing(account_of("chat"), account_of("support", "600"))))
        file = tmp_path / "zuora.json"
        said = {
            "base_url": tenant.url,
            "time_zone": "Europe/Berlin",
            "locale": "de-DE",
            "chat_account": "A-CHAT",
            "support_account": "A-SUPPORT",
            "requests_per_second": 1e6,
        }
        file.write_text(json.dumps(said | told))
        assert connect(account.stack, account.id, "--zuora", str(file)) == 0
        return Merging(account, upgrade_at="2026-06-16")

    return make


def done(merging: Merging) -> tuple[Json, Json]:
    with at(NOW):
        preview = merging.preview()
        return preview, merging.merge(preview)


@pytest.mark.requirement("Z-21", "Z-24")
def test_what_zuora_reckons_too_is_ordered_once_and_the_rest_is_left_to_people(
    merging: Callable[..., Merging], tenant: Tenant
) -> None:
    preview, shown = done(merging())
    made = preview["preview"]
    assert (made["decision"], preview["locale"]) == ("inherit", "de-DE")
    assert [line["amount_minor"] for line in made["lines"]] == [-3000, 15065, 36000]
    assert made["due_now_minor"] == 15065 + 2862 - 3000 - 570
    assert shown["status"] == "done"
    (ordered,) = tenant.sent(*ORDERS)
    assert ordered.body["orderNumber"] == preview["merge_id"]
    assert ordered.headers["idempotency-key"] == f"{preview['merge_id']}/order"
    # No call transfers an owner in this tenant, and so the chat's account stays open too.
    assert [task["code"] for task in shown["report"]["tasks"]] == ["owner_transfer", "account_open"]
    assert [entry["outcome"] for entry in shown["report"]["ledger"]] == ["moved"] * 6
    assert tenant.accounts["support-id"]["basicInfo"].get("parentId") is None
    assert tenant.accounts[CHAT]["basicInfo"]["parentId"] == "support-id"
    assert tenant.subscriptions[CHAT][0]["autoRenew"] is True, "it stays there, and renews as the order says"


def test_nothing_is_collected_while_it_is_ordered(merging: Callable[..., Merging], tenant: Tenant) -> None:
    done(merging())
    paths = [(one.method, one.path) for one in tenant.seen]
    before = tenant.seen[: paths.index(ORDERS)]
    off = [one.body for one in before if one.path == f"/v1/accounts/{CHAT}" and one.method == "PUT"]
    assert off == [{"autoPay": False, "DunningPaused__c": "Yes"}]
    assert tenant.accounts[CHAT]["billingAndPayment"]["autoPay"] is True


def test_a_cent_of_difference_ends_it_before_anything_is_ordered(
    merging: Callable[..., Merging], tenant: Tenant
) -> None:
    tenant.preview = reckoned([STUB | {"amountWithoutTax": Decimal("150.66")}, *QUARTERS], [UNUSED])
    _, shown = done(merging())
    assert shown["status"] == "refused"
    assert [one["code"] for one in shown["report"]["refusals"]] == ["vendor_differs"]
    assert tenant.sent(*ORDERS) == []
    assert tenant.accounts[CHAT]["billingAndPayment"]["autoPay"] is True


@pytest.mark.requirement("Z-25")
def test_a_lost_answer_does_not_order_twice(merging: Callable[..., Merging], tenant: Tenant) -> None:
    tenant.faults[ORDERS] = [LOST]
    _, shown = done(merging())
    assert shown["status"] == "done"
    assert len(tenant.orders) == 1


def test_a_refused_order_is_taken_back_and_says_zuoras_code(merging: Callable[..., Merging], tenant: Tenant) -> None:
    tenant.faults[ORDERS] = [refusal(58560020)]
    _, shown = done(merging())
    assert shown["status"] == "failed"
    assert "58560020" in shown["report"]["refusals"][0]["message"]
    assert tenant.accounts[CHAT]["billingAndPayment"]["autoPay"] is True


def test_a_refusal_before_the_order_ends_it_and_another_request_tries_again(
    merging: Callable[..., Merging], tenant: Tenant
) -> None:
    tenant.faults[("POST", "/v1/orders/preview")] = [refusal(58560021)]
    one = merging()
    preview, shown = done(one)
    assert (shown["status"], tenant.sent(*ORDERS)) == ("refused", [])
    (why,) = shown["report"]["refusals"]
    assert (why["code"], "58560021" in why["message"]) == ("vendor_refused", True)
    with at(NOW):
        assert one.merge(preview, request_id="merge-2")["status"] == "done"


def test_a_refusal_while_collection_is_switched_off_ends_it(merging: Callable[..., Merging], tenant: Tenant) -> None:
    off = ("PUT", f"/v1/accounts/{CHAT}")
    tenant.faults[off] = [refusal(58560022)]
    _, shown = done(merging())
    assert (shown["status"], tenant.sent(*ORDERS)) == ("refused", [])
    assert [why["code"] for why in shown["report"]["refusals"]] == ["vendor_refused"]
    assert tenant.accounts[CHAT]["billingAndPayment"]["autoPay"] is True
    assert shown["report"]["tasks"] == []


def test_what_zuora_refuses_after_the_order_becomes_a_task(merging: Callable[..., Merging], tenant: Tenant) -> None:
    for method in tenant.methods[CHAT]:
        del method["tokenId"], method["secondTokenId"]
    _, shown = done(merging())
    assert shown["status"] == "done"
    tasks = {task["code"]: task["what"] for task in shown["report"]["tasks"]}
    assert "payment_method_without_token" in tasks["keep_payment_method_refused"]


def test_neither_the_clients_secret_nor_a_token_is_kept_or_logged(
    merging: Callable[..., Merging], tenant: Tenant
) -> None:
    one = merging()
    done(one)
    stack = one.account.stack
    texts = [stack.logs(name) for name in ("preview_billing", "merge_billing")]
    tables = stack.client("dynamodb")
    for table in ("MergesTable", "ConnectionsTable"):
        items = tables.scan(TableName=stack.physical_id(table))["Items"]
        texts.append(json.dumps(items, default=str))
    assert tenant.tokens
    assert [text for text in texts if SECRET in text or any(token in text for token in tenant.tokens)] == []


def test_an_account_can_be_billed_by_its_platform_again(merging: Callable[..., Merging], tenant: Tenant) -> None:
    one = merging()
    assert connect(one.account.stack, one.account.id, "--platform") == 0
    with at("2022-12-02T08:00:00+00:00"):
        accounts = one.preview(upgrade_at="2022-12-01")["preview"]["before"]
    assert accounts is not None
    assert tenant.seen == []
