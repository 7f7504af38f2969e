"""What has been paid on each line of an invoice, without tax: of payments and credits on the invoice, and on its lines.

Shares are exact fractions of minor units; rounding comes once, where a line is made of them.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from fractions import Fraction

import msgspec

from deskshift.model.billing import BillingAccount, Credit, Invoice

_NONE = Fraction(0)
_Amounts = dict[str, Fraction]
"""Line -> minor units with tax, not negative."""


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """How an invoice's line stands, without tax; `paid`, `credited` and `open` add up to `amount`, none is negative.

    `paid` is less refunds, chargebacks and what was given back of it; `credited` is what memos took off the line, and
    what memos for it that were put elsewhere, or on nothing yet, gave back.
    """

    amount: int
    paid: Fraction
    credited: Fraction

    @property
    def open(self) -> Fraction:
        """What is neither paid nor credited."""
        return self.amount - self.paid - self.credited


class _Put:
    """What was put on an invoice: on its lines, and on the whole of it."""

    def __init__(self) -> None:
        self.lines: defaultdict[str, int] = defaultdict(int)
        self.whole = 0

    @property
    def total(self) -> int:
        return self.whole + sum(self.lines.values())

    def put(self, line_id: str | None, amount: int) -> None:
        if line_id is None:
            self.whole += amount
        else:
            self.lines[line_id] += amount

    def up_to(self, limits: Mapping[str, Fraction]) -> tuple[_Amounts, Fraction]:
        """Divide it into what of each line's fits within a limit, and the rest with what is on the whole."""
        fits = {one: min(limit, Fraction(self.lines.get(one, 0))) for one, limit in limits.items()}
        return fits, self.total - sum(fits.values(), _NONE)


class Settlement:
    """An account with its payments and credits by the invoices that they were put on.

    A credit's source is looked for among the account's own invoices.
    """

    def __init__(self, account: BillingAccount) -> None:
        self.account = account
        self._lines: dict[str, dict[str, Settled]] = {}
        self._paid: defaultdict[str, _Put] = defaultdict(_Put)
        self._credited: defaultdict[str, _Put] = defaultdict(_Put)
        self._elsewhere: defaultdict[str, _Put] = defaultdict(_Put)
        for payment in account.payments:
            for one in payment.applied:
                self._paid[one.invoice_id].put(one.line_id, one.amount_minor)
            for one in payment.returned:
                self._paid[one.invoice_id].put(one.line_id, -one.amount_minor)
        for credit in account.credits:
            for one in credit.applied:
                self._credited[one.invoice_id].put(one.line_id, one.amount_minor)
            if credit.of_invoice_id is not None:
                self._elsewhere[credit.of_invoice_id].put(credit.of_line_id, _put_elsewhere(credit))

    def open_minor(self, invoice: Invoice) -> int:
        """Give what is still owed on an invoice, tax included."""
        total = sum(line.amount_minor for line in invoice.lines) + sum(tax.amount_minor for tax in invoice.tax)
        for put in (self._paid, self._credited):
            total -= put[invoice.id].total if invoice.id in put else 0
        return total

    def lines(self, invoice: Invoice) -> dict[str, Settled]:
        """Tell by line what has been paid and credited.

        Refunds are taken off payments first. What was put on one line counts there. What was put on the whole invoice
        is spread over what is open then, in proportion to it with its tax; money beyond that has been put on nothing.
        Credits beyond what is open, and those for the invoice that are elsewhere, take from what was paid.
        """
        if invoice.id not in self._lines:
            self._lines[invoice.id] = self._reckoned(invoice)
        return self._lines[invoice.id]

    def _reckoned(self, invoice: Invoice) -> dict[str, Settled]:
        gross = dict(_gross(invoice))
        if self._is_plain(invoice):
            paid, credited = _spread(Fraction(self._paid[invoice.id].whole), gross), _nothing(gross)
        else:
            paid, credited = self._divided(invoice.id, gross)
        if invoice.id in self._elsewhere:
            back, rest = self._elsewhere[invoice.id].up_to(paid)
            paid, credited = _moved(_less(paid, back), _plus(credited, back), rest)
        found = {}
        for line in invoice.lines:
            net = line.amount_minor / gross[line.id] if gross[line.id] else _NONE
            found[line.id] = Settled(
                amount=line.amount_minor, paid=paid[line.id] * net, credited=credited[line.id] * net
            )
        return found

    def _is_plain(self, invoice: Invoice) -> bool:
        """Say whether there is nothing but money on the whole of it, as on most: then there is little to reckon."""
        paid = self._paid[invoice.id]
        plain = invoice.id not in self._credited and not paid.lines and paid.whole >= 0
        return plain and all(line.amount_minor >= 0 for line in invoice.lines)

    def _divided(self, invoice_id: str, gross: _Amounts) -> tuple[_Amounts, _Amounts]:
        """Divide what was put on an invoice, credits first: the time that they gave back is paid for no longer.

        A line below zero is taken whole, and takes off the others what a credit on the invoice would.
        """
        kept, whole = _kept(self._paid[invoice_id])
        credited, more = self._credited[invoice_id].up_to(gross)
        room = _less(gross, credited)
        paid = {one: min(limit, kept.get(one, _NONE)) for one, limit in room.items()}
        free = _less(room, paid)
        spread = _spread(more, free)
        beyond = more - sum(spread.values(), _NONE)
        on_whole = _spread(whole, _less(free, spread))
        return _moved(_plus(paid, on_whole), _plus(credited, spread), beyond)


