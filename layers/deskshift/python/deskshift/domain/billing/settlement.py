"""What has been paid on each line of an invoice, without tax: of payments and credits on the invoice, and on its lines.

Shares are exact fractions of minor units; rounding comes once, where a line is made of them.
"""

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

import msgspec

from deskshift.model.billing import BillingAccount, Invoice

_NONE = Fraction(0)


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """How an invoice's line stands, without tax: `paid` (less refunds and chargebacks), `credited`; rest is open."""

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


class Settlement:
    """An account with its payments and credits by the invoices that they were put on."""

    def __init__(self, account: BillingAccount) -> None:
        self.account = account
        self._lines: dict[str, dict[str, Settled]] = {}
        self._paid: defaultdict[str, _Put] = defaultdict(_Put)
        self._credited: defaultdict[str, _Put] = defaultdict(_Put)
        for payment in account.payments:
            for one in payment.applied:
                self._paid[one.invoice_id].put(one.line_id, one.amount_minor)
            for one in payment.returned:
                self._paid[one.invoice_id].put(one.line_id, -one.amount_minor)
        for credit in account.credits:
            for one in credit.applied:
                self._credited[one.invoice_id].put(one.line_id, one.amount_minor)

    def open_minor(self, invoice: Invoice) -> int:
        """Give what is still owed on an invoice, tax included."""
        total = sum(line.amount_minor for line in invoice.lines) + sum(tax.amount_minor for tax in invoice.tax)
        return total - self._paid[invoice.id].total - self._credited[invoice.id].total

    def lines(self, invoice: Invoice) -> dict[str, Settled]:
        """Tell by line what has been paid and credited.

        What was put on one line counts there. What was put on the whole invoice is spread over what is open then, in
        proportion to it with its tax; what is more than that has been put on nothing.
        """
        if invoice.id not in self._lines:
            self._lines[invoice.id] = self._reckoned(invoice)
        return self._lines[invoice.id]

    def _reckoned(self, invoice: Invoice) -> dict[str, Settled]:
        paid, credited = self._paid[invoice.id], self._credited[invoice.id]
        gross = dict(_gross(invoice))
        left = {
            one: max(_NONE, amount - paid.lines.get(one, 0) - credited.lines.get(one, 0))
            for one, amount in gross.items()
        }
        of = sum(left.values(), _NONE)
        shares = [max(_NONE, Fraction(put.whole) / of) if of else _NONE for put in (paid, credited)]
        # Together they take no more than there is.
        excess = max(Fraction(1), sum(shares, _NONE))
        found = {}
        for line in invoice.lines:
            net = line.amount_minor / gross[line.id] if gross[line.id] else _NONE
            on_line = [
                max(_NONE, min(gross[line.id], put.lines.get(line.id, 0) + left[line.id] * share / excess)) * net
                for put, share in zip((paid, credited), shares, strict=True)
            ]
            found[line.id] = Settled(amount=line.amount_minor, paid=on_line[0], credited=on_line[1])
        return found


def tax_at(invoice: Invoice, rate: str | None) -> int:
    """Give an invoice's tax at a rate."""
    return sum(tax.amount_minor for tax in invoice.tax if tax.rate == rate)


def _gross(invoice: Invoice) -> Iterator[tuple[str, Fraction]]:
    """Give each line with its share of its rate's tax."""
    net: defaultdict[str | None, int] = defaultdict(int)
    for line in invoice.lines:
        net[line.tax_rate] += line.amount_minor
    share = {rate: Fraction(tax_at(invoice, rate), amount) if amount else _NONE for rate, amount in net.items()}
    for line in invoice.lines:
        yield line.id, line.amount_minor * (1 + share[line.tax_rate])
