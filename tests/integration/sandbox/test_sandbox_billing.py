"""The sandbox's billing over the contract; each call is checked against the OpenAPI file, request and answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.local.sandbox.export import parse_export
from tests.integration.sandbox.platform_client import SECRET, Json, Platform
from tests.unit.sandbox.example_account import example_export
from tests.unit.sandbox.example_billing import charge, example_billing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from infra.local.sandbox.client import Sandbox
    from tests.integration.sandbox.contract_check import ContractCheck

T = "2022-11-25"
"""The day of the change: 15 of the 30 days of the chat's invoice are left."""


def seed(platform: Platform, billing: Json) -> Platform:
    export = {**example_export(platform.account), "billing": billing}
    platform.sandbox.add_account(export, token=platform.token, webhook_secret=SECRET)
    return platform


@pytest.fixture
def billed(sandbox: Sandbox, contract: ContractCheck) -> Iterator[Platform]:
    platform = Platform(sandbox, "billed", "token-billed", contract)
    yield seed(platform, example_billing())
    sandbox.remove_account("billed")


def change(**fields: object) -> Json:
    """The chat subscription goes to support's account: yearly at 240 a seat, 5 seats, to the end of support's term."""
    new = charge("chat", "240", 5)
    made = {
        "subscription_id": "chat",
        "account_id": "billing-chat",
        "to_account_id": "billing-support",
        "effective": T,
        "until": "2023-03-01",
        "cycle": "year",
        "anchor": "2022-03-01",
        "currency": "EUR",
        "charges": [new | {"discounts": [], "tax_rate": "23"}],
    }
    return {**made, **fields}


def order(*changes: Json, number: str = "order-1") -> Json:
    return {"number": number, "effective": T, "changes": list(changes or (change(),))}


def place(platform: Platform, *changes: Json, number: str = "order-1") -> Json:
    reply = platform.post("/billing/orders", order(*changes, number=number))
    assert reply.status == 201, reply.data
    outcome: Json = reply.json
    return outcome


def amounts(outcome: Json) -> list[tuple[str, int, int]]:
    return [(each["kind"], each["amount_minor"], each["due_minor"]) for each in outcome["lines"]]


def taxes(outcome: Json) -> dict[str, int]:
    return {each["document"]: sum(tax["amount_minor"] for tax in each["tax"]) for each in outcome["tax"]}


def account(platform: Platform, product: str) -> Json:
    found: Json = platform.get(f"/billing/accounts/billing-{product}").json
    return found


def test_the_billing_is_the_exports_with_the_accounts_own_facts(billed: Platform) -> None:
    read = billed.get("/billing").json
    assert (read["account_id"], read["time_zone"], read["locale"]) == ("billed", "America/Sao_Paulo", "pt-BR")
    assert read["accounts"][0] == account(billed, "chat")
    assert read["contracts"] == example_billing()["contracts"]
    assert billed.get("/billing/accounts/billing-9").code == "not_found"


def test_an_account_without_billing_says_so(platform: Platform) -> None:
    assert platform.get("/billing").status == 404
    for reply in (platform.get("/billing"), platform.post("/billing/orders", order())):
        assert (reply.status, reply.code) == (404, "no_billing")


def test_what_is_paid_is_credited_what_is_open_is_reduced_and_the_rest_is_charged(billed: Platform) -> None:
    """15 of 30 days of 90.00 and 10.00, half of each paid; then 96 of the 365 days of 1,200.00."""
    outcome = billed.post("/billing/orders/preview", order()).json
    assert amounts(outcome) == [
        ("credit", -2250, -2250),
        ("reduction", -2250, -2250),
        ("credit", -250, -250),
        ("reduction", -250, -250),
        ("charge", 31562, 31562),
    ]
    assert taxes(outcome) == {"reduction:chat-invoice": -575, "credit:chat-invoice": -575, "invoice": 7259}
    assert outcome["posted_at"] is None
    assert account(billed, "chat")["version"] == 1


def test_an_order_moves_the_subscription_and_posts_every_document(billed: Platform) -> None:
    previewed = billed.post("/billing/orders/preview", order()).json
    outcome = place(billed)
    assert outcome["posted_at"] is not None
    assert {**outcome, "posted_at": None} == previewed
    chat, support = account(billed, "chat"), account(billed, "support")
    assert (chat["version"], support["version"]) == (2, 2)
    assert chat["subscriptions"] == []
    moved = support["subscriptions"][1]
    assert (moved["id"], moved["cycle"], moved["anchor"]) == ("chat", "year", "2022-03-01")
    assert (moved["term"]["start"], moved["term"]["end"]) == (T, "2023-03-01")
    (reduction,) = chat["credits"]
    assert (reduction["amount_minor"], reduction["applied"][0]["amount_minor"]) == (3075, 3075)
    (memo,) = support["credits"]
    assert (memo["amount_minor"], memo["applied"]) == (3075, [])
    (invoice,) = support["invoices"]
    assert [each["amount_minor"] for each in invoice["lines"]] == [31562]
    assert invoice["tax"] == [{"rate": "23", "amount_minor": 7259}]