def tax_at(invoice: Invoice, rate: str | None) -> int:
    """Give an invoice's tax at a rate."""
    return sum(tax.amount_minor for tax in invoice.tax if tax.rate == rate)


def _put_elsewhere(credit: Credit) -> int:
    """Give what of a credit is not on the invoice that it is for."""
    here = sum(one.amount_minor for one in credit.applied if one.invoice_id == credit.of_invoice_id)
    return max(0, credit.amount_minor - here)


def _kept(paid: _Put) -> tuple[_Amounts, Fraction]:
    """Give what is left of payments on lines, and on the whole, after refunds.

    What went back of a line beyond what came in on it is taken from the whole; what the whole has not, from all lines.
    """
    lines = {one: Fraction(max(0, amount)) for one, amount in paid.lines.items()}
    whole = Fraction(paid.whole + sum(min(0, amount) for amount in paid.lines.values()))
    return _less(lines, _spread(max(_NONE, -whole), lines)), max(_NONE, whole)


def _spread(amount: Fraction, over: _Amounts) -> _Amounts:
    """Spread an amount in proportion to what there is by line, and no more than that."""
    if not amount:
        return _nothing(over)
    total = sum(over.values(), _NONE)
    share = min(Fraction(1), amount / total) if total else _NONE
    return {one: limit * share for one, limit in over.items()}


def _moved(paid: _Amounts, credited: _Amounts, amount: Fraction) -> tuple[_Amounts, _Amounts]:
    """Count an amount of what was paid as given back."""
    if not amount:
        return paid, credited
    back = _spread(amount, paid)
    return _less(paid, back), _plus(credited, back)


def _nothing(of: Mapping[str, Fraction]) -> _Amounts:
    return dict.fromkeys(of, _NONE)


def _less(of: _Amounts, taken: _Amounts) -> _Amounts:
    return {one: amount - taken[one] for one, amount in of.items()}


def _plus(of: _Amounts, added: _Amounts) -> _Amounts:
    return {one: amount + added[one] for one, amount in of.items()}


def _gross(invoice: Invoice) -> Iterator[tuple[str, Fraction]]:
    """Give each line with its share of its rate's tax."""
    net: defaultdict[str | None, int] = defaultdict(int)
    for line in invoice.lines:
        net[line.tax_rate] += line.amount_minor
    share = {rate: Fraction(tax_at(invoice, rate), amount) if amount else _NONE for rate, amount in net.items()}
    for line in invoice.lines:
        yield line.id, line.amount_minor * (1 + share[line.tax_rate])
