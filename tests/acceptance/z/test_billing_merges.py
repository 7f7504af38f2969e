"""A billing merge through the deployed stack: each decision, its ledger, and what becomes of both accounts."""

from datetime import date

import msgspec
import pytest

from deskshift.model.billing import Credit, Payment, Term
from tests.acceptance.z.conftest import MakeMerging
from tests.support.billing import account, invoice, paid, subscription
from tests.support.merging import AFTER, BEFORE, BILL, PAID, SUPPORT, at, of

CONTRACT = {
    "id": "contract-1",
    "executed_at": "2022-11-25T09:00:00Z",
    "start": AFTER,
    "end": "2023-12-01",
    "cycle": "year",
    "prices": {"chat-pro": "180", "support-pro": "550"},
}
CO_TERM = {"choice": "co_term", "chosen_at": "2022-11-25T10:00:00Z"}


@pytest.mark.requirement("Z-21", "Z-24", "Z-25")
def test_after_the_deadline_chat_takes_supports_terms_and_what_was_previewed_is_posted(merging: MakeMerging) -> None:
    with at("2022-12-02T08:00:00+00:00"):
        one = merging()
        preview = one.preview()
        shown = one.merge(preview)
    made, report, now = preview["preview"], shown["report"], one.billing()
    assert (made["decision"], shown["status"]) == ("inherit", "done")
    assert made["due_now_minor"] == 15534 + 3573 - 1800 - 414
    support, chat = of(now, "support"), of(now, "chat")
    assert now["shared_account_id"] == support["id"]
    assert (chat["status"], chat["subscriptions"]) == ("closed", [])
    moved = next(sub for sub in support["subscriptions"] if sub["id"] == "sub-chat")
    assert (moved["cycle"], moved["term"]["end"]) == ("year", "2023-03-01")
    assert [line["amount_minor"] for line in support["invoices"][-1]["lines"]] == [15534]
    assert [(one["amount_minor"], one["currency"]) for one in support["credits"]] == [(2214, "EUR")]
    assert {contact["id"]: contact["active"] for contact in support["contacts"]} == {
        "contact-support": True,
        "contact-chat": False,
    }
    # The ledger adds up to the preview, line by line and in the sum.
    entries = report["ledger"]
    assert [entry["outcome"] for entry in entries] == ["moved"] * 4
    assert sum(entry["amount_minor"] for entry in entries) == made["total_minor"]
    assert report["approved_by"] == "owner"


@pytest.mark.requirement("Z-23", "Z-36")
def test_before_the_deadline_the_accounts_are_merged_before_the_window(merging: MakeMerging) -> None:
    with at("2022-11-14T08:00:00+00:00"):
        one = merging(upgrade_at=BEFORE)
        preview = one.preview()
        shown = one.merge(preview, upgrade_passed=False)
    assert (preview["preview"]["decision"], shown["status"]) == ("merge", "done")
    assert preview["preview"]["steps"]
    moved = next(sub for sub in of(one.billing(), "support")["subscriptions"] if sub["id"] == "sub-chat")
    assert (moved["cycle"], moved["anchor"], moved["charges"][0]["unit_price"]) == ("month", "2022-03-01", "20")
    with at("2022-11-16T08:00:00+00:00"):
        late = merging(upgrade_at=BEFORE)
        refused = late.merge(late.preview())
    assert [r["code"] for r in refused["report"]["refusals"]] == ["window_begun"]


@pytest.mark.requirement("Z-22")
def test_the_same_details_are_only_linked(merging: MakeMerging) -> None:
    chat = msgspec.structs.replace(
        SUPPORT,
        id="billing-chat",
        number="A-chat",
        product="chat",
        contacts=tuple(msgspec.structs.replace(c, id="contact-chat") for c in SUPPORT.contacts),
        payment_methods=tuple(msgspec.structs.replace(m, id="card-chat") for m in SUPPORT.payment_methods),
        payment_method_id="card-chat",
        subscriptions=(msgspec.structs.replace(SUPPORT.subscriptions[0], id="sub-chat"),),
    )
    one = merging(chat, SUPPORT)
    before = one.billing()
    preview = one.preview()
    shown = one.merge(preview)
    assert (preview["preview"]["decision"], shown["status"]) == ("unaffected", "done")
    assert one.billing() == {**before, "shared_account_id": "billing-support"}
    assert one.account.sandbox.state(one.account.id)["sent"] == []