def test_the_same_order_again_answers_as_the_first_time_and_another_is_refused(billed: Platform) -> None:
    first = place(billed)
    after = billed.get("/billing").json
    again = billed.post("/billing/orders", order())
    assert (again.status, again.json) == (200, first)
    assert billed.get("/billing/orders/order-1").json == first
    other = billed.post("/billing/orders", order(change(until="2023-02-01")))
    assert (other.status, other.code) == (409, "order_differs")
    assert billed.get("/billing").json == after
    assert billed.get("/billing/orders/order-2").code == "not_found"


def test_a_credit_in_another_currency_stays_on_the_old_account(billed: Platform) -> None:
    billing = example_billing()
    billing["accounts"][1]["currency"] = "CHF"
    seed(billed, billing)
    outcome = place(billed, change(currency="CHF"))
    assert {each["kind"]: each["currency"] for each in outcome["lines"]} == {
        "credit": "EUR",
        "reduction": "EUR",
        "charge": "CHF",
    }
    assert [each["amount_minor"] for each in account(billed, "chat")["credits"]] == [3075, 3075]
    assert account(billed, "support")["credits"] == []
    assert account(billed, "support")["invoices"][0]["currency"] == "CHF"


def test_the_increment_that_is_set_rounds_each_line(billed: Platform) -> None:
    billing = example_billing()
    billing["accounts"][1]["currency"] = "CHF"
    seed(billed, billing)
    for increment, amount in ((1, 31562), (5, 31560), (100, 31600)):
        billed.sandbox.set_options("billed", rounding={"CHF": increment})
        outcome = billed.post("/billing/orders/preview", order(change(currency="CHF"))).json
        assert amounts(outcome)[-1] == ("charge", amount, amount)


def test_a_currency_without_decimals_is_reckoned_in_whole_units(billed: Platform) -> None:
    outcome = billed.post("/billing/orders/preview", order(change(currency="XOF"))).json
    assert amounts(outcome)[-1] == ("charge", 316, 316)


def test_of_a_run_of_whole_periods_the_first_is_due(billed: Platform) -> None:
    """Ten a month for five seats: two months, and 19 of 28 days."""
    new = charge("chat", "10", 5, discounts=[])
    monthly = change(cycle="month", anchor="2022-01-10", charges=[new], effective="2022-12-10")
    outcome = billed.post("/billing/orders/preview", order(monthly)).json
    assert amounts(outcome) == [("charge", 10000, 5000), ("charge", 3393, 0)]
    assert taxes(outcome) == {"invoice": 1150, "later": 1930}


def test_a_discount_that_ends_divides_the_span(billed: Platform) -> None:
    discount = {"percent": "50", "start": "2020-01-01", "end": "2023-01-10"}
    monthly = change(
        cycle="month",
        anchor="2022-01-10",
        effective="2022-12-10",
        until="2023-02-10",
        charges=[charge("chat", "10", 5, discounts=[discount])],
    )
    outcome = billed.post("/billing/orders/preview", order(monthly)).json
    assert [(each["start"], each["amount_minor"]) for each in outcome["lines"]] == [
        ("2022-12-10", 2500),
        ("2023-01-10", 5000),
    ]


def test_what_is_billed_in_arrears_is_charged_at_the_old_price_and_nothing_is_credited(billed: Platform) -> None:
    billing = example_billing()
    subscription = billing["accounts"][0]["subscriptions"][0]
    subscription |= {"timing": "arrears", "billed_until": "2022-11-10"}
    subscription["charges"][0]["discounts"] = []
    seed(billed, billing)
    outcome = place(billed)
    assert amounts(outcome) == [("arrears", 5000, 5000), ("charge", 31562, 0)]
    assert account(billed, "support")["subscriptions"][1]["billed_until"] == T


