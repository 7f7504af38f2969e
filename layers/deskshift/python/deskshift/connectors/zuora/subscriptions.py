"""Zuora's subscriptions, read in full and as the model's."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import msgspec

from deskshift.connectors.http import decoded, segment
from deskshift.connectors.zuora.amounts import Source, text
from deskshift.connectors.zuora.answers import (
    ChargeAnswer,
    RatePlanAnswer,
    SegmentAnswer,
    SubscriptionAnswer,
    SubscriptionsAnswer,
)
from deskshift.connectors.zuora.client import PAGE, ZuoraClient
from deskshift.connectors.zuora.days import CYCLES, MONTHS, anchor, day_of, first_boundary
from deskshift.model.billing import Charge, Cycle, Discount, Seats, Subscription, Term, Timing

_MODELS = frozenset({"FlatFee", "PerUnit"})
_PAUSED = "Yes"
_YEAR = 12
_TIMINGS: dict[str, Timing] = {"IN_ADVANCE": "advance", "IN_ARREARS": "arrears"}


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription as Zuora has it. `paused`: it would renew, but renewal is switched off for its account."""

    answer: SubscriptionAnswer
    paused: bool
    source: Source

    @property
    def plans(self) -> Iterator[RatePlanAnswer]:
        """The rate plans that it still has."""
        return (plan for plan in self.answer.rate_plans if plan.last_change_type != "Remove")

    @property
    def priced(self) -> Iterator[tuple[RatePlanAnswer, ChargeAnswer]]:
        """The recurring charges with their plans, without discounts.

        Raises:
            VendorAnswerInvalid: one is of a kind that a merge cannot move: usage, tiers, one that is yet to be billed.
        """
        for plan in self.plans:
            for charge in plan.rate_plan_charges:
                if is_discount(charge) or (charge.type == "OneTime" and charge.done):
                    continue
                if charge.type != "Recurring":
                    raise self.invalid(charge, "type", f"{charge.type!r}, only recurring charges can be merged")
                if charge.model not in _MODELS:
                    raise self.invalid(charge, "model", f"{charge.model!r}, only flat fees and prices by unit can")
                yield plan, charge

    @property
    def discounts(self) -> Iterator[tuple[RatePlanAnswer, ChargeAnswer]]:
        """The discounts with their plans.

        Raises:
            VendorAnswerInvalid: one is no percentage, or is given for the whole account.
        """
        for plan in self.plans:
            for charge in plan.rate_plan_charges:
                if not is_discount(charge):
                    continue
                if charge.model != "DiscountPercentage":
                    raise self.invalid(charge, "model", f"{charge.model!r}, only discounts in per cent can be merged")
                if level(charge) not in {"rateplan", "subscription"}:
                    raise self.invalid(charge, "discountLevel", "neither RatePlan nor Subscription")
                yield plan, charge

    def invalid(self, charge: ChargeAnswer, field: str, found: str) -> Exception:
        """Make the error of a charge's field."""
        return self.source.invalid(f"{self.answer.subscription_number} {charge.number} {field}", found)


def read_subscriptions(client: ZuoraClient, account_key: str, paused_field: str) -> list[Read]:
    """Read an account's active subscriptions with all segments of their charges.

    Args:
        client: of the tenant.
        account_key: the account's id or number.
        paused_field: the custom field that says whether renewal is switched off.

    Raises:
        VendorAnswerInvalid: a subscription is suspended or not active yet, and cannot be merged as it is.
    """
    path = f"/v1/subscriptions/accounts/{segment(account_key)}"
    source, found = Source("GET", path), []
    for page in client.pages(path, SubscriptionsAnswer, {**PAGE, "charge-detail": "all-segments"}):
        for raw in page.subscriptions:
            answer = decoded(raw, SubscriptionAnswer, "GET", path)
            if answer.status in {"Cancelled", "Draft", "Expired"}:
                continue
            if answer.status != "Active":
                raise source.invalid(f"{answer.subscription_number} status", f"{answer.status!r}, allowed is 'Active'")
            found.append(Read(answer=answer, paused=custom(raw, paused_field, source) == _PAUSED, source=source))
    return found


