"""A merge's order as a request of Zuora's Orders API, the same for its preview and for carrying it out.

A subscription that goes on has its rate plans replaced on the day (ChangePlan): what the old ones were billed beyond it
is credited, and the new ones bill from there. UpdateProduct cannot do that, as it changes neither billing period nor
billing day. Its term gets its end by TermsAndConditions, after RenewSubscription where the old one has ended.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import msgspec

from deskshift.connectors.zuora.accounts import NO, Head
from deskshift.connectors.zuora.answers import ChargeAnswer, RatePlanAnswer
from deskshift.connectors.zuora.days import ZUORA_PERIODS, first_boundary, is_boundary
from deskshift.connectors.zuora.subscriptions import Read, charged_through, discount, level, term, timing_of
from deskshift.model.billing import Charge
from deskshift.model.billing_order import Order, SubscriptionChange
from deskshift.model.errors import InvalidField, VendorRefused
from deskshift.model.zuora_connection import CustomFields

ORDERS, PREVIEW = "/v1/orders", "/v1/orders/preview"
Json = dict[str, Any]
_DAY = timedelta(days=1)
_LONGEST_NUMBER = 100
_TRIGGERS = ("ContractEffective", "ServiceActivation", "CustomerAcceptance")


class Involved(msgspec.Struct, frozen=True, kw_only=True):
    """What an order changes, as it is now: accounts by their id, subscriptions by their number."""

    heads: Mapping[str, Head]
    reads: Mapping[str, Read]
    fields: CustomFields
    owner_transfer: bool

    def subscription(self, change: SubscriptionChange) -> Read:
        """Give the subscription of a change.

        Raises:
            VendorRefused: `no_such_subscription`: it is not active on its account any more.
        """
        found = self.reads.get(change.subscription_id)
        if found is None:
            raise cannot("no_such_subscription")
        return found


def cannot(code: str) -> VendorRefused:
    """Make the refusal of what Zuora is known not to do, so that it is not even asked."""
    return VendorRefused("POST", ORDERS, HTTPStatus.UNPROCESSABLE_ENTITY, code)


def order_request(order: Order, involved: Involved) -> Json | None:
    """Make the request that carries an order out, bills what is due with it and collects nothing.

    Returns:
        None if nothing is left for Zuora: only the owner changes, and that is an operator's task.

    Raises:
        InvalidField: the number is none that Zuora takes.
        VendorRefused: `currency_cannot_change`, `uncredited_change`, `day_not_on_the_periods`, `no_such_subscription`,
            `no_such_charge`: Zuora cannot do what a change asks for.
    """
    body = _common(order, involved)
    if body is None:
        return None
    billing = {"targetDate": order.effective, "documentDate": order.effective}
    processing = {"runBilling": True, "collectPayment": False, "billingOptions": billing}
    return body | {"status": "Completed", "processingOptions": processing}


def preview_request(order: Order, involved: Involved) -> Json | None:
    """Make the request that lets Zuora reckon an order up to the end of what it changes; raises the same."""
    body = _common(order, involved)
    if body is None:
        return None
    through = max(_through(change, involved) for change in order.changes)
    options = {"previewThruType": "SpecificDate", "specificPreviewThruDate": through, "previewTypes": ["BillingDocs"]}
    return body | {"previewOptions": options}


def actions_of(body: Json) -> dict[str, list[str]]:
    """Tell the kinds of what a request does to each subscription, sorted, to compare them with an order's."""
    return {
        one["subscriptionNumber"]: sorted(action["type"] for action in one["orderActions"])
        for one in body["subscriptions"]
    }


def _through(change: SubscriptionChange, involved: Involved) -> date:
    """Give the day up to which Zuora has to bill: in advance not the day on which the next period would begin."""
    if change.until is None:
        return change.effective
    read = involved.subscription(change)
    advance = all(timing_of(read, charge) == "advance" for _, charge in read.priced)
    return change.until - _DAY if advance else change.until


