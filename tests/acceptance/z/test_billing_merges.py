"""A billing merge from the preview to the ledger, through the deployed stack."""

import json
from datetime import date
from typing import Any

import msgspec
import pytest

from deskshift.model.billing import Credit
from infra.local.stack.errors import FunctionFailed
from tests.conftest import MakeAccount
from tests.support.billing import account, billing, invoice, paid, subscription
from tests.support.merging import DEAD_LETTERS, Merging, at, export_of
from tests.support.moves import Json

AFTER, BEFORE = "2022-12-01", "2022-11-15"
BILL = invoice("chat", 6000, date(2022, 11, 10), date(2022, 12, 10), tax=1380)
PAID = account("chat", invoices=(BILL,), payments=(paid(BILL, 7380),))
SUPPORT = account("support", "600")


def of(shown: Json, product: str) -> Json:
    found: Json = next(one for one in shown["accounts"] if one["product"] == product)
    return found


@pytest.fixture
def merging(make_account: MakeAccount) -> Any:  # noqa: ANN401 - a function
    def make(*accounts: Any, upgrade_at: str = AFTER, **asked: Any) -> Merging:  # noqa: ANN401 - by name
        given = billing(*(accounts or (PAID, SUPPORT)))
        return Merging(make_account(export_of(given)), upgrade_at=upgrade_at, **asked)

    return make


@pytest.mark.requirement("Z-21", "Z-24", "Z-25")
def test_after_the_deadline_chat_takes_supports_terms_and_what_was_previewed_is_posted(merging: Any) -> None:  # noqa: ANN401
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
def test_before_the_deadline_the_accounts_are_merged_before_the_window(merging: Any) -> None:  # noqa: ANN401
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
def test_the_same_details_are_only_linked(merging: Any) -> None:  # noqa: ANN401
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
def test_a_cancelled_chat_is_charged_no_more_and_joins_nothing(merging: Any) -> None:  # noqa: ANN401
    with at("2022-11-20T12:00:00+00:00"):
        one = merging(choice="cancel", chosen_at="2022-11-20T10:00:00Z")
        preview = one.preview()
        shown = one.merge(preview, upgrade_passed=False)
    assert (preview["preview"]["decision"], shown["status"]) == ("cancel", "done")
    now = one.billing()
    assert now["shared_account_id"] is None
    assert (of(now, "chat")["subscriptions"], of(now, "chat")["status"]) == ([], "closed")


@pytest.mark.requirement("Z-27")
def test_a_combined_contract_counts_for_both(make_account: MakeAccount) -> None:
    contract: Any = {
        "id": "contract-1",
        "executed_at": "2022-11-25T09:00:00Z",
        "start": AFTER,
        "end": "2023-12-01",
        "cycle": "year",
        "prices": {"chat-pro": "180", "support-pro": "550"},
    }
    export = export_of(billing(PAID, SUPPORT))
    export["billing"]["contracts"] = [contract]
    asked = {"upgrade_at": AFTER, "choice": "co_term", "chosen_at": "2022-11-25T10:00:00Z"}
    one = Merging(make_account(export), **asked)
    with at("2022-12-02T08:00:00+00:00"):
        preview = one.preview()
        shown = one.merge(preview)
    assert (preview["preview"]["decision"], shown["status"]) == ("co_term", "done")
    terms = {sub["id"]: sub["term"]["end"] for sub in of(one.billing(), "support")["subscriptions"]}
    assert terms == {"sub-chat": "2023-12-01", "sub-support": "2023-12-01"}


@pytest.mark.requirement("Z-24")
def test_a_failed_upgrade_posts_nothing(merging: Any) -> None:  # noqa: ANN401
    one = merging()
    before = one.billing()
    shown = one.merge(one.preview(), upgrade_passed=False)
    assert (shown["status"], shown["claimed"]) == ("refused", False)
    assert [r["code"] for r in shown["report"]["refusals"]] == ["upgrade_not_passed"]
    assert {entry["outcome"] for entry in shown["report"]["ledger"]} == {"failed"}
    assert one.billing() == before


@pytest.mark.requirement("Z-24")
def test_nothing_is_posted_before_the_upgrade_was_to_begin(merging: Any) -> None:  # noqa: ANN401
    with at("2022-12-01T21:59:59+00:00"):
        one = merging()
        early = one.merge(one.preview())
    assert (early["status"], [r["code"] for r in early["report"]["refusals"]]) == ("refused", ["upgrade_not_due"])
    with at("2022-12-01T22:00:00+00:00"):
        assert one.merge(one.preview(), request_id="merge-2")["status"] == "done"


