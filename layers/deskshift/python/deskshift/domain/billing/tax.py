"""Tax: per document and rate, on the sum of rounded lines, rounded once; a credit takes at most its invoice's."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction

from deskshift.domain.billing.lines import Increments
from deskshift.domain.billing.money import currency
from deskshift.domain.billing.pricing import ratio
from deskshift.domain.billing.settlement import Settled, Settlement, tax_at
from deskshift.model.billing import Invoice, TaxAmount
from deskshift.model.billing_order import DocumentTax, OrderLine

_WHOLE = 100
INVOICE, LATER = "invoice", "later"
"""The document that is due with the order, and what is invoiced afterwards."""


def taxes(lines: Iterable[OrderLine], settlements: Iterable[Settlement], increments: Increments) -> list[DocumentTax]:
    """Reckon the tax of every document that the lines make: one for each invoice's reductions and credits, the new one.

    Args:
        lines: of one order.
        settlements: the accounts whose invoices are credited.
        increments: the policy's rounding.
    """
    every = list(lines)
    given_back: defaultdict[str, list[OrderLine]] = defaultdict(list)
    for line in every:
        if line.invoice_id is not None:
            given_back[line.invoice_id].append(line)
    found = []
    for settlement in settlements:
        for invoice in settlement.account.invoices:
            if invoice.id in given_back:
                found += _given_back(given_back[invoice.id], invoice, settlement.lines(invoice), increments)
    for code in sorted({line.currency for line in every if line.invoice_id is None}):
        new = [line for line in every if line.invoice_id is None and line.currency == code]
        for document, part in (
            (INVOICE, {line: line.due_minor for line in new}),
            (LATER, {line: line.amount_minor - line.due_minor for line in new}),
        ):
            tax = _of(part, code, increments)
            if tax:
                found.append(DocumentTax(document=document, currency=code, tax=tax))
    return found


def _of(amounts: Mapping[OrderLine, int], code: str, increments: Increments) -> tuple[TaxAmount, ...]:
    money = currency(code, increments)
    rates = sorted({line.tax_rate for line, amount in amounts.items() if line.tax_rate is not None and amount})
    return tuple(
        TaxAmount(
            rate=rate,
            amount_minor=money.round(
                sum(amount for line, amount in amounts.items() if line.tax_rate == rate) * ratio(rate) / _WHOLE
            ),
        )
        for rate in rates
    )


def _given_back(
    lines: list[OrderLine], invoice: Invoice, standing: Mapping[str, Settled], increments: Increments
) -> list[DocumentTax]:
    """Give back an invoice's tax with its reductions and its credits; the last one takes what is left of it."""
    money = currency(invoice.currency, increments)
    made = {kind: [line for line in lines if line.kind == kind] for kind in _KINDS}
    found: dict[str, list[TaxAmount]] = {kind: [] for kind in _KINDS}
    for rate in sorted({line.tax_rate for kind in _KINDS for line in made[kind] if line.tax_rate is not None}):
        own = [line for line in invoice.lines if line.tax_rate == rate]
        net = sum(line.amount_minor for line in own)
        earlier = sum((standing[line.id].credited for line in own), Fraction(0))
        left = tax_at(invoice, rate) - (money.round(tax_at(invoice, rate) * earlier / net) if net else 0)
        open_net = net - earlier
        for kind in _KINDS:
            base = -sum(line.amount_minor for line in made[kind] if line.tax_rate == rate)
            if not base:
                continue
            open_net -= base
            tax = left if open_net <= 0 else min(left, money.round(base * ratio(rate) / _WHOLE))
            left -= tax
            found[kind].append(TaxAmount(rate=rate, amount_minor=-tax))
    return [
        DocumentTax(document=f"{kind}:{invoice.id}", currency=invoice.currency, tax=tuple(found[kind]))
        for kind in _KINDS
        if found[kind]
    ]


_KINDS = ("reduction", "credit")