def custom(raw: msgspec.Raw, field: str, source: Source) -> str | None:
    """Read a custom field; None if it is not set."""
    fields = decoded(raw, dict[str, msgspec.Raw], source.method, source.path)
    return decoded(fields[field], str | None, source.method, source.path) if field in fields else None  # type: ignore[arg-type]


def is_discount(charge: ChargeAnswer) -> bool:
    """Tell a discount from what is charged."""
    return charge.model.startswith("Discount")


def level(charge: ChargeAnswer) -> str:
    """What a discount applies to, in the spelling of requests."""
    return (charge.discount_level or "").lower()


def segments(charge: ChargeAnswer) -> tuple[SegmentAnswer, ...]:
    """Give a charge's terms in the order of their days."""
    own = SegmentAnswer(
        id=charge.id,
        price=charge.price,
        quantity=charge.quantity,
        effective_start_date=charge.effective_start_date,
        effective_end_date=charge.effective_end_date,
        charged_through_date=charge.charged_through_date,
    )
    found = charge.charge_segments or (own,)
    return tuple(sorted(filter(_lasts, found), key=lambda run: run.effective_start_date or date.min))


def _lasts(run: SegmentAnswer) -> bool:
    """Tell a segment from one of no days, which is left where a change was taken back."""
    return run.effective_end_date is None or run.effective_start_date != run.effective_end_date


def subscription(read: Read, account_day: int | None, tax_rates: dict[str, str]) -> Subscription:
    """Give a subscription as the model's.

    Args:
        read: it, as Zuora has it.
        account_day: the account's bill cycle day.
        tax_rates: the rate, in per cent, that each charge was last billed with, by its number.

    Raises:
        VendorAnswerInvalid: its charges are billed in periods of different lengths, or in ways that have no model here.
    """
    answer = read.answer
    charges = list(read.priced)
    if not charges:
        raise read.source.invalid(f"{answer.subscription_number} ratePlans", "no recurring charge")
    (_, first), *others = charges
    cycle, timing, start = billed(read, first, account_day)
    for _, other in others:
        if billed(read, other, account_day) != (cycle, timing, start):
            raise read.invalid(other, "billingPeriod", f"not billed with {first.number}")
    made = tuple(_charge(read, plan, charge, cycle, tax_rates) for plan, charge in charges)
    through = [day for _, charge in charges if (day := charged_through(charge)) is not None]
    return Subscription(
        id=answer.subscription_number,
        state="paid" if any(Decimal(charge.unit_price) for charge in made) else "free",
        cycle=cycle,
        anchor=start,
        timing=timing,
        term=term(read),
        charges=made,
        billed_until=min(through) if len(through) == len(charges) else None,
    )


def term(read: Read) -> Term:
    """Give a subscription's term."""
    answer = read.answer
    start = answer.term_start_date or answer.subscription_start_date
    if start is None:
        raise read.source.invalid(f"{answer.subscription_number} termStartDate", "missing")
    renews = answer.auto_renew or read.paused
    if answer.term_type == "EVERGREEN":
        return Term(start=start, renews=renews)
    if answer.term_end_date is None:
        raise read.source.invalid(f"{answer.subscription_number} termEndDate", "missing")
    return Term(start=start, end=answer.term_end_date, months=_months(read), renews=renews)


def billed(read: Read, charge: ChargeAnswer, account_day: int | None) -> tuple[Cycle, Timing, date]:
    """Give how a charge is billed: how often, when, and a boundary of its periods."""
    return cycle_of(read, charge), timing_of(read, charge), anchor_of(read, charge, account_day)


def cycle_of(read: Read, charge: ChargeAnswer) -> Cycle:
    """Give the length of a charge's periods."""
    found = CYCLES.get(charge.billing_period or "")
    if found is None:
        raise read.invalid(charge, "billingPeriod", f"none of {', '.join(CYCLES)}")
    return found


def timing_of(read: Read, charge: ChargeAnswer) -> Timing:
    """Tell whether a charge is billed in advance, Zuora's default."""
    found = _TIMINGS.get((charge.billing_timing or "IN_ADVANCE").upper().replace(" ", "_"))
    if found is None:
        raise read.invalid(charge, "billingTiming", f"none of {', '.join(_TIMINGS)}")
    return found


