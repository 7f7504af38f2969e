"""Every request that the adapter sends is one that Zuora's own description knows, field by field."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import msgspec
import pytest

from deskshift.connectors.zuora.billing import ZuoraBilling
from deskshift.model.billing import Charge, Contact, Discount, PaymentMethod, Seats
from deskshift.model.billing_order import Collection
from tests.integration.zuora.spec_check import SPECS, checked, unknown_in_answer
from tests.integration.zuora.tenant import Tenant
from tests.integration.zuora.tenant_data import CHAT, SUPPORT, charge, discount, plan
from tests.integration.zuora.zuora import billing, change, order
from tests.support.passing_clock import Clock

pytestmark = pytest.mark.skipif(not SPECS.is_dir(), reason=f"Zuora's descriptions are not there: {SPECS}")

BY_SEAT = change().charges[0]
DISCOUNTED = msgspec.structs.replace(BY_SEAT, discounts=(Discount(percent="12.5", start=date(2026, 3, 1)),))
FLAT = Charge(
    id="C-3",
    plan="Chat Team",
    description="Base",
    unit_price="19.95",
    seats=(Seats(start=date(2026, 3, 1), quantity=1),),
)
CONTACT = Contact(id="contact-9", role="bill_to", name="Grace Brewster Hopper", email="g@b.example")
METHOD = PaymentMethod(
    id=f"{CHAT}-method", gateway_id=f"token-of-{CHAT}", kind="CreditCardReferenceTransaction", label="Visa 1111"
)


def _collected(system: ZuoraBilling) -> None:
    system.collect(CHAT, Collection(autopay=False, dunning=False, renewal=False), "key")
    system.collect(CHAT, Collection(autopay=True, dunning=True, renewal=True), "key")


def _with_discounts(tenant: Tenant) -> None:
    own = tenant.subscriptions[CHAT][0]["ratePlans"]
    own[0]["ratePlanCharges"].append(
        charge("C-3", "product-base", model="FlatFee", price=Decimal("6.65"), quantity=None)
    )
    own[0]["ratePlanCharges"].append(discount("C-4", "12.5", discountLevel="RatePlan"))
    own.append(plan("plan-gone", "Loyalty", [discount("C-5", "7")]))


def _two_discounted(system: ZuoraBilling) -> None:
    both = tuple(msgspec.structs.replace(one, discounts=DISCOUNTED.discounts) for one in (BY_SEAT, FLAT))
    system.place(order(change(charges=both)), "merge-1/order")


CALLS: dict[str, Callable[[ZuoraBilling], object]] = {
    "read": lambda system: system.read(),
    "preview": lambda system: system.preview(order()),
    "place": lambda system: system.place(order(), "merge-1/order"),
    "evergreen": lambda system: system.place(order(change(evergreen=True, term_months=None)), "merge-1/order"),
    "cancel": lambda system: system.place(order(change(until=None, charges=(), to_account_id=CHAT)), "merge-1/order"),
    "cancel without credit": lambda system: system.place(
        order(change(until=None, charges=(), to_account_id=CHAT, credit_unused=False)), "merge-1/order"
    ),
    "renewed term": lambda system: system.place(
        order(change(effective=date(2027, 3, 1), until=date(2027, 9, 1))), "merge-1/order"
    ),
    "owner alone": lambda system: system.place(order(change(owner_only=True)), "merge-1/order"),
    "collect": _collected,
    "contact in a role": lambda system: system.keep_contact(SUPPORT, CONTACT, "merge-1/contact"),
    "contact beside": lambda system: system.keep_contact(
        SUPPORT, msgspec.structs.replace(CONTACT, active=False), "merge-1/contact"
    ),
    "payment method": lambda system: system.keep_payment_method(SUPPORT, METHOD, "merge-1/method"),
    "share": lambda system: system.share(SUPPORT, "merge-1/share"),
    "close": lambda system: system.close(CHAT, "merge-1/close"),
}


@pytest.mark.parametrize("name", CALLS)
def test_every_request_fits(tenant: Tenant, clock: Clock, name: str) -> None:
    CALLS[name](billing(tenant, clock, owner_transfer=True))
    _assert_all_fit(tenant)


def test_an_order_with_a_flat_fee_and_discounts_fits(tenant: Tenant, clock: Clock) -> None:
    _with_discounts(tenant)
    _two_discounted(billing(tenant, clock, owner_transfer=True))
    _assert_all_fit(tenant)


def test_what_the_made_up_tenant_answers_are_zuoras_own_fields(tenant: Tenant, clock: Clock) -> None:
    system = billing(tenant, clock, owner_transfer=True)
    _with_discounts(tenant)
    system.read()
    _two_discounted(system)
    for one in tenant.seen:
        if one.method == "GET":
            status, answer = tenant._done(one)  # noqa: SLF001 - the answer again
            assert status == 200
            assert unknown_in_answer(one.method, one.path, answer) == [], one.path


def _assert_all_fit(tenant: Tenant) -> None:
    assert len(tenant.seen) > 1
    for one in tenant.seen:
        operation, wrong = checked(one.method, one.path, one.query, one.headers, one.body)
        assert wrong == [], f"{operation} {one.path}"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"autoPay": "no"}, "autoPay"),
        ({"autoPay": True, "dunning": "Yes"}, "dunning: no such field"),
        ({"billToContact": {"firstName": "Ada"}}, "lastName"),
    ],
)
def test_a_request_that_does_not_fit_is_found(body: dict[str, object], named: str) -> None:
    _, wrong = checked("PUT", "/v1/accounts/A-1", {}, {"idempotency-key": "k"}, body)
    assert any(named in one for one in wrong)
    assert "Idempotency-Key: only for POST and PATCH" in wrong