def _common(order: Order, involved: Involved) -> Json | None:
    if not 0 < len(order.number) <= _LONGEST_NUMBER or "/" in order.number:
        raise InvalidField("order.number", f"{len(order.number)} characters", "1 to 100 characters without a slash")
    subscriptions = [_subscription(change, involved) for change in order.changes]
    asked = [one for one in subscriptions if one["orderActions"]]
    if not asked:
        return None
    return {
        "orderNumber": order.number,
        "orderDate": order.effective,
        "existingAccountNumber": _owner(order, involved),
        "subscriptions": asked,
    }


def _owner(order: Order, involved: Involved) -> str:
    """Give the number of the account that has the subscriptions; of several, of the one that they all end on."""
    ids = {change.account_id for change in order.changes}
    if len(ids) > 1:
        ids = {change.to_account_id for change in order.changes}
    if len(ids) > 1:
        raise cannot("several_invoice_owners")
    return involved.heads[ids.pop()].info.account_number


def _subscription(change: SubscriptionChange, involved: Involved) -> Json:
    read = involved.subscription(change)
    if involved.heads[change.account_id].currency != change.currency or (
        involved.heads[change.to_account_id].currency != change.currency
    ):
        raise cannot("currency_cannot_change")
    actions = list(_cancelled(change, read) if change.until is None else _going_on(change, read, involved))
    found: Json = {"subscriptionNumber": change.subscription_id, "orderActions": actions}
    if actions and read.paused and change.until is not None:
        # Whether it renews is part of its terms again.
        found["customFields"] = {involved.fields.renewal_paused: NO}
    return found


def _cancelled(change: SubscriptionChange, read: Read) -> Iterable[Json]:
    """Cancel on the day with a credit for what is unused; without one, when all that was billed is used."""
    through = max((day for _, one in read.priced if (day := charged_through(one)) is not None), default=date.min)
    policy: Json = {"cancellationPolicy": "SpecificDate", "cancellationEffectiveDate": change.effective}
    if not change.credit_unused and through > change.effective:
        policy = {"cancellationPolicy": "EndOfLastInvoicePeriod"}
    yield _action("CancelSubscription", change.effective, {"cancelSubscription": policy})


def _going_on(change: SubscriptionChange, read: Read, involved: Involved) -> Iterable[Json]:
    if not change.owner_only:
        if not change.credit_unused:
            raise cannot("uncredited_change")
        yield from _term(change, read)
        yield from _plans(change, read)
    if involved.owner_transfer and change.to_account_id != change.account_id:
        number = involved.heads[change.to_account_id].info.account_number
        owner = {"destinationAccountNumber": number, "destinationInvoiceAccountNumber": number}
        yield _action("OwnerTransfer", change.effective, {"ownerTransfer": owner})


def _term(change: SubscriptionChange, read: Read) -> Iterable[Json]:
    """Renew a term that has ended, and let the present one end where the change says; its length is given in days."""
    old = term(read)
    start = old.start
    if old.end is not None and change.effective >= old.end:
        start = old.end
        yield _action("RenewSubscription", old.end, {})
    last: Json = {"termType": "EVERGREEN"}
    if not change.evergreen and change.until is not None:
        last = {"termType": "TERMED", "startDate": start, "period": (change.until - start).days, "periodType": "Day"}
    terms: Json = {"lastTerm": last}
    if not change.evergreen:
        terms["autoRenew"] = change.renews
        if change.term_months is not None:
            terms["renewalSetting"] = "RENEW_WITH_SPECIFIC_TERM"
            terms["renewalTerms"] = [{"period": change.term_months, "periodType": "Month"}]
    yield _action("TermsAndConditions", change.effective, {"termsAndConditions": terms})