@pytest.mark.requirement("Z-24", "Z-25")
def test_what_was_refused_is_tried_again_by_another_request_and_keeps_its_own_end(merging: Any) -> None:  # noqa: ANN401
    one = merging()
    preview = one.preview()
    assert one.merge(preview, upgrade_passed=False)["status"] == "refused"
    done = one.merge(preview, request_id="merge-2")
    assert (done["status"], done["request_ids"]) == ("done", ["merge-1", "merge-2"])
    after = one.billing()
    answered = one.waited_for(preview, upgrade_passed=False)
    assert (answered["status"], answered["error"]) == ("FAILED", "upgrade_not_passed")
    assert (one.show(preview["merge_id"]), one.billing()) == (done, after)


def test_a_request_id_that_was_used_for_another_request_is_a_dead_letter(merging: Any) -> None:  # noqa: ANN401
    one = merging()
    preview = one.preview()
    refused = one.merge(preview, upgrade_passed=False)
    one.send(one.request(preview), dedup=f"differs-{one.account.id}")
    assert one.ended(preview) == refused
    letters = [m for m in one.account.stack.queue_messages(DEAD_LETTERS) if one.account.id in m.body]
    assert [m.attributes["error_code"] for m in letters] == ["request_differs"]
    assert "upgrade_passed" in letters[0].attributes["reason"]


def test_a_preview_made_anew_is_carried_out_by_its_own_order(merging: Any) -> None:  # noqa: ANN401
    """Both previews of one request have one merge; what was refused of the first one is not posted by the second."""
    one = merging()
    first = one.preview()
    assert one.merge(first, upgrade_passed=False)["status"] == "refused"
    changed = one.billing()
    of(changed, "chat")["subscriptions"][0]["charges"][0]["seats"][0]["quantity"] = 4
    one.account.sandbox.set_options(one.account.id, billing=changed)
    second = one.preview()
    assert second["merge_id"] == first["merge_id"]
    shown = one.merge(second, request_id="merge-2")
    assert (shown["status"], shown["preview_id"]) == ("done", second["preview"]["preview_id"])
    assert shown["report"]["preview"]["total_minor"] == second["preview"]["total_minor"]


def test_a_choice_of_tomorrow_is_none(merging: Any) -> None:  # noqa: ANN401
    with at("2022-11-20T12:00:00+00:00"):
        one = merging(choice="cancel", chosen_at="2022-11-20T12:06:00Z")
        with pytest.raises(FunctionFailed, match="chosen_at"):
            one.preview()
        assert one.preview(chosen_at="2022-11-20T12:05:00Z")["preview"]["decision"] == "cancel"


@pytest.mark.requirement("Z-25")
def test_what_changed_since_the_preview_is_named_and_nothing_is_done(merging: Any) -> None:  # noqa: ANN401
    one = merging()
    preview = one.preview()
    changed = one.billing()
    of(changed, "chat")["subscriptions"][0]["charges"][0]["seats"][0]["quantity"] = 4
    one.account.sandbox.set_options(one.account.id, billing=changed)
    before = one.billing()
    shown = one.merge(preview)
    (why,) = shown["report"]["refusals"]
    assert why["code"] == "changed_since_preview"
    assert "accounts[billing-chat].subscriptions[sub-chat].charges[charge-chat].seats[0].quantity" in why["message"]
    assert one.billing() == before


def test_a_billing_system_that_reckons_otherwise_is_believed_nothing(merging: Any) -> None:  # noqa: ANN401
    one = merging()
    one.account.sandbox.set_options(one.account.id, rounding={"EUR": 10})
    before = one.billing()
    shown = one.merge(one.preview())
    (why,) = shown["report"]["refusals"]
    assert why["code"] == "vendor_differs"
    assert "15534" in why["message"]
    assert one.billing() == before


def test_a_preview_expires_and_is_renewed_by_asking_again(merging: Any) -> None:  # noqa: ANN401
    one = merging()
    with at("2022-12-02T08:00:00+00:00"):
        preview = one.preview()
    assert preview["expires_at"] == "2022-12-09T08:00:00Z"
    with at("2022-12-09T08:00:00+00:00"):
        shown = one.merge(preview)
        assert [r["code"] for r in shown["report"]["refusals"]] == ["preview_expired"]
        again = one.preview()
    assert again["preview"]["preview_id"] == preview["preview"]["preview_id"]
    assert again["expires_at"] == "2022-12-16T08:00:00Z"