def test_a_cancelled_subscription_leaves_with_or_without_a_credit(billed: Platform) -> None:
    cancelled = change(to_account_id="billing-chat", until=None, charges=[], currency="EUR")
    without = billed.post("/billing/orders/preview", order({**cancelled, "credit_unused": False})).json
    assert {kind for kind, _, _ in amounts(without)} == {"reduction"}, "what was not paid is not charged all the same"
    outcome = place(billed, cancelled)
    assert {kind for kind, _, _ in amounts(outcome)} == {"credit", "reduction"}
    chat = account(billed, "chat")
    assert chat["subscriptions"] == []
    assert [each["amount_minor"] for each in chat["credits"]] == [3075, 3075]
    assert account(billed, "support")["version"] == 1


def test_the_last_credit_takes_what_is_left_of_an_invoices_tax(billed: Platform) -> None:
    """The tax that was charged is a cent below the rate's; giving everything back gives back that, and no more."""
    billing = example_billing()
    chat = billing["accounts"][0]
    chat["invoices"][0]["tax"][0]["amount_minor"] = 2299
    chat["payments"][0] |= {"amount_minor": 12299, "applied": [{"invoice_id": "chat-invoice", "amount_minor": 12299}]}
    seed(billed, billing)
    outcome = billed.post("/billing/orders/preview", order(change(effective="2022-11-10"))).json
    assert taxes(outcome)["credit:chat-invoice"] == -2299


def test_what_was_refunded_or_credited_before_is_not_credited_again(billed: Platform) -> None:
    billing = example_billing()
    chat = billing["accounts"][0]
    chat["payments"][0]["returned"] = [{"invoice_id": "chat-invoice", "amount_minor": 6150}]
    chat["credits"] = [
        {
            "id": "memo",
            "currency": "EUR",
            "amount_minor": 11070,
            "applied": [{"invoice_id": "chat-invoice", "amount_minor": 11070, "line_id": "chat-line-1"}],
        }
    ]
    seed(billed, billing)
    outcome = billed.post("/billing/orders/preview", order()).json
    assert amounts(outcome)[:-1] == [("reduction", -500, -500)]


REFUSED: list[tuple[Callable[[], Json], int, str, str]] = [
    (lambda: order(change(account_id="billing-9")), 400, "invalid_request", "changes[0].account_id"),
    (lambda: order(change(to_account_id="billing-9")), 400, "invalid_request", "changes[0].to_account_id"),
    (lambda: order(change(until=T)), 400, "invalid_request", "changes[0].until"),
    (lambda: order(change(until="9999-12-31")), 400, "invalid_request", "changes[0].until"),
    (lambda: order(change(), change()), 400, "invalid_request", "changes[1].subscription_id"),
    (lambda: order(change(), change(subscription_id="chat-9")), 409, "no_such_subscription", "changes[1]"),
]


@pytest.mark.parametrize(("body", "status", "code", "field"), REFUSED)
def test_an_order_that_cannot_be_is_refused_and_changes_nothing(
    billed: Platform, body: Callable[[], Json], status: int, code: str, field: str
) -> None:
    before = billed.get("/billing").json
    for path in ("/billing/orders/preview", "/billing/orders"):
        reply = billed.post(path, body())
        assert (reply.status, reply.code, reply.json["error"]["field"]) == (status, code, field)
    assert billed.get("/billing").json == before
    assert billed.get("/billing/orders/order-1").status == 404


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("effective", "2022-02-30", "changes[0].effective"),
        ("cycle", "week", "changes[0].cycle"),
        ("currency", "eur", "changes[0].currency"),
        ("charges", [charge("chat", "-1", 5)], "changes[0].charges[0].unit_price"),
    ],
)
def test_a_field_of_an_order_that_is_not_as_the_contract_says_is_named(
    billed: Platform, field: str, value: object, named: str
) -> None:
    reply = billed.call("POST", "/billing/orders", body=order(change(**{field: value})), valid=False)
    assert (reply.status, reply.code, reply.json["error"]["field"]) == (400, "invalid_request", named)


def test_every_change_raises_the_version_once_however_often_it_is_sent(billed: Platform) -> None:
    base = "/billing/accounts/billing-support"
    contact = {"id": "contact-chat", "role": "bill_to", "name": "Rui", "email": "rui@acme.example", "active": False}
    method = {"id": "card-chat", "gateway_id": "gw-chat", "kind": "card", "label": "ends in 1", "active": False}
    puts = [
        (f"{base}/collection", {"autopay": False, "dunning": False, "renewal": False}),
        (f"{base}/contacts/contact-chat", contact),
        (f"{base}/payment-methods/card-chat", method),
    ]
    for version, (path, body) in enumerate(puts, start=2):
        assert [billed.put(path, body).status for _ in range(2)] == [200, 200]
        assert account(billed, "support")["version"] == version
    kept = account(billed, "support")
    assert (kept["contacts"][1], kept["payment_methods"][1]) == (contact, method)
    assert (kept["autopay"], kept["dunning"], kept["renewal"]) == (False, False, False)
    wrong = billed.put(f"{base}/contacts/another", contact)
    assert (wrong.status, wrong.json["error"]["field"]) == (400, "id")
    assert account(billed, "chat")["version"] == 1


