"""What of billing.json is refused, and how that is said."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from infra.cli.sample_account import write_sample
from infra.local.sandbox.export import ExportError, load_export, parse_export
from tests.unit.sandbox.example_account import example_export
from tests.unit.sandbox.example_billing import example_billing

if TYPE_CHECKING:
    from infra.local.sandbox.export import AccountExport

Json = dict[str, Any]
DOCUMENT = Path(__file__).parents[3] / "docs" / "account-export.md"
LEFT_OUT = object()
CHAT = "accounts[0]"
STEP = re.compile(r"([a-z_]+)|\[(\d+)\]")


def parsed(billing: Any) -> AccountExport:  # noqa: ANN401 - any JSON is tried
    return parse_export({**example_export(), "billing": billing})


def changed(path: str, to: object) -> Json:
    """Put another value at a path as errors write it, or nothing."""
    billing = example_billing()
    item: Any = billing
    *steps, last = [name or int(number) for name, number in STEP.findall(path)]
    for step in steps:
        item = item[step]
    if to is LEFT_OUT:
        del item[last]
    else:
        item[last] = to
    return billing


def test_a_folder_without_billing_has_none(tmp_path: Path) -> None:
    write_sample(tmp_path, 1)
    assert load_export(tmp_path).billing is not None
    (tmp_path / "billing.json").unlink()
    assert load_export(tmp_path).billing is None


def test_the_documents_example_is_the_samples_and_loads_without_a_warning() -> None:
    (example,) = re.findall(r"\n## billing.json\n.*?```json\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    loaded = parsed(json.loads(example))
    assert loaded.billing is not None
    assert [each.product for each in loaded.billing.accounts] == ["chat", "support"]
    assert loaded.warnings == ()


def test_the_example_loads_and_what_may_be_left_out_has_its_default() -> None:
    loaded = parsed(example_billing())
    assert loaded.warnings == ()
    assert loaded.billing is not None
    chat = loaded.billing.accounts[0]
    assert (chat.version, chat.status, chat.autopay, chat.renews_at) == (1, "active", True, None)
    assert (chat.subscriptions[0].timing, chat.subscriptions[0].term.renews) == ("advance", True)
    assert chat.contacts[0].active
    assert chat.payments[0].returned == []


def test_unknown_fields_are_warned_of_by_name() -> None:
    billing = example_billing()
    billing["accounts"][0]["subscriptions"][0]["charges"][0]["discount"] = "10"
    billing["tier"] = "gold"
    assert [(each.file, each.field, each.count) for each in parsed(billing).warnings] == [
        ("billing.json", "accounts.subscriptions.charges.discount", 1),
        ("billing.json", "tier", 1),
    ]


BAD: list[tuple[str, object, str, str]] = [
    ("accounts", LEFT_OUT, "missing_field", "nothing"),
    (f"{CHAT}.id", LEFT_OUT, "missing_field", "nothing"),
    (f"{CHAT}.currency", LEFT_OUT, "missing_field", "nothing"),
    (f"{CHAT}.subscriptions[0].term", LEFT_OUT, "missing_field", "nothing"),
    (f"{CHAT}.subscriptions[0].charges[0].seats", LEFT_OUT, "missing_field", "nothing"),
    (f"{CHAT}.invoices[0].lines[0].amount_minor", LEFT_OUT, "missing_field", "nothing"),
    ("accounts", {}, "mistyped_field", "{}"),
    (CHAT, "chat", "mistyped_field", "chat"),
    (f"{CHAT}.autopay", "yes", "mistyped_field", "yes"),
    (f"{CHAT}.contacts", None, "mistyped_field", "null"),
    (f"{CHAT}.subscriptions[0].anchor", 20240110, "mistyped_field", "20240110"),
    (f"{CHAT}.subscriptions[0].charges[0].unit_price", 19.0, "mistyped_field", "19.0"),
    (f"{CHAT}.subscriptions[0].charges[0].seats[0].quantity", True, "mistyped_field", "true"),
    (f"{CHAT}.invoices[0].lines[0].amount_minor", 100.0, "mistyped_field", "100.0"),
    (f"{CHAT}.currency", "eur", "invalid_value", "eur"),
    (f"{CHAT}.currency", "EUR\n", "invalid_value", "EUR"),
    (f"{CHAT}.product", "phone", "invalid_value", "phone"),
    (f"{CHAT}.renews_at", "2026-12-10T00:00:00", "invalid_value", "2026"),
    (f"{CHAT}.subscriptions[0].anchor", "2023-02-29", "invalid_value", "02-29"),
    (f"{CHAT}.subscriptions[0].anchor", "20230228", "invalid_value", "20230228"),
    (f"{CHAT}.subscriptions[0].cycle", "week", "invalid_value", "week"),
    (f"{CHAT}.subscriptions[0].term.months", 0, "invalid_value", "0"),
    (f"{CHAT}.subscriptions[0].charges[0].unit_price", "-19", "invalid_value", "-19"),
    (f"{CHAT}.subscriptions[0].charges[0].unit_price", "1/0", "invalid_value", "1/0"),
    (f"{CHAT}.subscriptions[0].charges[0].tax_rate", "23%", "invalid_value", "23%"),
    (f"{CHAT}.subscriptions[0].charges[0].seats[0].quantity", -1, "invalid_value", "-1"),
    (f"{CHAT}.subscriptions[0].charges[0].discounts[0].percent", "100.5", "invalid_value", "100.5"),
    (f"{CHAT}.subscriptions[0].charges[0].discounts[0].end", "2022-01-10", "invalid_value", "2022"),
    (f"{CHAT}.invoices[0].lines[0].end", "2022-11-10", "invalid_value", "2022"),
    (f"{CHAT}.invoices[0].lines[0].amount_minor", -1, "invalid_value", "-1"),
    (f"{CHAT}.payments[0].amount_minor", 6149, "invalid_value", "6149"),
    (f"{CHAT}.payments[0].currency", "USD", "invalid_value", "chat-invoice"),
    ("contracts[0].executed_at", "yesterday", "invalid_value", "yesterday"),
    ("contracts[0].prices", {"chat-team": 180}, "invalid_value", "180"),
    ("contracts[0].end", "2022-12-01", "invalid_value", "2022"),
    ("accounts[1].id", "billing-chat", "duplicate_id", "billing-chat"),
    ("accounts[1].product", "chat", "duplicate_id", "chat"),
    ("accounts[1].subscriptions[0].id", "chat", "duplicate_id", "chat"),
    (f"{CHAT}.subscriptions[0].charges[1].id", "chat-seats", "duplicate_id", "chat-seats"),
    (f"{CHAT}.invoices[0].lines[1].id", "chat-line-1", "duplicate_id", "chat-line-1"),
    ("prices[1].cycle", "month", "duplicate_id", "chat-team"),
    (f"{CHAT}.payment_method_id", "card-9", "broken_link", "card-9"),
    (f"{CHAT}.payments[0].applied[0].invoice_id", "invoice-9", "broken_link", "invoice-9"),
    (f"{CHAT}.payments[0].applied[0].line_id", "line-9", "broken_link", "line-9"),
    ("shared_account_id", "billing-9", "broken_link", "billing-9"),
]
STANDS_ELSEWHERE = {
    f"{CHAT}.payments[0].currency": f"{CHAT}.payments[0].applied[0].invoice_id",
    "prices[1].cycle": "prices[1].plan",
}


@pytest.mark.parametrize(("path", "to", "code", "found"), BAD)
def test_what_is_wrong_is_named(path: str, to: object, code: str, found: str) -> None:
    with pytest.raises(ExportError) as refused:
        parsed(changed(path, to))
    error = refused.value
    assert (error.code, error.file, error.line) == (code, "billing.json", 1)
    assert error.field == STANDS_ELSEWHERE.get(path, path)
    assert found in error.found
    assert error.allowed


SOURCED: Json = {
    "id": "memo",
    "currency": "EUR",
    "amount_minor": 100,
    "of_invoice_id": "chat-invoice",
    "of_line_id": "chat-line-2",
}


def sourced(index: int, **changes: object) -> Json:
    """Give one of the accounts a credit with a source."""
    billing = example_billing()
    billing["accounts"][index]["credits"] = [{**SOURCED, **changes}]
    return billing


@pytest.mark.parametrize("index", [0, 1])
def test_a_credits_source_is_an_invoice_of_either_account(index: int) -> None:
    """One that moved with a subscription has its invoice on the account that it came from."""
    for changes in ({}, {"of_line_id": None}, {"of_invoice_id": None, "of_line_id": None}):
        loaded = parsed(sourced(index, **changes))
        assert loaded.warnings == ()
        assert loaded.billing is not None
        (credit,) = loaded.billing.accounts[index].credits
        wanted = {**SOURCED, **changes}
        assert (credit.of_invoice_id, credit.of_line_id) == (wanted["of_invoice_id"], wanted["of_line_id"])


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"of_invoice_id": "invoice-9"}, "broken_link", "of_invoice_id"),
        ({"of_line_id": "line-9"}, "broken_link", "of_line_id"),
        ({"of_invoice_id": None}, "broken_link", "of_line_id"),
        ({"of_invoice_id": 7}, "mistyped_field", "of_invoice_id"),
        ({"currency": "USD"}, "invalid_value", "of_invoice_id"),
    ],
)
def test_a_source_that_leads_nowhere_is_refused(changes: Json, code: str, field: str) -> None:
    with pytest.raises(ExportError) as refused:
        parsed(sourced(0, **changes))
    assert (refused.value.code, refused.value.field) == (code, f"{CHAT}.credits[0].{field}")


def test_both_accounts_may_have_the_same_contact_and_card() -> None:
    """After a merge they do, and what is dumped then can be loaded again."""
    billing = example_billing()
    for name in ("contacts", "payment_methods"):
        billing["accounts"][1][name] += billing["accounts"][0][name]
    assert parsed(billing).billing is not None


def test_a_line_may_bear_a_charge_that_is_gone() -> None:
    assert parsed(changed(f"{CHAT}.invoices[0].lines[0].charge_id", "cancelled-last-year")).billing is not None
