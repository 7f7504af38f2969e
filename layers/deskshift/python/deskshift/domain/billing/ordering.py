"""What is ordered of the billing system for a decision: which subscription goes on with which terms (Z-23 to Z-28)."""

from datetime import date
from zoneinfo import ZoneInfo

import msgspec

from deskshift.domain.billing import refusals
from deskshift.domain.billing.choices import Choice, Upgrade, instant
from deskshift.domain.billing.decision import Decision, Pair
from deskshift.domain.billing.facts import Facts
from deskshift.domain.billing.periods import Series
from deskshift.domain.billing.pricing import NewPrice, new_price
from deskshift.domain.billing.terms import end_after, term_months
from deskshift.model.billing import BillingAccount, Charge, Contract, Cycle, Price, Subscription
from deskshift.model.billing_order import Order, SubscriptionChange
from deskshift.model.move import Notice


class PriceChange(msgspec.Struct, frozen=True, kw_only=True):
    """How a charge's unit price changes, each for its own cycle and currency."""

    charge_id: str
    plan: str
    old: str
    old_cycle: Cycle
    old_currency: str
    new: str
    new_cycle: Cycle
    new_currency: str
    source: str


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """New terms of a subscription."""

    effective: date
    until: date
    cycle: Cycle
    anchor: date
    currency: str
    term_months: int | None
    renews: bool
    evergreen: bool


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """An order with what it changes of prices; or why it cannot be made."""

    order: Order | None = None
    prices: tuple[PriceChange, ...] = ()
    refusals: tuple[Notice, ...] = ()


def order_for(number: str, decision: Decision, pair: Pair, facts: Facts) -> Ordered:
    """Make the order of a decision; `unaffected` and `refused` have none."""
    chat = pair.chat_subscription
    if decision.kind in {"unaffected", "refused"} or chat is None:
        return Ordered()
    if decision.kind == "cancel":
        return Ordered(order=_cancellation(number, pair.chat, chat, facts))
    day = facts.upgrade.day
    if pair.support_subscription is None or pair.support_subscription.state != "paid":
        return Ordered(order=Order(number=number, effective=day, changes=(_unchanged(pair, chat, day),)))
    if decision.kind == "co_term":
        contract = next(one for one in facts.billing.contracts if one.id == decision.contract_id)
        return _combined(number, pair, contract, day)
    terms = _merged(pair, day) if decision.kind == "merge" else _inherited(pair, day)
    if isinstance(terms, Notice):
        return Ordered(refusals=(terms,))
    return _moved(number, pair, facts.billing.prices, terms, keeps_price=decision.kind == "merge")


def _merged(pair: Pair, day: date) -> Terms | Notice:
    """Chat keeps price, term and cycle length; currency and anchor become support's (Z-23)."""
    chat, support = _both(pair)
    series = Series(support.anchor, chat.cycle)
    until = end_after(chat, day, series)
    if until is None:
        return refusals.term_ended("chat", str(chat.term.end))
    return _terms(pair, chat, day, until, series)


def _inherited(pair: Pair, day: date) -> Terms | Notice:
    """Chat takes support's term, its end, cycle and currency (Z-24)."""
    chat, support = _both(pair)
    ended = _ended(chat, day)
    if ended is not None:
        return ended
    series = Series(support.anchor, support.cycle)
    until = end_after(support, day, series)
    if until is None:
        return refusals.term_ended("support", str(support.term.end))
    return _terms(pair, support, day, until, series)


def _ended(chat: Subscription, day: date) -> Notice | None:
    """A chat subscription that has ended and does not renew has nothing that could go on."""
    if chat.term.end is not None and day >= chat.term.end and not chat.term.renews:
        return refusals.term_ended("chat", str(chat.term.end))
    return None


def _terms(pair: Pair, of: Subscription, day: date, until: date, series: Series) -> Terms:
    return Terms(
        effective=day,
        until=until,
        cycle=series.cycle,
        anchor=series.anchor,
        currency=pair.support.currency,
        term_months=None if of.term.end is None else term_months(of.term, of.cycle),
        renews=of.term.renews,
        evergreen=of.term.end is None,
    )


def _moved(number: str, pair: Pair, prices: tuple[Price, ...], terms: Terms, *, keeps_price: bool) -> Ordered:
    chat, _ = _both(pair)
    old, new = (chat.cycle, pair.chat.currency), (terms.cycle, terms.currency)
    charges, changes, missing = [], [], []
    for charge in chat.charges:
        same = NewPrice(unit_price=charge.unit_price, source="unchanged")
        found = same if keeps_price and old == new else new_price(charge, prices, old, new)
        if found is None:
            missing.append(refusals.no_price(charge.plan, old[1], new[1]))
            continue
        charges.append(msgspec.structs.replace(charge, unit_price=found.unit_price))
        changes.append(_change(charge, old, new, found))
    if missing:
        return Ordered(refusals=tuple(missing))
    change = _going_on(chat, pair.chat, pair.support, terms, tuple(charges))
    return Ordered(order=Order(number=number, effective=terms.effective, changes=(change,)), prices=tuple(changes))