def test_one_account_is_shared_and_no_other_afterwards(billed: Platform) -> None:
    for _ in range(2):
        assert billed.put("/billing/shared-account", {"account_id": "billing-support"}).status == 200
    assert billed.get("/billing").json["shared_account_id"] == "billing-support"
    assert billed.put("/billing/shared-account", {"account_id": "billing-chat"}).code == "already_shared"
    assert billed.put("/billing/shared-account", {"account_id": "billing-9"}).status == 404


def test_an_account_closes_once_it_is_settled(billed: Platform) -> None:
    path = "/billing/accounts/billing-chat/close"
    assert billed.call("POST", path).code == "not_settled", "it has a subscription"
    place(billed)
    reply = billed.call("POST", path)
    assert (reply.status, reply.code) == (409, "not_settled"), "its invoice is part-paid"
    billing = example_billing()
    billing["accounts"][0] |= {"invoices": [], "payments": []}
    seed(billed, billing)
    place(billed)
    assert [billed.call("POST", path).json["status"] for _ in range(2)] == ["closed", "closed"]
    assert account(billed, "chat")["version"] == 3
    back = change(subscription_id="support", account_id="billing-support", to_account_id="billing-chat")
    assert billed.post("/billing/orders", order(back, number="order-2")).code == "account_closed"


def test_scopes_tell_reading_from_writing(billed: Platform) -> None:
    billed.sandbox.set_options("billed", scopes=["billing.read"])
    assert billed.get("/billing").status == 200
    assert billed.post("/billing/orders/preview", order()).status == 200
    for method, path in (
        ("POST", "/billing/orders"),
        ("PUT", "/billing/accounts/billing-chat/collection"),
        ("PUT", "/billing/accounts/billing-chat/contacts/x"),
        ("PUT", "/billing/accounts/billing-chat/payment-methods/x"),
        ("PUT", "/billing/shared-account"),
        ("POST", "/billing/accounts/billing-chat/close"),
    ):
        reply = billed.call(method, path, valid=False)
        assert (reply.code, reply.json["error"]["scope"]) == ("missing_scope", "billing.write")
    billed.sandbox.set_options("billed", scopes=["billing.write"])
    for path in ("/billing", "/billing/accounts/billing-chat", "/billing/orders/order-1"):
        assert billed.get(path).json["error"]["scope"] == "billing.read"
    assert billed.post("/billing/orders/preview", order()).json["error"]["scope"] == "billing.read"


def test_billing_calls_meet_faults_and_limits_as_all_do(billed: Platform) -> None:
    billed.sandbox.faults("billed", "500=0.9")
    assert billed.post("/billing/orders", order()).code == "internal_error"
    billed.sandbox.faults("billed", "429=0.9")
    assert billed.post("/billing/orders", order()).code == "rate_limited"
    billed.sandbox.faults("billed", "")
    assert billed.get("/billing/orders/order-1").status == 404
    billed.sandbox.set_options("billed", rate_limit={"requests": 1, "per_seconds": 60})
    assert [billed.get("/billing").status for _ in range(2)] == [200, 429]


def test_a_dump_is_the_billing_that_was_seeded_and_one_after_a_merge_can_be_loaded(
    billed: Platform, tmp_path: Path
) -> None:
    seeded = parse_export({**example_export("billed"), "billing": billed.dump(tmp_path)["billing.json"]})
    assert seeded.billing == parse_export({**example_export("billed"), "billing": example_billing()}).billing
    place(billed)
    kept = account(billed, "chat")
    billed.put("/billing/accounts/billing-support/contacts/contact-chat", kept["contacts"][0])
    billed.put("/billing/shared-account", {"account_id": "billing-support"})
    merged = billed.dump(tmp_path)["billing.json"]
    loaded = parse_export({**example_export("billed"), "billing": merged})
    assert loaded.warnings == ()
    seed(billed, merged)
    read = billed.get("/billing").json
    assert {name: read[name] for name in merged} == merged


def test_an_account_without_billing_dumps_none(platform: Platform, tmp_path: Path) -> None:
    assert "billing.json" not in platform.dump(tmp_path)
