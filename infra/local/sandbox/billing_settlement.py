"""What of an invoice's lines is paid and open, as the sandbox keeps its books: posting one thing after the other."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.local.sandbox.billing_records import Applied, BillingAccount, Invoice

Books = dict[str, tuple[Fraction, Fraction]]
"""Line -> paid and open, without tax."""
Posts = list[tuple[str | None, Fraction]]
"""A line, or None for all of them, with what is put there, tax included."""
_ZERO = Fraction(0)


class _Ledger:
    """Each line's amount with tax in three columns; it only moves from one to another, so that none goes below 0."""

    def __init__(self, gross: dict[str, Fraction]) -> None:
        self.open = dict(gross)
        self.paid = dict.fromkeys(gross, _ZERO)
        self.given = dict.fromkeys(gross, _ZERO)

    @staticmethod
    def move(amount: Fraction, source: dict[str, Fraction], to: dict[str, Fraction], line: str | None) -> Fraction:
        """Move an amount, of one line or of all in proportion; return what there was not enough for."""
        names = [name for name in source if line in {None, name}]
        held = sum((source[name] for name in names), _ZERO)
        moved = min(amount, held)
        for name in names:
            part = source[name] * moved / held if held else _ZERO
            source[name] -= part
            to[name] += part
        return amount - moved


def books(account: BillingAccount, invoice: Invoice) -> Books:
    """Keep an invoice's books: memos and money on lines, memos and money on the whole, memos that are elsewhere."""
    gross = _gross(invoice)
    ledger = _Ledger(gross)
    memos = [_post(one) for credit in account.credits for one in credit.applied if one.invoice_id == invoice.id]
    cash = _cash(account, invoice)
    rest = sum((ledger.move(amount, ledger.open, ledger.given, line) for line, amount in memos if line), _ZERO)
    for line, amount in cash.items():
        if line is not None:
            ledger.move(amount, ledger.open, ledger.paid, line)
    rest += sum((amount for line, amount in memos if line is None), _ZERO)
    rest = ledger.move(rest, ledger.open, ledger.given, None)
    ledger.move(rest, ledger.paid, ledger.given, None)
    ledger.move(cash[None], ledger.open, ledger.paid, None)
    _post_elsewhere(ledger, account, invoice)
    found: Books = {}
    for each in invoice.lines:
        net = each.amount_minor / gross[each.id] if gross[each.id] else _ZERO
        found[each.id] = (ledger.paid[each.id] * net, ledger.open[each.id] * net)
    return found


def _post(one: Applied) -> tuple[str | None, Fraction]:
    return one.line_id, Fraction(one.amount_minor)


def _cash(account: BillingAccount, invoice: Invoice) -> dict[str | None, Fraction]:
    """Count the money by the till that it came into, and take what went back: a till that has too little borrows.

    A line borrows from the whole's, which borrows from all lines in proportion.
    """
    tills: dict[str | None, Fraction] = {None: _ZERO}
    came = [_post(one) for each in account.payments for one in each.applied if one.invoice_id == invoice.id]
    went = [_post(one) for each in account.payments for one in each.returned if one.invoice_id == invoice.id]
    for line, amount in came:
        tills[line] = tills.get(line, _ZERO) + amount
    for line, amount in went:
        tills[line] = tills.get(line, _ZERO) - amount
    for line, amount in tills.items():
        if line is not None and amount < 0:
            tills[None] += amount
            tills[line] = _ZERO
    lacking = -tills[None]
    if lacking > 0:
        held = sum((amount for line, amount in tills.items() if line is not None), _ZERO)
        keeps = max(_ZERO, 1 - lacking / held) if held else _ZERO
        tills = {line: _ZERO if line is None else amount * keeps for line, amount in tills.items()}
    return tills


def _post_elsewhere(ledger: _Ledger, account: BillingAccount, invoice: Invoice) -> None:
    """What a memo for the invoice gave back by way of another one, or has yet to give, is paid no longer."""
    rest = _ZERO
    for credit in account.credits:
        if credit.of_invoice_id == invoice.id:
            here = sum(one.amount_minor for one in credit.applied if one.invoice_id == invoice.id)
            away = Fraction(credit.amount_minor - here)
            line = credit.of_line_id
            rest += away if line is None else ledger.move(away, ledger.paid, ledger.given, line)
    ledger.move(rest, ledger.paid, ledger.given, None)


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


def _gross(invoice: Invoice) -> dict[str, Fraction]:
    tax = {each.rate: each.amount_minor for each in invoice.tax}
    found = {}
    for line in invoice.lines:
        same = sum(each.amount_minor for each in invoice.lines if each.tax_rate == line.tax_rate)
        share = Fraction(tax.get(line.tax_rate or "", 0) * line.amount_minor, same) if same else Fraction(0)
        found[line.id] = line.amount_minor + share
    return found
