"""Accounts: read into the model to the cent, changed, and read back."""

from copy import deepcopy
from datetime import date
from typing import Any

import msgspec
import pytest

from deskshift.model.billing import (
    Applied,
    Charge,
    Contact,
    Credit,
    Discount,
    Invoice,
    InvoiceLine,
    Payment,
    PaymentMethod,
    Seats,
    Subscription,
    TaxAmount,
    Term,
)
from deskshift.model.billing_order import Collection
from deskshift.model.errors import InvalidField, VendorAnswerInvalid, VendorRefused
from tests.integration.zuora.tenant import Tenant
from tests.integration.zuora.tenant_data import CHAT, SUPPORT, D, charge, discount, invoice, item, june, plan, tax
from tests.integration.zuora.zuora import billing
from tests.support.passing_clock import Clock

OFF, ON = (Collection(autopay=one, dunning=one, renewal=one) for one in (False, True))


def _charge(tenant: Tenant) -> dict[str, Any]:
    own: dict[str, Any] = tenant.subscriptions[CHAT][0]["ratePlans"][0]["ratePlanCharges"][0]
    return own


def test_an_account_is_read_with_all_that_it_has(tenant: Tenant, clock: Clock) -> None:
    tenant.page = 1
    got = billing(tenant, clock).read()
    chat, support = got.accounts
    assert (got.account_id, got.shared_account_id, support.number) == ("acme", None, "A-SUPPORT")
    assert (chat.id, chat.number, chat.product, chat.version, chat.status) == (CHAT, "A-CHAT", "chat", 4, "active")
    assert (chat.currency, chat.legal_entity, chat.tax_id) == ("EUR", "Example GmbH", "DE123")
    assert (chat.autopay, chat.dunning, chat.renewal) == (True, True, True)
    assert chat.renews_at == "2027-02-28T23:00:00Z"
    assert chat.contacts == (
        Contact(id="chat-id-bill", role="bill_to", name="Ada Lovelace", email="a@b.example"),
        Contact(id="chat-id-sold", role="sold_to", name="Reception", email=""),
    )
    assert chat.payment_methods == (
        PaymentMethod(
            id="chat-id-method",
            gateway_id="token-of-chat-id",
            kind="CreditCardReferenceTransaction",
            label="Visa 1111",
        ),
    )
    assert chat.subscriptions == (
        Subscription(
            id="A-S1",
            state="paid",
            cycle="month",
            anchor=date(2026, 3, 1),
            term=Term(start=date(2026, 3, 1), end=date(2027, 3, 1), months=12),
            charges=(
                Charge(
                    id="C-1",
                    plan="Chat Team",
                    description="Seats",
                    unit_price="30",
                    seats=(Seats(start=date(2026, 3, 1), quantity=2),),
                    tax_rate="19",
                ),
            ),
            billed_until=date(2026, 7, 1),
        ),
    )
    assert chat.invoices == (
        Invoice(
            id="june",
            number="INV-june",
            issued=date(2026, 6, 1),
            currency="EUR",
            lines=(
                InvoiceLine(
                    id="june-1",
                    charge_id="C-1",
                    description="Seats",
                    start=date(2026, 6, 1),
                    end=date(2026, 7, 1),
                    amount_minor=6000,
                    tax_rate="19",
                ),
            ),
            tax=(TaxAmount(rate="19", amount_minor=1140),),
        ),
    )
    applied = (Applied(invoice_id="june", amount_minor=7140),)
    assert chat.payments == (Payment(id="payment-1", currency="EUR", amount_minor=7140, applied=applied),)


def test_pages_are_read_to_their_end(tenant: Tenant, clock: Clock) -> None:
    tenant.page = 1
    second = deepcopy(tenant.subscriptions[CHAT][0]) | {"subscriptionNumber": "A-S3"}
    tenant.subscriptions[CHAT].append(second)
    assert [one.id for one in billing(tenant, clock).account(CHAT).subscriptions] == ["A-S1", "A-S3"]


def test_a_page_that_is_its_own_next_one_ends_in_an_error(tenant: Tenant, clock: Clock) -> None:
    tenant.page, tenant.page_step = 1, 0
    tenant.invoices[CHAT][0]["items"] = [item(f"i{number}", "C-1-v1", "1.00", None) for number in range(2)]
    with pytest.raises(VendorAnswerInvalid, match="nextPage"):
        billing(tenant, clock).account(CHAT)