@pytest.mark.requirement("Z-26")
def test_a_cancelled_chat_is_charged_no_more_and_joins_nothing(merging: MakeMerging) -> None:
    with at("2022-11-20T12:00:00+00:00"):
        one = merging(choice="cancel", chosen_at="2022-11-20T10:00:00Z")
        preview = one.preview()
        shown = one.merge(preview, upgrade_passed=False)
    assert (preview["preview"]["decision"], shown["status"]) == ("cancel", "done")
    now = one.billing()
    assert now["shared_account_id"] is None
    assert (of(now, "chat")["subscriptions"], of(now, "chat")["status"]) == ([], "closed")


@pytest.mark.requirement("Z-27")
def test_a_combined_contract_counts_for_both(merging: MakeMerging) -> None:
    one = merging(contracts=[CONTRACT], **CO_TERM)
    with at("2022-12-02T08:00:00+00:00"):
        preview = one.preview()
        shown = one.merge(preview)
    assert (preview["preview"]["decision"], shown["status"]) == ("co_term", "done")
    terms = {sub["id"]: sub["term"]["end"] for sub in of(one.billing(), "support")["subscriptions"]}
    assert terms == {"sub-chat": "2023-12-01", "sub-support": "2023-12-01"}


@pytest.mark.requirement("Z-28")
def test_a_contract_that_came_after_the_chat_term_leaves_chat_to_inherit(merging: MakeMerging) -> None:
    term = Term(start=date(2022, 10, 20), end=date(2022, 11, 20), months=1)
    chat = msgspec.structs.replace(PAID, subscriptions=(subscription("chat", "20", term=term),))
    one = merging(chat, SUPPORT, contracts=[CONTRACT], **CO_TERM)
    with at("2022-12-02T08:00:00+00:00"):
        preview = one.preview()
        shown = one.merge(preview)
    assert (preview["preview"]["decision"], shown["status"]) == ("inherit", "done")
    assert "Z-28" in preview["preview"]["reason"]
    moved = next(sub for sub in of(one.billing(), "support")["subscriptions"] if sub["id"] == "sub-chat")
    assert (moved["cycle"], moved["charges"][0]["unit_price"]) == ("year", "210")


def test_what_nets_to_nothing_is_not_settled(merging: MakeMerging) -> None:
    owed = invoice("chat", 700, date(2022, 10, 10), date(2022, 11, 10), one="inv-2")
    ahead = Payment(id="ahead", currency="EUR", amount_minor=700)
    chat = msgspec.structs.replace(PAID, invoices=(*PAID.invoices, owed), payments=(*PAID.payments, ahead))
    one = merging(chat, SUPPORT)
    shown = one.merge(one.preview())
    assert [task["code"] for task in shown["report"]["tasks"]] == ["account_open"]
    assert of(one.billing(), "chat")["status"] == "active"


@pytest.mark.requirement("Z-23")
def test_beside_an_unpaid_support_chat_keeps_what_it_is_paid_by(merging: MakeMerging) -> None:
    unpaid = account(
        "support",
        subscriptions=(subscription("support", "0", state="free"),),
        contacts=(),
        payment_methods=(),
        payment_method_id=None,
    )
    with at("2022-11-14T08:00:00+00:00"):
        one = merging(PAID, unpaid, upgrade_at=BEFORE)
        shown = one.merge(one.preview(), upgrade_passed=False)
    now = of(one.billing(), "support")
    assert [(each["id"], each["active"]) for each in (*now["contacts"], *now["payment_methods"])] == [
        ("contact-chat", True),
        ("card-chat", True),
    ]
    assert {"no_contacts", "no_payment_method"} <= {task["code"] for task in shown["report"]["tasks"]}


