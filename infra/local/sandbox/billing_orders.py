"""What an order comes to, by the sandbox's own reckoning; nothing is changed here."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec import Struct

from infra.local.sandbox.billing_days import exponent, first_closing, rounded, stretches
from infra.local.sandbox.billing_records import Charge, Code, Cycle, Date, Id, Tax
from infra.local.sandbox.billing_settlement import books
from infra.local.sandbox.errors import ContractError, invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.sandbox.billing_records import Billing, BillingAccount, Invoice, Subscription

_PER_CENT = 100
_YEARS = range(1970, 3000)


class Change(Struct, kw_only=True):
    """What becomes of one subscription."""

    subscription_id: Id
    account_id: Id
    to_account_id: Id
    effective: Date
    until: Date | None
    cycle: Cycle
    anchor: Date
    currency: Code
    charges: list[Charge]
    credit_unused: bool = True
    owner_only: bool = False
    evergreen: bool = False
    term_months: int | None = None
    renews: bool = True


class Order(Struct, kw_only=True):
    """An order as it comes."""

    number: Id
    effective: Date
    changes: list[Change]


class Line(Struct, kw_only=True):
    """A line that an order comes to."""

    kind: str
    account_id: str
    subscription_id: str
    charge_id: str
    start: Date
    end: Date
    amount_minor: int
    due_minor: int
    currency: str
    tax_rate: str | None = None
    invoice_id: str | None = None


class Document(Struct, kw_only=True):
    """A document's tax."""

    document: str
    currency: str
    tax: list[Tax]


class Reckoning(Struct, kw_only=True):
    """What an order comes to."""

    number: str
    lines: list[Line]
    tax: list[Document]
    posted_at: str | None = None


def reckoned(billing: Billing, order: Order, increments: dict[str, int]) -> Reckoning:
    """Reckon an order's lines and tax.

    Raises:
        ContractError: as :func:`found`.
    """
    lines: list[Line] = []
    for change, account, subscription in found(billing, order):
        if not change.owner_only:
            lines += _of_change(account, subscription, change, increments)
    return Reckoning(number=order.number, lines=lines, tax=list(_taxes(billing, lines, increments)))


def found(billing: Billing, order: Order) -> list[tuple[Change, BillingAccount, Subscription]]:
    """Find what each change is about.

    Raises:
        ContractError: an account or a subscription is not there, closed or named twice, or dates cannot be.
    """
    about = [(one, *_found(billing, one, f"changes[{index}]")) for index, one in enumerate(order.changes)]
    seen: set[str] = set()
    for index, change in enumerate(order.changes):
        if change.subscription_id in seen:
            raise invalid(f"changes[{index}].subscription_id", "Another change is about the same subscription.")
        seen.add(change.subscription_id)
    return about


def _found(billing: Billing, change: Change, place: str) -> tuple[BillingAccount, Subscription]:
    for name in ("effective", "until"):
        day = getattr(change, name)
        if day is not None and day.year not in _YEARS:
            raise invalid(f"{place}.{name}", f"A day must lie in the years {_YEARS[0]} to {_YEARS[-1]}.")
    account = _open_account(billing, change.account_id, f"{place}.account_id")
    _open_account(billing, change.to_account_id, f"{place}.to_account_id")
    subscription = next((one for one in account.subscriptions if one.id == change.subscription_id), None)
    if subscription is None:
        raise ContractError(409, "no_such_subscription", "The account has no such subscription.", field=place)
    if change.until is not None and change.until <= change.effective and not change.owner_only:
        raise invalid(f"{place}.until", "until must come after effective.")
    return account, subscription


def _open_account(billing: Billing, identifier: str, field: str) -> BillingAccount:
    account = billing.account(identifier)
    if account is None:
        raise invalid(field, "There is no such billing account.")
    if account.status == "closed":
        raise ContractError(409, "account_closed", "The billing account is closed.", field=field)
    return account


def _of_change(
    account: BillingAccount, subscription: Subscription, change: Change, increments: dict[str, int]
) -> Iterator[Line]:
    if subscription.timing == "arrears":
        yield from _arrears(account, subscription, change, increments)
    else:
        yield from _given_back(account, subscription, change, increments)
    if change.until is None:
        return
    first = first_closing(change.effective, change.anchor, change.cycle)
    for charge in change.charges:
        seats = _seats(charge, change.effective)
        for start, end, price in _by_price(charge, change.effective, change.until):
            for part in stretches(start, end, change.anchor, change.cycle):
                period = price * seats * 10 ** exponent(change.currency)
                step = increments.get(change.currency, 1)
                amount = rounded(period * part.share, step)
                due = rounded(period, step) if part.whole else amount
                starts_now = part.start < first and subscription.timing == "advance"
                if period:
                    yield _line("charge", change, charge, (part.start, part.end), amount, due if starts_now else 0)