def test_credits_refunds_and_what_is_applied_to_nothing_are_read(tenant: Tenant, clock: Clock) -> None:
    parts = [
        {"paymentId": "p1", "appliedAmount": D("20.00")},
        {"paymentId": "p2", "appliedAmount": D("30.00")},
        {"creditMemoId": "m1", "appliedAmount": D("11.40")},
    ]
    items = [
        item("i1", "C-1-v1", "66.00", tax("12.54")),
        item("i2", "C-4-v1", "-6.00", tax("-1.14"), processingType="Discount", appliedToItemId="i1"),
    ]
    tenant.invoices[CHAT] = [invoice("june", "71.40", "35.00", items, parts, refundAmount=D("25.00"))]
    tenant.accounts[CHAT]["metrics"] |= {"unappliedPaymentAmount": "1.50", "unappliedCreditMemoAmount": D("2")}
    got = billing(tenant, clock).account(CHAT)
    assert [one.amount_minor for one in got.invoices[0].lines] == [6000]
    assert got.invoices[0].tax == (TaxAmount(rate="19", amount_minor=1140),)
    assert got.payments == (
        Payment(
            id="p1",
            currency="EUR",
            amount_minor=2000,
            applied=(Applied(invoice_id="june", amount_minor=2000),),
            returned=(Applied(invoice_id="june", amount_minor=2000),),
        ),
        Payment(
            id="p2",
            currency="EUR",
            amount_minor=3000,
            applied=(Applied(invoice_id="june", amount_minor=3000),),
            returned=(Applied(invoice_id="june", amount_minor=500),),
        ),
        Payment(id="chat-id-unapplied-payments", currency="EUR", amount_minor=150),
    )
    memo = Applied(invoice_id="june", amount_minor=1140)
    assert got.credits == (
        Credit(id="m1", currency="EUR", amount_minor=1140, applied=(memo,)),
        Credit(id="chat-id-unapplied-credits", currency="EUR", amount_minor=200),
    )


def test_several_taxes_of_a_line_are_one_rate(tenant: Tenant, clock: Clock) -> None:
    two = [tax("3.00", "0.05"), tax("1.35", "0.0225")]
    items = [item("i1", "C-1-v1", "60.00", None, taxationItems={"data": two}, taxAmount=D("4.35"))]
    tenant.invoices[CHAT] = [invoice("june", "64.35", "64.35", items, [])]
    (got,) = billing(tenant, clock).account(CHAT).invoices
    assert got.tax == (TaxAmount(rate="7.25", amount_minor=435),)
    assert got.lines[0].tax_rate == "7.25"


def test_discounts_seats_and_segments_are_read(tenant: Tenant, clock: Clock) -> None:
    segments = [
        {"price": D("25"), "quantity": D("1"), "effectiveStartDate": "2026-03-01", "effectiveEndDate": "2026-04-01"},
        {"price": D("30"), "quantity": D("2"), "effectiveStartDate": "2026-04-01", "effectiveEndDate": "2026-05-01"},
        {"price": D("30"), "quantity": D("9"), "effectiveStartDate": "2026-05-01", "effectiveEndDate": "2026-05-01"},
        {"price": D("30"), "quantity": D("5"), "effectiveStartDate": "2026-05-01", "effectiveEndDate": "2027-03-01"},
    ]
    _charge(tenant)["chargeSegments"] = list(reversed(segments))
    ends = {"endDateCondition": "Specific_End_Date", "effectiveEndDate": "2026-09-01"}
    own = tenant.subscriptions[CHAT][0]["ratePlans"]
    own.append(plan("plan-2", "Loyalty", [discount("C-5", "12.50", **ends)]))
    own.append(plan("plan-3", "Other", [discount("C-6", "5", discountLevel="RatePlan")]))
    own.append(plan("plan-4", "Old", [charge("C-7", "x", model="Tiered")], lastChangeType="Remove"))
    (got,) = billing(tenant, clock).account(CHAT).subscriptions[0].charges
    assert got.seats == (Seats(start=date(2026, 4, 1), quantity=2), Seats(start=date(2026, 5, 1), quantity=5))
    assert got.discounts == (Discount(percent="12.5", start=date(2026, 3, 1), end=date(2026, 9, 1)),)


