"""Orders: previewed into lines, placed once whatever happens to the answer, and found again by their number."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from deskshift.model.billing import Charge, Discount, TaxAmount
from deskshift.model.billing_order import DocumentTax, OrderLine
from deskshift.model.errors import InvalidField, VendorAnswerInvalid, VendorRefused, VendorUnavailable
from tests.integration.zuora.tenant import Tenant, refusal
from tests.integration.zuora.tenant_data import CHAT, SUPPORT, D, discount, june, plan, tax
from tests.integration.zuora.tenant_items import item, reckoned
from tests.integration.zuora.zuora import DAY, billing, change, order
from tests.support.passing_clock import Clock
from tests.support.vendor_server import LOST

ORDERS = ("POST", "/v1/orders")
KEY = "merge-1/order"


UNUSED = item("2026-06-16", "2026-06-30", "-30.00", "-5.70", chargeNumber="C-1")
STUB = item("2026-06-16", "2026-08-31", "150.65", "28.62")
QUARTER = item("2026-09-01", "2026-11-30", "180.00", "34.20")


def line(kind: str, start: date, end: date, amount: int, due: int, **fields: object) -> OrderLine:
    made = {"account_id": SUPPORT, "subscription_id": "A-S1", "charge_id": "C-1", "currency": "EUR", "tax_rate": "19"}
    own = {"kind": kind, "start": start, "end": end, "amount_minor": amount, "due_minor": due}
    return msgspec.convert(made | own | fields, OrderLine)


def test_a_preview_is_read_into_lines_and_taxes(tenant: Tenant, clock: Clock) -> None:
    tenant.preview = reckoned([STUB, QUARTER], [UNUSED])
    got = billing(tenant, clock).preview(order())
    assert got.posted_at is None
    assert got.lines == (
        line("credit", DAY, date(2026, 7, 1), -3000, -3000, account_id=CHAT, invoice_id="june"),
        line("charge", DAY, date(2026, 9, 1), 15065, 15065),
        line("charge", date(2026, 9, 1), date(2026, 12, 1), 18000, 0),
    )
    assert got.tax == (
        DocumentTax(document="credit:june", currency="EUR", tax=(TaxAmount(rate="19", amount_minor=-570),)),
        DocumentTax(document="invoice", currency="EUR", tax=(TaxAmount(rate="19", amount_minor=2862),)),
        DocumentTax(document="later", currency="EUR", tax=(TaxAmount(rate="19", amount_minor=3420),)),
    )


def test_whole_periods_are_one_line_of_which_the_first_is_due(tenant: Tenant, clock: Clock) -> None:
    day = date(2026, 7, 1)
    months = [("2026-07-01", "2026-07-31"), ("2026-08-01", "2026-08-31"), ("2026-09-01", "2026-09-30")]
    tenant.preview = reckoned([item(start, end, "60.00", "11.40") for start, end in reversed(months)])
    monthly = change(effective=day, until=date(2026, 10, 1), cycle="month", anchor=date(2026, 3, 1))
    got = billing(tenant, clock).preview(order(monthly))
    assert got.lines == (line("charge", day, date(2026, 10, 1), 18000, 6000),)
    assert [(one.document, one.tax[0].amount_minor) for one in got.tax] == [("invoice", 1140), ("later", 2280)]


def test_discounts_are_part_of_the_lines_that_they_reduce(tenant: Tenant, clock: Clock) -> None:
    less = {"processingType": "Discount", "chargeNumber": "C-9", "appliedToChargeNumber": "C-00000999"}
    off = [
        item("2026-09-01", "2026-11-30", "-18.00", "-3.42", **less),
        item("2026-06-16", "2026-08-31", "-15.07", "-2.86", **less),
    ]
    tenant.preview = reckoned([STUB, QUARTER, *off])
    got = billing(tenant, clock).preview(order())
    assert [one.amount_minor for one in got.lines] == [13558, 16200]
    assert [one.tax[0].amount_minor for one in got.tax] == [2576, 3078]


@pytest.mark.parametrize(
    ("paid", "balance", "kinds"),
    [
        ("71.40", "0.00", [("credit", -3000)]),
        ("0.00", "71.40", [("reduction", -3000)]),
        ("23.80", "47.60", [("credit", -1000), ("reduction", -2000)]),
    ],
)
def test_what_was_paid_is_credited_and_the_rest_reduces_the_invoice(
    tenant: Tenant, clock: Clock, paid: str, balance: str, kinds: list[tuple[str, int]]
) -> None:
    tenant.invoices[CHAT] = [june(paid, balance)]
    tenant.preview = reckoned([], [UNUSED])
    got = billing(tenant, clock).preview(order())
    assert [(one.kind, one.amount_minor) for one in got.lines] == kinds
    assert sum(tax.amount_minor for one in got.tax for tax in one.tax) == -570


def test_a_subscription_billed_in_arrears_owes_the_days_before_and_nothing_is_due_of_the_new_terms(
    tenant: Tenant, clock: Clock
) -> None:
    tenant.subscriptions[CHAT][0]["ratePlans"][0]["ratePlanCharges"][0]["billingTiming"] = "IN_ARREARS"
    before = item("2026-06-01", "2026-06-15", "30.00", "5.70", chargeNumber="C-1")
    tenant.preview = reckoned([before, STUB, QUARTER])
    got = billing(tenant, clock).preview(order())
    assert [(one.kind, one.amount_minor, one.due_minor) for one in got.lines] == [
        ("arrears", 3000, 3000),
        ("charge", 15065, 0),
        ("charge", 18000, 0),
    ]
    (asked,) = tenant.sent("POST", "/v1/orders/preview")
    assert asked.body["previewOptions"]["specificPreviewThruDate"] == "2026-12-01"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"amountWithoutTax": D("150.655")}, "amountWithoutTax"),
        ({"taxAmount": D("28.625"), "taxationItems": [tax("28.62")]}, "taxAmount"),
        ({"taxationItems": [tax("28.621")]}, "taxationItems.taxAmount"),
        ({"taxationItems": []}, "taxAmount"),
        ({"taxationItems": [tax("28.62") | {"taxRateType": "FlatFee"}]}, "taxRateType"),
        ({"amountWithoutTax": None}, "amountWithoutTax"),
        ({"amountWithoutTax": "NaN"}, "amountWithoutTax"),
        ({"amountWithoutTax": "1e999999"}, "amountWithoutTax"),
        ({"subscriptionNumber": "A-S7"}, "subscriptionNumber"),
        ({"productRatePlanChargeId": "another"}, "productRatePlanChargeId"),
        ({"processingType": "Tax"}, "processingType"),
        ({"processingType": "Discount", "appliedToChargeNumber": "C-7"}, "appliedToChargeNumber"),
        ({"amountWithoutTax": D("-1.00"), "serviceStartDate": "2026-08-01"}, "creditMemoItems"),
    ],
)
def test_an_answer_that_cannot_be_a_line_names_its_field(
    tenant: Tenant, clock: Clock, wrong: dict[str, object], named: str
) -> None:
    tenant.preview = reckoned([STUB | wrong])
    with pytest.raises(VendorAnswerInvalid, match=f"POST /v1/orders/preview: {named}: "):
        billing(tenant, clock).preview(order())


def test_amounts_pass_no_float(tenant: Tenant, clock: Clock) -> None:
    tenant.preview = reckoned([item("2026-06-16", "2026-08-31", "90071992547409.93", "0")])
    (got,) = billing(tenant, clock).preview(order()).lines
    assert got.amount_minor == 9007199254740993
    billing(tenant, clock).place(
        order(change(charges=(msgspec.structs.replace(change().charges[0], unit_price="249.950000000001"),))), KEY
    )
    sent = tenant.sent(*ORDERS)[0].body["subscriptions"][0]["orderActions"][1]["changePlan"]["newProductRatePlan"]
    assert sent["chargeOverrides"][0]["pricing"]["recurringPerUnit"]["listPrice"] == Decimal("249.950000000001")


def test_an_order_replaces_the_plan_sets_the_term_and_gives_it_to_support(tenant: Tenant, clock: Clock) -> None:
    got = billing(tenant, clock, owner_transfer=True).place(order(), KEY)
    assert got.posted_at == "2026-06-16T06:00:00Z"
    (sent,) = tenant.sent(*ORDERS)
    assert sent.headers["idempotency-key"] == KEY
    body = sent.body
    assert (body["orderNumber"], body["orderDate"], body["existingAccountNumber"]) == (
        "merge-1",
        "2026-06-16",
        "A-CHAT",
    )
    assert body["processingOptions"]["runBilling"] is True
    assert body["processingOptions"]["collectPayment"] is False
    terms, changed, owner = body["subscriptions"][0]["orderActions"]
    assert terms["termsAndConditions"]["lastTerm"] == {
        "termType": "TERMED",
        "startDate": "2026-03-01",
        "period": 275,
        "periodType": "Day",
    }
    override = changed["changePlan"]["newProductRatePlan"]["chargeOverrides"][0]
    assert override["billing"] == {
        "billCycleType": "SpecificDayofMonth",
        "billCycleDay": 1,
        "billingPeriod": "Quarter",
        "billingPeriodAlignment": "AlignToTermStart",
        "billingTiming": "IN_ADVANCE",
    }
    assert override["pricing"]["recurringPerUnit"]["quantity"] == 2
    assert owner["ownerTransfer"]["destinationInvoiceAccountNumber"] == "A-SUPPORT"
    assert {one["triggerDate"] for action in (terms, changed, owner) for one in action["triggerDates"]} == {
        "2026-06-16"
    }


def test_without_owner_transfer_the_order_leaves_the_subscription_where_it_is(tenant: Tenant, clock: Clock) -> None:
    system = billing(tenant, clock)
    assert not system.offers.owner_transfer
    system.place(order(), KEY)
    kinds = [one["type"] for one in tenant.sent(*ORDERS)[0].body["subscriptions"][0]["orderActions"]]
    assert kinds == ["TermsAndConditions", "ChangePlan"]


def test_an_owner_alone_that_cannot_be_changed_leaves_nothing_to_order(tenant: Tenant, clock: Clock) -> None:
    alone = order(change(owner_only=True, credit_unused=False))
    system = billing(tenant, clock)
    assert system.preview(alone).lines == ()
    assert system.place(alone, KEY).posted_at == "2026-06-16"
    assert tenant.sent(*ORDERS) == tenant.sent("POST", "/v1/orders/preview") == []


def test_a_term_that_has_ended_is_renewed_first(tenant: Tenant, clock: Clock) -> None:
    day = date(2027, 3, 1)
    billing(tenant, clock).place(order(change(effective=day, until=date(2027, 9, 1))), KEY)
    actions = tenant.sent(*ORDERS)[0].body["subscriptions"][0]["orderActions"]
    assert [one["type"] for one in actions] == ["RenewSubscription", "TermsAndConditions", "ChangePlan"]
    last = actions[1]["termsAndConditions"]["lastTerm"]
    assert (last["startDate"], last["period"]) == ("2027-03-01", 184)


@pytest.mark.parametrize(
    ("fields", "policy"),
    [
        ({}, {"cancellationPolicy": "SpecificDate", "cancellationEffectiveDate": "2026-06-16"}),
        ({"credit_unused": False}, {"cancellationPolicy": "EndOfLastInvoicePeriod"}),
        (
            {"credit_unused": False, "effective": date(2026, 7, 1)},
            {"cancellationPolicy": "SpecificDate", "cancellationEffectiveDate": "2026-07-01"},
        ),
    ],
)
def test_a_cancellation_credits_what_is_unused_only_if_asked(
    tenant: Tenant, clock: Clock, fields: dict[str, Any], policy: dict[str, str]
) -> None:
    billing(tenant, clock).place(order(change(until=None, charges=(), to_account_id=CHAT, **fields)), KEY)
    (action,) = tenant.sent(*ORDERS)[0].body["subscriptions"][0]["orderActions"]
    assert action["cancelSubscription"] == policy


def test_a_discount_that_does_not_go_on_is_taken_out(tenant: Tenant, clock: Clock) -> None:
    own = tenant.subscriptions[CHAT][0]["ratePlans"]
    own[0]["ratePlanCharges"].append(discount("C-4", "12.5", discountLevel="RatePlan"))
    own += [plan("plan-kept", "Loyalty", [discount("C-5", "7")]), plan("plan-gone", "Launch", [discount("C-6", "5")])]
    kept = msgspec.structs.replace(change().charges[0], discounts=(Discount(percent="7", start=date(2026, 3, 1)),))
    billing(tenant, clock).place(order(change(charges=(kept,))), KEY)
    _, changed, removed = tenant.sent(*ORDERS)[0].body["subscriptions"][0]["orderActions"]
    assert removed["removeProduct"] == {"ratePlanId": "plan-gone"}
    override = changed["changePlan"]["newProductRatePlan"]["chargeOverrides"][1]
    assert override["pricing"]["discount"] == {"discountPercentage": 0, "discountLevel": "rateplan"}


def test_a_subscription_whose_renewal_was_switched_off_has_it_among_its_terms_again(
    tenant: Tenant, clock: Clock
) -> None:
    tenant.subscriptions[CHAT][0] |= {"autoRenew": False, "RenewalPaused__c": "Yes"}
    billing(tenant, clock).place(order(), KEY)
    (sent,) = tenant.sent(*ORDERS)[0].body["subscriptions"]
    assert sent["customFields"] == {"RenewalPaused__c": "No"}
    assert sent["orderActions"][0]["termsAndConditions"]["autoRenew"] is True


def _at(price: str) -> Iterator[Charge]:
    return (msgspec.structs.replace(one, unit_price=price) for one in change().charges)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"currency": "USD"}, "currency_cannot_change"),
        ({"credit_unused": False}, "uncredited_change"),
        ({"anchor": date(2026, 2, 1)}, "day_not_on_the_periods"),
        ({"subscription_id": "A-S9"}, "no_such_subscription"),
        ({"charges": ()}, "no_such_charge"),
        ({"charges": tuple(_at("250/3"))}, "price_is_no_decimal"),
    ],
)
def test_what_zuora_cannot_do_is_refused_before_it_is_asked(
    tenant: Tenant, clock: Clock, fields: dict[str, Any], code: str
) -> None:
    with pytest.raises(VendorRefused) as caught:
        billing(tenant, clock).place(order(change(**fields)), KEY)
    assert caught.value.vendor_code == code
    assert tenant.sent(*ORDERS) == []


@pytest.mark.parametrize("number", ["", "merge/1", "m" * 101])
def test_an_order_number_that_zuora_does_not_take_names_the_field(tenant: Tenant, clock: Clock, number: str) -> None:
    with pytest.raises(InvalidField, match=r"order\.number"):
        billing(tenant, clock).preview(order(number=number))


def test_an_order_whose_answer_is_lost_is_found_by_its_number(tenant: Tenant, clock: Clock) -> None:
    tenant.faults[ORDERS] = [LOST] * 6
    got = billing(tenant, clock).place(order(), KEY)
    assert got.posted_at == "2026-06-16T06:00:00Z"
    assert len(tenant.sent(*ORDERS)) == 6
    assert len(tenant.orders) == 1


def test_an_order_is_looked_up_before_it_is_placed_for_the_key_may_be_forgotten(tenant: Tenant, clock: Clock) -> None:
    system = billing(tenant, clock)
    first = system.place(order(), KEY)
    tenant.keys.clear()
    assert system.place(order(), KEY) == first == system.placed("merge-1")
    assert len(tenant.sent(*ORDERS)) == 1


def test_no_order_of_the_number_is_none(tenant: Tenant, clock: Clock) -> None:
    assert billing(tenant, clock).placed("merge-7") is None


def test_while_another_call_with_the_key_is_worked_on_zuora_is_asked_again(tenant: Tenant, clock: Clock) -> None:
    system = billing(tenant, clock)
    tenant.faults[ORDERS] = [(409, refusal(50000050))]
    with pytest.raises(VendorUnavailable, match="409"):
        system.place(order(), KEY)
    assert len(tenant.sent("GET", "/v1/orders/merge-1")) == 2
    assert system.place(order(), KEY).posted_at is not None


def test_a_concurrent_call_that_is_done_by_now_gives_its_order(tenant: Tenant, clock: Clock) -> None:
    billing(tenant, clock).place(order(), KEY)
    tenant.faults["GET", "/v1/orders/merge-1"] = [refusal(50000040)]
    tenant.faults[ORDERS] = [(409, b"")]
    assert billing(tenant, clock).place(order(), KEY).posted_at == "2026-06-16T06:00:00Z"


def test_the_same_key_with_another_order_is_refused(tenant: Tenant, clock: Clock) -> None:
    system = billing(tenant, clock)
    system.place(order(), KEY)
    with pytest.raises(VendorRefused) as caught:
        system.place(order(number="merge-2"), KEY)
    assert caught.value.status == 422


@pytest.mark.parametrize("other", [change(effective=date(2026, 6, 17)), change(subscription_id="A-S2")])
def test_the_same_number_for_another_order_is_refused(tenant: Tenant, clock: Clock, other: Any) -> None:  # noqa: ANN401
    system = billing(tenant, clock)
    system.place(order(), KEY)
    with pytest.raises(VendorRefused, match="order_number_taken"):
        system.place(order(other), "merge-2/order")


@pytest.mark.parametrize(
    ("status", "error"), [("Pending", VendorUnavailable), ("Executing", VendorUnavailable), ("Failed", VendorRefused)]
)
def test_an_order_that_is_not_carried_out_is_no_outcome(
    tenant: Tenant, clock: Clock, status: str, error: type[Exception]
) -> None:
    system = billing(tenant, clock)
    system.place(order(), KEY)
    tenant.orders["merge-1"]["status"] = status
    with pytest.raises(error, match=status.lower() if error is VendorRefused else status):
        system.placed("merge-1")