def _given_back(
    account: BillingAccount, subscription: Subscription, change: Change, increments: dict[str, int]
) -> Iterator[Line]:
    for invoice in account.invoices:
        standing = books(account, invoice)
        for line in invoice.lines:
            if line.end <= change.effective:
                continue
            start = max(line.start, change.effective)
            share = Fraction((line.end - start).days, (line.end - line.start).days)
            for kind, of in zip(("credit", "reduction"), standing[line.id], strict=True):
                amount = -rounded(of * share, increments.get(invoice.currency, 1))
                if amount and (change.credit_unused or kind == "reduction"):
                    yield Line(
                        kind=kind,
                        account_id=account.id,
                        subscription_id=subscription.id,
                        charge_id=line.charge_id,
                        start=start,
                        end=line.end,
                        amount_minor=amount,
                        due_minor=amount,
                        currency=invoice.currency,
                        tax_rate=line.tax_rate,
                        invoice_id=invoice.id,
                    )


def _arrears(
    account: BillingAccount, subscription: Subscription, change: Change, increments: dict[str, int]
) -> Iterator[Line]:
    since = subscription.billed_until or subscription.term.start
    for charge in subscription.charges:
        edges = {one.start for one in charge.seats}
        for begun, ended, price in _by_price(charge, since, change.effective, edges):
            seats = _seats(charge, begun)
            for part in stretches(begun, ended, subscription.anchor, subscription.cycle):
                amount = rounded(
                    price * seats * 10 ** exponent(account.currency) * part.share,
                    increments.get(account.currency, 1),
                )
                if price * seats:
                    line = _line("arrears", change, charge, (part.start, part.end), amount, amount)
                    line.currency = account.currency
                    line.account_id = change.to_account_id if account.currency == change.currency else account.id
                    yield line


def _line(kind: str, change: Change, charge: Charge, span: tuple[Date, Date], amount: int, due: int) -> Line:  # noqa: PLR0913, PLR0917 - a line's parts
    return Line(
        kind=kind,
        account_id=change.to_account_id,
        subscription_id=change.subscription_id,
        charge_id=charge.id,
        start=span[0],
        end=span[1],
        amount_minor=amount,
        due_minor=due,
        currency=change.currency,
        tax_rate=charge.tax_rate,
    )


def _seats(charge: Charge, day: Date) -> int:
    return max(((one.start, one.quantity) for one in charge.seats if one.start <= day), default=(day, 0))[1]


def _by_price(
    charge: Charge, start: Date, end: Date, edges: set[Date] | None = None
) -> Iterator[tuple[Date, Date, Fraction]]:
    """Yield spans of one price, after the discounts that run."""
    cuts = {start, end, *(edges or ())}
    for discount in charge.discounts:
        cuts |= {discount.start} | ({discount.end} if discount.end else set())
    inside = sorted(day for day in cuts if start <= day <= end)
    for begun, ended in itertools.pairwise(inside):
        price = Fraction(charge.unit_price)
        for discount in charge.discounts:
            if discount.start <= begun and not (discount.end and discount.end <= begun):
                price -= price * Fraction(discount.percent) / _PER_CENT
        yield begun, ended, price


def _taxes(billing: Billing, lines: list[Line], increments: dict[str, int]) -> Iterator[Document]:
    for account in billing.accounts:
        for invoice in account.invoices:
            yield from _tax_given_back(account, invoice, lines, increments)
    for currency in sorted({line.currency for line in lines if line.invoice_id is None}):
        new = [line for line in lines if line.invoice_id is None and line.currency == currency]
        for document in ("invoice", "later"):
            tax = []
            for rate in sorted({line.tax_rate for line in new if line.tax_rate}):
                base = sum(
                    line.due_minor if document == "invoice" else line.amount_minor - line.due_minor
                    for line in new
                    if line.tax_rate == rate
                )
                if base:
                    amount = rounded(base * Fraction(rate) / _PER_CENT, increments.get(currency, 1))
                    tax.append(Tax(rate=rate, amount_minor=amount))
            if tax:
                yield Document(document=document, currency=currency, tax=tax)


def _tax_given_back(
    account: BillingAccount, invoice: Invoice, lines: list[Line], increments: dict[str, int]
) -> Iterator[Document]:
    made: dict[str, list[Tax]] = {"reduction": [], "credit": []}
    standing = books(account, invoice)
    for each in invoice.tax:
        own = [line for line in invoice.lines if line.tax_rate == each.rate]
        net = sum(line.amount_minor for line in own)
        if not net:
            continue
        open_or_paid = sum((sum(standing[line.id], Fraction(0)) for line in own), Fraction(0))
        step = increments.get(invoice.currency, 1)
        left = each.amount_minor - rounded(each.amount_minor * (net - open_or_paid) / net, step)
        for kind, taxes in made.items():
            base = -sum(
                line.amount_minor
                for line in lines
                if line.invoice_id == invoice.id and line.kind == kind and line.tax_rate == each.rate
            )
            if base:
                open_or_paid -= base
                tax = rounded(base * Fraction(each.rate) / _PER_CENT, step)
                tax = left if open_or_paid <= 0 else min(left, tax)
                left -= tax
                taxes.append(Tax(rate=each.rate, amount_minor=-tax))
    for kind, taxes in made.items():
        if taxes:
            yield Document(document=f"{kind}:{invoice.id}", currency=invoice.currency, tax=taxes)