@pytest.mark.parametrize(
    ("fields", "price"),
    [
        ({"listPriceBase": "Per_Month", "billingPeriod": "Quarter", "price": D("9.99")}, "29.97"),
        ({"listPriceBase": "Per_Year", "billingPeriod": "Annual", "price": D("100.10")}, "100.1"),
        ({"listPriceBase": None, "price": D("0.0001")}, "0.0001"),
    ],
)
def test_a_price_is_for_a_whole_period_and_never_rounded(
    tenant: Tenant, clock: Clock, fields: dict[str, object], price: str
) -> None:
    _charge(tenant).update(fields)
    (got,) = billing(tenant, clock).account(CHAT).subscriptions
    assert got.charges[0].unit_price == price


@pytest.mark.parametrize(
    ("fields", "anchor"),
    [
        ({"billingDay": "SpecificDayofMonth/31"}, date(2026, 3, 31)),
        ({"billingDay": "SpecificDayofMonth(15)"}, date(2026, 3, 15)),
        ({"billingDay": "ChargeTriggerDay", "triggerDate": "2026-04-09"}, date(2026, 4, 9)),
        ({"billingDay": "SubscriptionStartDay", "triggerDate": "2026-04-09"}, date(2026, 5, 1)),
        (
            {"billingDay": "SpecificDayofMonth(31)", "triggerDate": "2026-04-09", "billingPeriod": "Quarter"},
            date(2026, 7, 31),
        ),
    ],
)
def test_the_anchor_is_a_boundary_that_shows_the_day(
    tenant: Tenant, clock: Clock, fields: dict[str, object], anchor: date
) -> None:
    _charge(tenant).update(fields)
    assert billing(tenant, clock).account(CHAT).subscriptions[0].anchor == anchor


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"model": "Tiered"}, "model"),
        ({"type": "Usage"}, "type"),
        ({"type": "OneTime"}, "type"),
        ({"billingPeriod": "Week"}, "billingPeriod"),
        ({"billingTiming": "Sometimes"}, "billingTiming"),
        ({"billingDay": "SpecificDayofWeek/monday"}, "billingDay"),
        ({"listPriceBase": "Per_Week"}, "listPriceBase"),
        ({"quantity": D("1.5")}, "quantity"),
        ({"price": None}, "price"),
        ({"model": "DiscountFixedAmount"}, "ratePlans"),
    ],
)
def test_a_charge_that_cannot_be_merged_names_its_field(
    tenant: Tenant, clock: Clock, fields: dict[str, object], named: str
) -> None:
    _charge(tenant).update(fields)
    with pytest.raises(VendorAnswerInvalid, match=named):
        billing(tenant, clock).account(CHAT)


@pytest.mark.parametrize(
    ("level", "model"), [("Account", "DiscountPercentage"), ("Subscription", "DiscountFixedAmount")]
)
def test_a_discount_that_has_no_model_is_not_passed_over(tenant: Tenant, clock: Clock, level: str, model: str) -> None:
    own = discount("C-5", "5", discountLevel=level, model=model)
    tenant.subscriptions[CHAT][0]["ratePlans"].append(plan("plan-2", "Loyalty", [own]))
    with pytest.raises(VendorAnswerInvalid, match="C-5"):
        billing(tenant, clock).account(CHAT)


def test_a_suspended_subscription_is_not_passed_over(tenant: Tenant, clock: Clock) -> None:
    tenant.subscriptions[CHAT][0]["status"] = "Suspended"
    with pytest.raises(VendorAnswerInvalid, match="A-S1 status"):
        billing(tenant, clock).account(CHAT)