def _plans(change: SubscriptionChange, read: Read) -> Iterable[Json]:
    """Replace each rate plan by itself with the new terms; a discount's own plan goes if its discount does."""
    wanted = {charge.id: charge for charge in change.charges}
    if set(wanted) != {charge.number for _, charge in read.priced}:
        raise cannot("no_such_charge")
    priced = {plan.id for plan, _ in read.priced}
    kept = {one for charge in change.charges for one in charge.discounts}
    for plan in read.plans:
        if plan.id in priced:
            yield _action("ChangePlan", change.effective, {"changePlan": _plan(change, read, plan, wanted)})
        elif any(own.id == plan.id and discount(read, one) not in kept for own, one in read.discounts):
            yield _action("RemoveProduct", change.effective, {"removeProduct": {"ratePlanId": plan.id}})


def _plan(change: SubscriptionChange, read: Read, plan: RatePlanAnswer, wanted: Mapping[str, Charge]) -> Json:
    charges = [_priced(change, read, one, wanted[one.number]) for own, one in read.priced if own.id == plan.id]
    kept = {one for charge in change.charges for one in charge.discounts}
    discounts = [
        {
            "productRatePlanChargeId": one.product_rate_plan_charge_id,
            "pricing": {"discount": _discount(read, one, gone=discount(read, one) not in kept)},
            "endDate": _end(discount(read, one).end),
        }
        for own, one in read.discounts
        if own.id == plan.id
    ]
    new = {"productRatePlanId": plan.product_rate_plan_id, "chargeOverrides": [*charges, *discounts]}
    return {
        "ratePlanId": plan.id,
        "effectivePolicy": "SpecificDate",
        "resetBcd": False,
        "newProductRatePlan": new,
    }


def _priced(change: SubscriptionChange, read: Read, charge: ChargeAnswer, wanted: Charge) -> Json:
    """Set price, seats and periods of a charge; the price is for a whole period, and stays when the term renews."""
    seats = [one.quantity for one in wanted.seats if one.start <= change.effective]
    if "/" in wanted.unit_price:
        raise cannot("price_is_no_decimal")
    price: Json = {
        "listPrice": Decimal(wanted.unit_price),
        "listPriceBase": "Per_Billing_Period",
        "priceChangeOption": "NoChange",
    }
    if charge.model == "FlatFee":
        pricing: Json = {"recurringFlatFee": price}
    else:
        pricing = {"recurringPerUnit": price | {"quantity": seats[-1] if seats else 0}}
    return {
        "productRatePlanChargeId": charge.product_rate_plan_charge_id,
        "pricing": pricing,
        "billing": {
            "billCycleType": "SpecificDayofMonth",
            "billCycleDay": change.anchor.day,
            "billingPeriod": ZUORA_PERIODS[change.cycle],
            "billingPeriodAlignment": _alignment(change, read),
            "billingTiming": (charge.billing_timing or "IN_ADVANCE").upper().replace(" ", "_"),
        },
        "endDate": _end(None),
    }


def _discount(read: Read, charge: ChargeAnswer, *, gone: bool) -> Json:
    per_cent = Decimal(0) if gone else Decimal(discount(read, charge).percent)
    return {"discountPercentage": per_cent, "discountLevel": level(charge)}


def _end(day: date | None) -> Json:
    if day is None:
        return {"endDateCondition": "Subscription_End"}
    return {"endDateCondition": "Specific_End_Date", "specificEndDate": day}


def _alignment(change: SubscriptionChange, read: Read) -> str:
    """Find what periods of several months must be aligned to, so that they begin on the anchor's days.

    Raises:
        VendorRefused: `day_not_on_the_periods`: neither the day of the change nor the start of term or subscription.
    """
    start = read.answer.subscription_start_date
    for name, day in (
        ("AlignToCharge", change.effective),
        ("AlignToTermStart", term(read).start),
        ("AlignToSubscriptionStart", start),
    ):
        if day is not None and is_boundary(first_boundary(day, change.anchor.day), change.anchor, change.cycle):
            return name
    raise cannot("day_not_on_the_periods")


def _action(kind: str, day: date, what: Json) -> Json:
    return {"type": kind, "triggerDates": [{"name": name, "triggerDate": day} for name in _TRIGGERS], **what}
