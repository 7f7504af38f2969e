"""Accounts with billing of every shape, for properties: terms, currencies, discounts, payments, refunds, memos."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import strategies as st

from deskshift.domain.billing.choices import Choice, Upgrade
from deskshift.domain.billing.facts import Facts
from deskshift.model.billing import (
    Applied,
    Billing,
    BillingAccount,
    Charge,
    Contract,
    Credit,
    Cycle,
    Discount,
    Invoice,
    InvoiceLine,
    Payment,
    Price,
    Seats,
    Subscription,
    TaxAmount,
    Term,
    Timing,
)
from deskshift.model.merge import ChoiceKind
from tests.support.billing import POLICY, account

CURRENCIES = ("EUR", "JPY", "KWD", "CHF", "USD")
RATES = (None, "23", "7.7", "19")
_FIRST = date(2021, 1, 1)
days = st.dates(date(2022, 10, 1), date(2024, 3, 31))
earlier = st.dates(_FIRST, date(2022, 12, 31))
prices = st.decimals(0, 5000, places=2).map(str)
_CHOICES: tuple[ChoiceKind, ...] = ("none", "none", "cancel", "co_term")
_TIMINGS: tuple[Timing, ...] = ("advance", "advance", "arrears")
_CYCLES: tuple[Cycle, ...] = ("month", "quarter", "year")
cycles = st.sampled_from(_CYCLES)


def amounts(most: int) -> st.SearchStrategy[int]:
    """None, all, or anything between."""
    return st.just(0) | st.just(most) | st.integers(0, most)


@st.composite
def discounts(draw: st.DrawFn) -> Discount:
    """A discount that may begin or end at any time."""
    start = draw(earlier)
    end = draw(st.none() | st.integers(1, 900).map(lambda n: start + timedelta(days=n)))
    return Discount(percent=draw(st.sampled_from(("10", "33.3", "100"))), start=start, end=end)


@st.composite
def charges(draw: st.DrawFn, product: str) -> tuple[Charge, ...]:
    """One to three charges of a subscription."""
    made = []
    for number in range(draw(st.integers(1, 3))):
        starts = sorted(draw(st.sets(earlier, min_size=1, max_size=3)))
        made.append(
            Charge(
                id=f"{product}-charge-{number}",
                plan=f"{product}-plan-{number}",
                description=f"{product} {number}",
                unit_price=draw(prices),
                seats=tuple(Seats(start=day, quantity=draw(st.integers(0, 40))) for day in starts),
                discounts=tuple(draw(st.lists(discounts(), max_size=2))),
                tax_rate=draw(st.sampled_from(RATES)),
            )
        )
    return tuple(made)


@st.composite
def subscriptions(draw: st.DrawFn, product: str, day: date) -> Subscription:
    """A paid subscription whose term ends before, on or after a day, or never."""
    start = draw(earlier)
    end = draw(st.none() | st.integers(-60, 500).map(lambda n: max(start + timedelta(days=1), day + timedelta(days=n))))
    timing = draw(st.sampled_from(_TIMINGS))
    months, renews = draw(st.none() | st.sampled_from((1, 3, 12))), draw(st.booleans())
    billed = draw(st.none() | st.integers(0, 90).map(lambda n: day - timedelta(days=n)))
    return Subscription(
        id=f"sub-{product}",
        state="paid",
        cycle=draw(cycles),
        anchor=draw(st.dates(_FIRST, date(2024, 12, 31))),
        timing=timing,
        term=Term(start=start, end=end, months=months, renews=renews),
        charges=draw(charges(product)),
        billed_until=billed if timing == "arrears" else None,
    )


@st.composite
def invoices(draw: st.DrawFn, of: Subscription, day: date, currency: str, number: int) -> Invoice:
    """An invoice whose service periods may reach beyond a day."""
    lines = []
    for index in range(draw(st.integers(1, 3))):
        start = day + timedelta(days=draw(st.integers(-370, 20)))
        end = start + timedelta(days=draw(st.integers(1, 366)))
        lines.append(
            InvoiceLine(
                id=f"inv-{number}-{index}",
                charge_id=draw(st.sampled_from([one.id for one in of.charges])),
                description="billed",
                start=start,
                end=end,
                amount_minor=draw(amounts(100_000)),
                tax_rate=draw(st.sampled_from(RATES)),
            )
        )
    tax = []
    for rate in sorted({line.tax_rate for line in lines if line.tax_rate is not None}):
        net = sum(line.amount_minor for line in lines if line.tax_rate == rate)
        # To a minor unit more or less what the rate says, as other systems round.
        exact = int(Decimal(net) * Decimal(rate) / 100)
        tax.append(TaxAmount(rate=rate, amount_minor=max(0, exact + draw(st.integers(-1, 2)))))
    return Invoice(
        id=f"inv-{number}", number=f"I-{number}", issued=day, currency=currency, lines=tuple(lines), tax=tuple(tax)
    )


def _total(invoice: Invoice) -> int:
    return sum(line.amount_minor for line in invoice.lines) + sum(tax.amount_minor for tax in invoice.tax)


@st.composite
def targets(draw: st.DrawFn, of: list[Invoice], amount: int) -> Applied:
    """An amount put on an invoice as a whole, or on one of its lines."""
    invoice = draw(st.sampled_from(of))
    line = draw(st.none() | st.sampled_from([one.id for one in invoice.lines]))
    return Applied(invoice_id=invoice.id, amount_minor=amount, line_id=line)


@st.composite
def parts(draw: st.DrawFn, of: list[Invoice], most: int, least: int = 0) -> tuple[Applied, ...]:
    """Up to three amounts, together no more than there is, each on a target of its own."""
    made = []
    for _ in range(draw(st.integers(least, 3))):
        made.append(draw(targets(of, draw(amounts(most)))))
        most -= made[-1].amount_minor
    return tuple(made)


@st.composite
def payments(draw: st.DrawFn, invoice: Invoice, number: int) -> Payment:
    """A payment on an invoice and its lines, some of it perhaps returned from others of its lines, or from all."""
    applied = draw(parts([invoice], draw(amounts(_total(invoice)) | st.just(_total(invoice))), least=1))
    put = sum(one.amount_minor for one in applied)
    return Payment(
        id=f"pay-{invoice.id}-{number}",
        currency=invoice.currency,
        amount_minor=put + draw(amounts(500)),
        applied=applied,
        returned=draw(parts([invoice], put)) if draw(st.integers(0, 2)) == 0 else (),
    )


@st.composite
def credits_(draw: st.DrawFn, invoice: Invoice, of: list[Invoice], number: int) -> Credit:
    """A memo for an invoice, for a line of it, or for one knows not what; on that one, on others, or on none yet."""
    most = draw(st.sampled_from((_total(invoice), _total(invoice) // 3)))
    amount = draw(amounts(most))
    source = draw(targets([invoice], 0))
    known = draw(st.booleans())
    return Credit(
        id=f"cm-{invoice.id}-{number}",
        currency=invoice.currency,
        amount_minor=amount,
        applied=draw(parts(draw(st.sampled_from(([invoice], of))), amount)),
        of_invoice_id=source.invoice_id if known else None,
        of_line_id=source.line_id if known else None,
    )


@st.composite
def accounts(draw: st.DrawFn, product: Any, day: date) -> BillingAccount:  # noqa: ANN401 - one of the two
    """A billing account with what has been billed and paid."""
    of = draw(subscriptions(product, day))
    currency = draw(st.sampled_from(CURRENCIES[:1] * 4 + CURRENCIES))
    made = [draw(invoices(of, day, currency, number)) for number in range(draw(st.sampled_from((1, 2, 3, 0))))]
    made = [msgspec.structs.replace(one, id=f"{product}-{one.id}") for one in made]
    paid = [draw(payments(one, n)) for one in made for n in range(draw(st.sampled_from((1, 1, 2, 0))))]
    credited = [draw(credits_(one, made, n)) for one in made for n in range(draw(st.sampled_from((0, 0, 0, 1, 2))))]
    return account(
        product,
        currency=currency,
        subscriptions=(of,),
        invoices=tuple(made),
        payments=tuple(paid),
        credits=tuple(credited),
    )


@st.composite
def merge_facts(draw: st.DrawFn) -> Facts:
    """Everything that a merge is decided by."""
    day = draw(days)
    chat, support = draw(accounts("chat", day)), draw(accounts("support", day))
    of = (*chat.subscriptions[0].charges, *support.subscriptions[0].charges)
    listed = tuple(
        Price(plan=one.plan, cycle=draw(cycles), currency=draw(st.sampled_from(CURRENCIES)), unit_price=draw(prices))
        for one in of
        if draw(st.booleans())
    )
    contract = Contract(
        id="contract-1",
        executed_at="2022-01-01T00:00:00Z",
        start=day,
        end=day + timedelta(days=draw(st.integers(1, 800))),
        cycle=draw(cycles),
        prices={one.plan: draw(prices) for one in of},
    )
    kind = draw(st.sampled_from(_CHOICES))
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    chosen = (at - timedelta(days=draw(st.integers(1, 40)))).strftime("%Y-%m-%dT%H:%M:%SZ")
    billing = Billing(
        account_id="acme",
        time_zone="Europe/Lisbon",
        locale="pt-PT",
        accounts=(chat, support),
        prices=listed,
        contracts=(contract,),
    )
    return Facts(
        billing=billing,
        policy=msgspec.structs.replace(POLICY, cancel_credits=draw(st.booleans())),
        choice=Choice(kind=kind, chosen_at=None if kind == "none" else chosen),
        upgrade=Upgrade(at=at, time_zone=billing.time_zone),
    )