@pytest.mark.requirement("Z-22")
def test_an_account_that_is_only_linked_keeps_no_card_of_chat(merging: MakeMerging) -> None:
    chat = account("chat", subscriptions=(subscription("chat", "0", state="trial"),))
    one = merging(chat, SUPPORT)
    before = of(one.billing(), "support")
    preview = one.preview()
    assert preview["preview"]["inventory"]["added"] == []
    assert one.merge(preview)["status"] == "done"
    assert of(one.billing(), "support") == before


def test_a_credit_in_another_currency_stays_and_its_account_too(merging: MakeMerging) -> None:
    bill = invoice("chat", 3000, date(2022, 11, 10), date(2022, 12, 10), currency="USD")
    chat = account("chat", currency="USD", invoices=(bill,), payments=(paid(bill, 3000),))
    one = merging(chat, SUPPORT)
    shown = one.merge(one.preview())
    assert shown["status"] == "done"
    assert [task["code"] for task in shown["report"]["tasks"]] == ["credit_in_another_currency", "account_open"]
    now = of(one.billing(), "chat")
    assert (now["status"], now["autopay"], now["dunning"], now["renewal"]) == ("active", True, True, False)
    assert [(c["amount_minor"], c["currency"]) for c in now["credits"]] == [(900, "USD")]
    assert next(entry["outcome"] for entry in shown["report"]["ledger"]) == "skipped"


def test_an_account_with_a_thousand_invoice_lines_is_merged(merging: MakeMerging) -> None:
    lines = tuple(msgspec.structs.replace(BILL.lines[0], id=f"line-{n}") for n in range(1000))
    of_all = msgspec.structs.replace(BILL, lines=lines, tax=())
    one = merging(account("chat", invoices=(of_all,), payments=(paid(of_all, 3_000_000),)), SUPPORT)
    preview = one.preview()
    shown = one.merge(preview)
    taxes = [tax for document in preview["preview"]["tax"] for tax in document["tax"]]
    assert len(preview["preview"]["lines"]) > 2000
    assert (shown["status"], len(shown["report"]["ledger"])) == (
        "done",
        len(preview["preview"]["lines"]) + len(taxes),
    )
    assert sum(entry["amount_minor"] for entry in shown["report"]["ledger"]) == preview["preview"]["total_minor"]


def test_credits_move_with_the_subscription_and_the_old_account_is_closed(merging: MakeMerging) -> None:
    chat = msgspec.structs.replace(PAID, credits=(Credit(id="memo", currency="EUR", amount_minor=700),))
    one = merging(chat, SUPPORT)
    preview = one.preview()
    shown = one.merge(preview)
    assert (shown["status"], shown["report"]["tasks"]) == ("done", [])
    now = one.billing()
    assert (of(now, "chat")["status"], of(now, "chat")["credits"]) == ("closed", [])
    assert sum(each["amount_minor"] for each in of(now, "support")["credits"]) == 700 + 2214


def test_a_contact_of_chat_never_replaces_one_of_support(merging: MakeMerging) -> None:
    mine = msgspec.structs.replace(PAID.contacts[0], id=SUPPORT.contacts[0].id)
    card = msgspec.structs.replace(PAID.payment_methods[0], id="card-support")
    chat = msgspec.structs.replace(PAID, contacts=(mine,), payment_methods=(card,), payment_method_id="card-support")
    one = merging(chat, SUPPORT)
    preview = one.preview()
    assert set(preview["preview"]["inherited"]) >= {"contacts", "payment_method"}
    one.merge(preview)
    now = of(one.billing(), "support")
    assert [(each["email"], each["active"]) for each in now["contacts"]] == [
        ("support@acme.example", True),
        ("chat@acme.example", False),
    ]
    assert [(each["gateway_id"], each["active"]) for each in now["payment_methods"]] == [
        ("gw-support", True),
        ("gw-chat", False),
    ]


def test_an_unpaid_chat_is_linked_with_zero_lines(merging: MakeMerging) -> None:
    chat = account("chat", subscriptions=(subscription("chat", "0", state="trial"),))
    one = merging(chat, SUPPORT)
    shown = one.merge(one.preview())
    assert (shown["status"], shown["report"]["ledger"]) == ("done", [])
    assert one.billing()["shared_account_id"] == "billing-support"