def test_nothing_is_posted_shortly_before_a_renewal_unless_forced(merging: Any) -> None:  # noqa: ANN401
    support = msgspec.structs.replace(SUPPORT, renews_at="2022-12-03T00:00:00Z")
    with at("2022-12-02T08:00:00+00:00"):
        one = merging(PAID, support)
        shown = one.merge(one.preview())
        assert [r["code"] for r in shown["report"]["refusals"]] == ["renewal_soon"]
        forced = merging(PAID, support)
        assert forced.merge(forced.preview(), forced=True)["status"] == "done"


def test_a_credit_in_another_currency_stays_and_its_account_too(merging: Any) -> None:  # noqa: ANN401
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


def test_an_account_with_a_thousand_invoice_lines_is_merged(merging: Any) -> None:  # noqa: ANN401
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


def test_a_message_twice_is_one_merge(merging: Any) -> None:  # noqa: ANN401
    one = merging()
    preview = one.preview()
    first = one.merge(preview)
    after = one.billing()
    one.send(one.request(preview), dedup="again")
    one.send(one.request(preview, request_id="merge-2"), dedup="another")
    assert one.ended(preview) == first
    assert one.billing() == after


def test_another_preview_after_the_merge_has_nothing_to_merge(merging: Any) -> None:  # noqa: ANN401
    one = merging()
    one.merge(one.preview())
    again = one.preview(request_id="request-2")["preview"]
    assert [r["code"] for r in again["refusals"]] == ["already_one_account"]


def test_a_preview_of_another_account_is_unknown_here(merging: Any) -> None:  # noqa: ANN401
    one, other = merging(), merging()
    preview = other.preview()
    one.send(one.request(preview), dedup="foreign")
    one.account.stack.drain(60)
    letters = [m for m in one.account.stack.queue_messages(DEAD_LETTERS) if one.account.id in m.body]
    assert [m.attributes["error_code"] for m in letters] == ["unknown_preview"]
    assert other.billing()["shared_account_id"] is None


def test_a_machine_that_waits_is_told_how_it_ended(merging: Any) -> None:  # noqa: ANN401
    one = merging()
    done = one.waited_for(one.preview())
    assert done["status"] == "SUCCEEDED"
    assert json.loads(done["output"])["status"] == "done"
    refused = one.waited_for(one.preview(request_id="request-2"), forced=True)
    assert (refused["status"], refused["error"]) == ("FAILED", "already_one_account")
    never = one.waited_for(one.preview(request_id="request-3"), preview_id="preview-none", forced=True)
    assert (never["status"], never["error"]) == ("FAILED", "unknown_preview")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("preview_id", None),
        ("approved_by", ""),
        ("upgrade_passed", "yes"),
        ("forced", 1),
        ("aproved_by", "owner"),
        ("account_id", "../x"),
        ("task_token", 5),
    ],
)
def test_a_request_that_can_never_succeed_is_a_dead_letter(merging: Any, field: str, value: object) -> None:  # noqa: ANN401
    one = merging()
    body = one.request(one.preview(), **{field: value})
    one.send({**body, "request_id": f"wrong-{field}-{one.account.id}"[:128]}, dedup=f"wrong-{field}-{one.account.id}")
    one.account.stack.drain(60)
    wrong = [m for m in one.account.stack.queue_messages(DEAD_LETTERS) if f"wrong-{field}-{one.account.id}" in m.body]
    assert [m.attributes["error_code"] for m in wrong] == ["invalid_field"]
    assert field in wrong[0].attributes["reason"]


def test_credits_move_with_the_subscription_and_the_old_account_is_closed(merging: Any) -> None:  # noqa: ANN401
    chat = msgspec.structs.replace(PAID, credits=(Credit(id="memo", currency="EUR", amount_minor=700),))
    one = merging(chat, SUPPORT)
    preview = one.preview()
    shown = one.merge(preview)
    assert (shown["status"], shown["report"]["tasks"]) == ("done", [])
    now = one.billing()
    assert (of(now, "chat")["status"], of(now, "chat")["credits"]) == ("closed", [])
    assert sum(each["amount_minor"] for each in of(now, "support")["credits"]) == 700 + 2214


def test_a_contact_of_chat_never_replaces_one_of_support(merging: Any) -> None:  # noqa: ANN401
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


def test_an_unpaid_chat_is_linked_with_zero_lines(merging: Any) -> None:  # noqa: ANN401
    chat = account("chat", subscriptions=(subscription("chat", "0", state="trial"),))
    one = merging(chat, SUPPORT)
    shown = one.merge(one.preview())
    assert (shown["status"], shown["report"]["ledger"]) == ("done", [])
    assert one.billing()["shared_account_id"] == "billing-support"