def test_a_cancelled_subscription_is_gone(tenant: Tenant, clock: Clock) -> None:
    tenant.subscriptions[CHAT][0]["status"] = "Cancelled"
    assert billing(tenant, clock).account(CHAT).subscriptions == ()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"amount": D("71.405")}, "amount"),
        ({"amount": D("71.41")}, "invoiceItems"),
        ({"balance": D("0.001")}, "balance"),
        ({"balance": D("0.01")}, "balance"),
        ({"balance": D("71.41"), "refundAmount": D("71.41")}, "balance"),
        ({"adjustmentAmount": D("-1.00")}, "adjustmentAmount"),
        ({"currency": "XXX"}, "currency"),
    ],
)
def test_an_invoice_that_does_not_add_up_names_its_field(
    tenant: Tenant, clock: Clock, change: dict[str, object], named: str
) -> None:
    tenant.invoices[CHAT][0]["head"].update(change)
    with pytest.raises(VendorAnswerInvalid, match=named):
        billing(tenant, clock).account(CHAT)


@pytest.mark.parametrize(("code", "amount"), [("JPY", "100.5"), ("KWD", "1.0005"), ("EUR", "0.001")])
def test_more_decimals_than_the_currency_has_are_an_error_that_names_the_field(
    tenant: Tenant, clock: Clock, code: str, amount: str
) -> None:
    tenant.accounts[CHAT]["billingAndPayment"]["currency"] = code
    tenant.accounts[CHAT]["metrics"]["unappliedPaymentAmount"] = D(amount)
    tenant.invoices[CHAT] = []
    with pytest.raises(VendorAnswerInvalid, match="unappliedPaymentAmount"):
        billing(tenant, clock).account(CHAT)


def _six(tenant: Tenant, **last: object) -> None:
    tenant.invoices[CHAT] = []
    for number in range(6):
        one = june()
        one["head"] = one["head"] | {"id": f"i{number}"}
        one["items"] = [one["items"][0] | last]
        tenant.invoices[CHAT].append(one)


def test_six_invoices_are_all_if_they_explain_what_is_open_and_billed(tenant: Tenant, clock: Clock) -> None:
    _six(tenant)
    assert len(billing(tenant, clock).account(CHAT).invoices) == 6


def test_an_open_invoice_that_zuora_does_not_list_is_missed(tenant: Tenant, clock: Clock) -> None:
    _six(tenant)
    tenant.accounts[CHAT]["metrics"]["totalInvoiceBalance"] = D("5.00")
    with pytest.raises(VendorAnswerInvalid, match="totalInvoiceBalance"):
        billing(tenant, clock).account(CHAT)


def test_the_invoice_of_a_period_that_zuora_does_not_list_is_missed(tenant: Tenant, clock: Clock) -> None:
    _six(tenant, serviceStartDate="2026-05-01", serviceEndDate="2026-05-31")
    with pytest.raises(VendorAnswerInvalid, match="C-1 chargedThroughDate"):
        billing(tenant, clock).account(CHAT)


def test_an_account_of_another_customer_is_not_read(tenant: Tenant, clock: Clock) -> None:
    tenant.accounts[CHAT]["basicInfo"] |= {"id": "other", "accountNumber": "A-OTHER"}
    with pytest.raises(InvalidField, match="account_id"):
        billing(tenant, clock).account(CHAT)


def test_collection_is_switched_off_and_on_again_for_those_that_had_it(tenant: Tenant, clock: Clock) -> None:
    never = deepcopy(tenant.subscriptions[CHAT][0]) | {"subscriptionNumber": "A-S3", "autoRenew": False}
    tenant.subscriptions[CHAT].append(never)
    system = billing(tenant, clock)
    system.collect(CHAT, OFF, "key")
    off = system.account(CHAT)
    assert (off.autopay, off.dunning, off.renewal) == (False, False, False)
    assert [one.term.renews for one in off.subscriptions] == [True, False]
    assert [one["autoRenew"] for one in tenant.subscriptions[CHAT]] == [False, False]
    system.collect(CHAT, ON, "key")
    on = system.account(CHAT)
    assert (on.autopay, on.dunning, on.renewal) == (True, True, True)
    assert [one["autoRenew"] for one in tenant.subscriptions[CHAT]] == [True, False]


def test_what_is_as_it_should_be_is_not_put_again(tenant: Tenant, clock: Clock) -> None:
    system = billing(tenant, clock)
    for _ in range(2):
        system.collect(CHAT, OFF, "key")
        system.share(SUPPORT, "key")
        system.close(CHAT, "key")
    puts = [one for one in tenant.seen if one.method == "PUT"]
    assert len(puts) == 4
    assert all("idempotency-key" not in one.headers for one in puts)


