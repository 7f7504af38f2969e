"""The lines that a change of a subscription leads to: what is credited, what is charged, each rounded once."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from itertools import pairwise

import msgspec

from deskshift.domain.billing.money import Currency, currency
from deskshift.domain.billing.periods import Piece, Series, pieces
from deskshift.domain.billing.pricing import ratio
from deskshift.domain.billing.settlement import Settled, Settlement
from deskshift.model.billing import BillingAccount, Charge, Discount, Subscription
from deskshift.model.billing_order import LineKind, OrderLine, SubscriptionChange

_WHOLE = Fraction(100)
Increments = dict[str, int]
"""Rounding increments in minor units by currency, where a policy sets one: {"CHF": 5}."""


class Reckoned(msgspec.Struct, frozen=True, kw_only=True):
    """A line, and how it came to its amount: `unit_price` x `quantity` x `numerator` / `denominator`.

    The unit price is in major units for a seat and whole period, after discounts; of a credit it is what was paid for
    the whole service period.
    """

    line: OrderLine
    description: str
    quantity: int
    unit_price: Fraction
    numerator: int
    denominator: int


def reckon(change: SubscriptionChange, settlement: Settlement, increments: Increments) -> list[Reckoned]:
    """Reckon every line of a change: credits and reductions, or arrears; then the charges of the new terms.

    Args:
        change: what becomes of the subscription.
        settlement: the billing account that has it now, with what was paid.
        increments: the policy's rounding.
    """
    account = settlement.account
    subscription = next(one for one in account.subscriptions if one.id == change.subscription_id)
    made: list[Reckoned] = []
    if change.owner_only:
        return made
    if subscription.timing == "arrears":
        made += _arrears(change, account, subscription, increments)
    else:
        made += _unused(change, settlement, increments)
    if change.until is not None:
        due = subscription.timing == "advance"
        made += [one for charge in change.charges for one in _charges(change, charge, increments, due=due)]
    return made


def quantity_on(charge: Charge, day: date) -> int:
    """Give a charge's seats on a day; none before its first."""
    begun = [seats for seats in charge.seats if seats.start <= day]
    return max(begun, key=lambda seats: seats.start).quantity if begun else 0


def discounted(price: Fraction, discounts: tuple[Discount, ...], day: date) -> Fraction:
    """Take off a price what the discounts running on a day take off, one after the other."""
    for discount in discounts:
        if discount.start <= day and (discount.end is None or day < discount.end):
            price *= 1 - ratio(discount.percent) / _WHOLE
    return price


def _unused(change: SubscriptionChange, settlement: Settlement, increments: Increments) -> Iterator[Reckoned]:
    """Credit what is paid and unused of each line that reaches beyond the day; what is unpaid reduces its invoice.

    An account bills one subscription, so that each line is its; the line's charge may be one that it has no longer.
    Without `credit_unused` what was paid stays, and what is unpaid is not charged all the same.
    """
    account = settlement.account
    for invoice in account.invoices:
        if all(line.end <= change.effective for line in invoice.lines):
            continue
        money = currency(invoice.currency, increments)
        standing = settlement.lines(invoice)
        for line in invoice.lines:
            if line.end <= change.effective:
                continue
            begun = max(line.start, change.effective)
            unused, days = (line.end - begun).days, (line.end - line.start).days
            for kind, share in _shares(standing[line.id], paid=change.credit_unused):
                amount = money.round(-share * unused / days)
                if amount:
                    made = OrderLine(
                        kind=kind,
                        account_id=account.id,
                        subscription_id=change.subscription_id,
                        charge_id=line.charge_id,
                        start=begun,
                        end=line.end,
                        amount_minor=amount,
                        due_minor=amount,
                        currency=invoice.currency,
                        tax_rate=line.tax_rate,
                        invoice_id=invoice.id,
                    )
                    yield Reckoned(
                        line=made,
                        description=line.description,
                        quantity=1,
                        unit_price=-share / money.scale,
                        numerator=unused,
                        denominator=days,
                    )


def _shares(standing: Settled, *, paid: bool) -> Iterator[tuple[LineKind, Fraction]]:
    if paid:
        yield "credit", standing.paid
    yield "reduction", standing.open


def _arrears(
    change: SubscriptionChange, account: BillingAccount, subscription: Subscription, increments: Increments
) -> Iterator[Reckoned]:
    """Charge the days that have been used and not billed, at the old price."""
    start = subscription.billed_until or subscription.term.start
    money = currency(account.currency, increments)
    series = Series(subscription.anchor, subscription.cycle)
    billed_to = change.to_account_id if money.code == change.currency else account.id
    for charge in subscription.charges:
        for priced in _priced(charge, series, (start, change.effective), None):
            made = _line(change, charge, priced, money)
            line = msgspec.structs.replace(
                made.line, kind="arrears", account_id=billed_to, currency=money.code, due_minor=made.line.amount_minor
            )
            yield msgspec.structs.replace(made, line=line)


def _charges(change: SubscriptionChange, charge: Charge, increments: Increments, *, due: bool) -> Iterator[Reckoned]:
    """Charge the new terms, from the day to the end; in advance, the period that starts on the day is due."""
    if change.until is None:
        return
    money = currency(change.currency, increments)
    series = Series(change.anchor, change.cycle)
    first_ends = series.next_boundary(change.effective)
    for priced in _priced(charge, series, (change.effective, change.until), change.effective):
        made = _line(change, charge, priced, money)
        # A price that changes within the first period makes two lines of it.
        if not due or priced.piece.start >= first_ends:
            made = msgspec.structs.replace(made, line=msgspec.structs.replace(made.line, due_minor=0))
        yield made


class _Priced(msgspec.Struct, frozen=True):
    """A piece of a span with the price of a seat for a whole period, and the seats."""

    piece: Piece
    price: Fraction
    seats: int


def _priced(charge: Charge, series: Series, span: tuple[date, date], seats_on: date | None) -> Iterator[_Priced]:
    """Divide a span also where price or seats change, and price each piece.

    Args:
        charge: what is billed.
        series: its periods.
        span: first day, and the day after the last.
        seats_on: the day whose seats count for all of it; None: those of each day.
    """
    start, end = span
    changes = {day for one in charge.discounts for day in (one.start, one.end) if day is not None}
    if seats_on is None:
        changes |= {one.start for one in charge.seats}
    edges = [start, *sorted(day for day in changes if start < day < end), end]
    for begun, ended in pairwise(edges):
        price = discounted(ratio(charge.unit_price), charge.discounts, begun)
        seats = quantity_on(charge, seats_on or begun)
        if price and seats:
            yield from (_Priced(piece, price, seats) for piece in pieces(series, begun, ended))


def _line(change: SubscriptionChange, charge: Charge, priced: _Priced, money: Currency) -> Reckoned:
    """Make a line of the new terms. Of a run of whole periods the first one is due, of a stub all of it."""
    period = priced.price * priced.seats * money.scale
    amount = money.round(period * priced.piece.ratio)
    made = OrderLine(
        kind="charge",
        account_id=change.to_account_id,
        subscription_id=change.subscription_id,
        charge_id=charge.id,
        start=priced.piece.start,
        end=priced.piece.end,
        amount_minor=amount,
        due_minor=money.round(period) if priced.piece.denominator == 1 else amount,
        currency=money.code,
        tax_rate=charge.tax_rate,
    )
    return Reckoned(
        line=made,
        description=charge.description,
        quantity=priced.seats,
        unit_price=priced.price,
        numerator=priced.piece.numerator,
        denominator=priced.piece.denominator,
    )