def anchor_of(read: Read, charge: ChargeAnswer, account_day: int | None) -> date:
    """Give a boundary of a charge's periods."""
    start = read.answer.subscription_start_date
    runs = segments(charge)
    trigger = charge.trigger_date or (runs[0].effective_start_date if runs else None)
    if start is None or trigger is None:
        raise read.invalid(charge, "effectiveStartDate", "missing")
    day = day_of(charge.billing_day, account_day, start, trigger)
    if day is None:
        raise read.invalid(charge, "billingDay", "no day of the month")
    aligned = {"AlignToSubscriptionStart": start, "AlignToTermStart": read.answer.term_start_date or start}
    aligned_to = aligned.get(charge.billing_period_alignment or "", trigger)
    return anchor(first_boundary(aligned_to, day), day, cycle_of(read, charge))


def charged_through(charge: ChargeAnswer) -> date | None:
    """Give the day up to which a charge has been billed."""
    days = [one.charged_through_date for one in segments(charge) if one.charged_through_date is not None]
    return max(days, default=None)


def _charge(read: Read, plan: RatePlanAnswer, charge: ChargeAnswer, cycle: Cycle, tax_rates: dict[str, str]) -> Charge:
    """Give a charge with its present price, and its seats since it has that price."""
    runs = segments(charge)
    if not runs:
        raise read.invalid(charge, "effectiveStartDate", "missing")
    price = runs[-1].price
    while len(runs) > 1 and runs[0].price != price:
        runs = runs[1:]
    return Charge(
        id=charge.number,
        plan=plan.rate_plan_name,
        description=charge.description or charge.name or charge.number,
        unit_price=_cycle_price(read, charge, price, cycle),
        seats=tuple(_seats(read, charge, run) for run in runs),
        discounts=tuple(
            discount(read, one) for other, one in read.discounts if level(one) == "subscription" or other.id == plan.id
        ),
        tax_rate=tax_rates.get(charge.number),
    )


def discount(read: Read, charge: ChargeAnswer) -> Discount:
    """Give a discount; it ends with the subscription unless it has an end of its own."""
    run = segments(charge)[-1]
    if run.effective_start_date is None:
        raise read.invalid(charge, "effectiveStartDate", "missing")
    ends = charge.end_date_condition not in {None, "Subscription_End"}
    return Discount(
        percent=text(charge.discount_percentage, f"{charge.number} discountPercentage", read.source),
        start=run.effective_start_date,
        end=run.effective_end_date if ends else None,
    )


def _seats(read: Read, charge: ChargeAnswer, run: SegmentAnswer) -> Seats:
    quantity = Decimal(1) if charge.model == "FlatFee" else run.quantity
    exact = read.source.needed(quantity, f"{charge.number} quantity")
    if exact != exact.to_integral_value():
        raise read.invalid(charge, "quantity", "no whole number of seats")
    if run.effective_start_date is None:
        raise read.invalid(charge, "effectiveStartDate", "missing")
    return Seats(start=run.effective_start_date, quantity=int(exact))


def _cycle_price(read: Read, charge: ChargeAnswer, price: Decimal | None, cycle: Cycle) -> str:
    """Give the price for a whole period; a list price by month or year is multiplied where that is exact."""
    exact = read.source.needed(price, f"{charge.number} price")
    match charge.list_price_base or "Per_Billing_Period":
        case "Per_Billing_Period":
            per_cycle = exact
        case "Per_Month":
            per_cycle = exact * MONTHS[cycle]
        case "Per_Year" if cycle == "year":
            per_cycle = exact
        case _:
            raise read.invalid(charge, "listPriceBase", "no price by billing period or month")
    return text(per_cycle, f"{charge.number} price", read.source)


def _months(read: Read) -> int | None:
    """Give the months that a term is renewed for; None if it is not, or becomes evergreen."""
    answer = read.answer
    if not answer.renewal_term or answer.renewal_setting == "RENEW_TO_EVERGREEN":
        return None
    months = {"Month": 1, "Year": _YEAR}.get(answer.renewal_term_period_type or "Month")
    if months is None:
        raise read.source.invalid(f"{answer.subscription_number} renewalTermPeriodType", "neither Month nor Year")
    return answer.renewal_term * months