@pytest.mark.parametrize("ignored", ["autoPay", "DunningPaused__c", "autoRenew"])
def test_a_put_that_is_not_kept_is_noticed(tenant: Tenant, clock: Clock, ignored: str) -> None:
    tenant.ignored = {ignored}
    with pytest.raises(VendorAnswerInvalid, match=f"PUT .*{ignored}: what is read afterwards"):
        billing(tenant, clock).collect(CHAT, OFF, "key")


def test_the_shared_account_is_the_parent_of_the_other(tenant: Tenant, clock: Clock) -> None:
    system = billing(tenant, clock)
    system.share(SUPPORT, "key")
    assert tenant.accounts[CHAT]["basicInfo"]["parentId"] == SUPPORT
    assert system.read().shared_account_id == SUPPORT
    tenant.accounts[CHAT]["basicInfo"]["parentId"] = None
    tenant.ignored = {"parentId"}
    with pytest.raises(VendorAnswerInvalid, match="parentId"):
        system.share(SUPPORT, "key")


def test_a_closed_account_is_marked_and_collects_nothing(tenant: Tenant, clock: Clock) -> None:
    system = billing(tenant, clock)
    system.close(CHAT, "key")
    got = system.account(CHAT)
    assert (got.status, got.autopay) == ("closed", False)


CONTACT = Contact(id="contact-9", role="bill_to", name="Grace Brewster Hopper", email="g@b.example")


def test_an_active_contact_takes_its_role(tenant: Tenant, clock: Clock) -> None:
    system = billing(tenant, clock)
    system.keep_contact(SUPPORT, CONTACT, "key")
    (held, _) = system.account(SUPPORT).contacts
    assert (held.name, held.email) == ("Grace Brewster Hopper", "g@b.example")
    tenant.ignored = {"billToContact"}
    with pytest.raises(VendorAnswerInvalid, match="billToContact"):
        system.keep_contact(SUPPORT, msgspec.structs.replace(CONTACT, name="Ada"), "key")


def test_an_inactive_contact_is_kept_beside_once_for_its_key(tenant: Tenant, clock: Clock) -> None:
    system = billing(tenant, clock)
    for _ in range(2):
        system.keep_contact(SUPPORT, msgspec.structs.replace(CONTACT, active=False), "merge-1/contact")
    assert [one["firstName"] for one in tenant.contacts.values()] == ["Grace Brewster"]
    assert tenant.accounts[SUPPORT]["billToContact"]["firstName"] == "Ada"
    (kept,) = tenant.contacts
    renamed = Contact(id=kept, role="bill_to", name="Hopper", email="", active=False)
    system.keep_contact(SUPPORT, renamed, "merge-1/contact")
    assert (tenant.contacts[kept]["firstName"], tenant.contacts[kept]["lastName"]) == ("-", "Hopper")


METHOD = PaymentMethod(
    id=f"{CHAT}-method", gateway_id=f"token-of-{CHAT}", kind="CreditCardReferenceTransaction", label="Visa 1111"
)


def test_a_payment_method_is_added_once_by_its_token_and_not_as_the_default(tenant: Tenant, clock: Clock) -> None:
    system = billing(tenant, clock)
    for _ in range(2):
        system.keep_payment_method(SUPPORT, METHOD, "merge-1/method")
    (sent,) = tenant.sent("POST", "/v1/payment-methods")
    assert sent.headers["idempotency-key"] == "merge-1/method"
    assert (sent.body["tokenId"], sent.body["makeDefault"]) == (f"token-of-{CHAT}", False)
    assert sent.body["secondTokenId"] == f"profile-of-{CHAT}"
    assert [one.gateway_id for one in system.account(SUPPORT).payment_methods][1:] == [f"token-of-{CHAT}"]


def test_a_payment_method_without_a_token_cannot_be_given_away(tenant: Tenant, clock: Clock) -> None:
    bank = PaymentMethod(id="bank", gateway_id="bank", kind="ACH", label="ACH")
    with pytest.raises(VendorRefused, match="payment_method_without_token"):
        billing(tenant, clock).keep_payment_method(SUPPORT, bank, "key")