def _combined(number: str, pair: Pair, contract: Contract, day: date) -> Ordered:
    """Both subscriptions take the contract's dates, cycle and prices from the upgrade's day on (Z-27)."""
    chat, _ = _both(pair)
    ended = _ended(chat, day)
    if ended is not None:
        return Ordered(refusals=(ended,))
    changes, prices, missing = [], [], []
    for account, subscription in ((pair.chat, pair.chat_subscription), (pair.support, pair.support_subscription)):
        if subscription is None:
            continue
        charges = []
        for charge in subscription.charges:
            price = contract.prices.get(charge.plan)
            if price is None:
                missing.append(refusals.contract_lacks_price(contract.id, charge.plan))
                continue
            found = NewPrice(unit_price=price, source="contract")
            charges.append(msgspec.structs.replace(charge, unit_price=price, discounts=()))
            old = (subscription.cycle, account.currency)
            prices.append(_change(charge, old, (contract.cycle, pair.support.currency), found))
        terms = Terms(
            effective=day,
            until=contract.end,
            cycle=contract.cycle,
            anchor=contract.start,
            currency=pair.support.currency,
            term_months=None,
            renews=True,
            evergreen=False,
        )
        changes.append(_going_on(subscription, account, pair.support, terms, tuple(charges)))
    if missing:
        return Ordered(refusals=tuple(missing))
    return Ordered(order=Order(number=number, effective=day, changes=tuple(changes)), prices=tuple(prices))


def _going_on(
    subscription: Subscription, account: BillingAccount, to: BillingAccount, terms: Terms, charges: tuple[Charge, ...]
) -> SubscriptionChange:
    return SubscriptionChange(
        subscription_id=subscription.id,
        account_id=account.id,
        to_account_id=to.id,
        effective=terms.effective,
        until=terms.until,
        cycle=terms.cycle,
        anchor=terms.anchor,
        currency=terms.currency,
        charges=charges,
        term_months=terms.term_months,
        renews=terms.renews,
        evergreen=terms.evergreen,
    )


def _cancellation(number: str, account: BillingAccount, chat: Subscription, facts: Facts) -> Order:
    """Chat ends on the day that this was chosen; what it was billed beyond is credited only if the policy says so."""
    day = _chosen_on(facts.choice, facts.upgrade)
    change = SubscriptionChange(
        subscription_id=chat.id,
        account_id=account.id,
        to_account_id=account.id,
        effective=day,
        until=None,
        cycle=chat.cycle,
        anchor=chat.anchor,
        currency=account.currency,
        charges=(),
        credit_unused=facts.policy.cancel_credits,
    )
    return Order(number=number, effective=day, changes=(change,))


def _unchanged(pair: Pair, chat: Subscription, day: date) -> SubscriptionChange:
    """Chat gets another owner, and nothing else about it changes."""
    return SubscriptionChange(
        subscription_id=chat.id,
        account_id=pair.chat.id,
        to_account_id=pair.support.id,
        effective=day,
        until=chat.term.end,
        cycle=chat.cycle,
        anchor=chat.anchor,
        currency=pair.chat.currency,
        charges=chat.charges,
        credit_unused=False,
        owner_only=True,
        term_months=chat.term.months,
        renews=chat.term.renews,
    )


def _chosen_on(choice: Choice, upgrade: Upgrade) -> date:
    at = upgrade.at if choice.chosen_at is None else instant(choice.chosen_at)
    return at.astimezone(ZoneInfo(upgrade.time_zone)).date()


def _change(charge: Charge, old: tuple[Cycle, str], new: tuple[Cycle, str], found: NewPrice) -> PriceChange:
    return PriceChange(
        charge_id=charge.id,
        plan=charge.plan,
        old=charge.unit_price,
        old_cycle=old[0],
        old_currency=old[1],
        new=found.unit_price,
        new_cycle=new[0],
        new_currency=new[1],
        source=found.source,
    )


def _both(pair: Pair) -> tuple[Subscription, Subscription]:
    if pair.chat_subscription is None or pair.support_subscription is None:
        raise AssertionError("decided for two paid subscriptions")
    return pair.chat_subscription, pair.support_subscription
