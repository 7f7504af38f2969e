"""What of an invoice's lines is paid, credited and open, as the sandbox keeps its books."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.local.sandbox.billing_records import Applied, BillingAccount, Invoice

Books = dict[str, tuple[Fraction, Fraction]]
"""Line -> paid and open, without tax."""


def books(account: BillingAccount, invoice: Invoice) -> Books:
    """Reckon what is paid and open of each line, without tax."""
    gross = _gross(invoice)
    paid = [(one, 1) for payment in account.payments for one in payment.applied]
    paid += [(one, -1) for payment in account.payments for one in payment.returned]
    credited = [(one, 1) for credit in account.credits for one in credit.applied]
    own = {"paid": _of(invoice, paid), "credited": _of(invoice, credited)}
    left = {line: max(Fraction(0), gross[line] - sum(own[kind].get(line, 0) for kind in own)) for line in gross}
    open_sum = sum(left.values(), Fraction(0))
    wholes = {kind: max(0, own[kind].get(None, 0)) for kind in own}
    over = max(Fraction(1), Fraction(sum(wholes.values())) / open_sum) if open_sum else Fraction(1)
    found: Books = {}
    for line in invoice.lines:
        net = Fraction(line.amount_minor) / gross[line.id] if gross[line.id] else Fraction(0)
        put = {}
        for kind, amounts in own.items():
            spread = left[line.id] * wholes[kind] / open_sum / over if open_sum else Fraction(0)
            put[kind] = max(Fraction(0), min(gross[line.id], amounts.get(line.id, 0) + spread)) * net
        found[line.id] = (put["paid"], line.amount_minor - put["paid"] - put["credited"])
    return found


def balance(account: BillingAccount) -> dict[str, int]:
    """Return by currency what is owed less what was paid and credited ahead."""
    found: dict[str, int] = {}
    for invoice in account.invoices:
        total = sum(line.amount_minor for line in invoice.lines) + sum(tax.amount_minor for tax in invoice.tax)
        found[invoice.currency] = found.get(invoice.currency, 0) + total
    for payment in account.payments:
        back = sum(one.amount_minor for one in payment.returned)
        found[payment.currency] = found.get(payment.currency, 0) - payment.amount_minor + back
    for credit in account.credits:
        found[credit.currency] = found.get(credit.currency, 0) - credit.amount_minor
    return found


def _of(invoice: Invoice, applied: list[tuple[Applied, int]]) -> dict[str | None, int]:
    found: dict[str | None, int] = {}
    for one, sign in applied:
        if one.invoice_id == invoice.id:
            found[one.line_id] = found.get(one.line_id, 0) + sign * one.amount_minor
    return found


def _gross(invoice: Invoice) -> dict[str, Fraction]:
    tax = {each.rate: each.amount_minor for each in invoice.tax}
    found = {}
    for line in invoice.lines:
        same = sum(each.amount_minor for each in invoice.lines if each.tax_rate == line.tax_rate)
        share = Fraction(tax.get(line.tax_rate or "", 0) * line.amount_minor, same) if same else Fraction(0)
        found[line.id] = line.amount_minor + share
    return found
