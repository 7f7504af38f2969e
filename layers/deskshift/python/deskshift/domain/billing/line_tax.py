"""Which part of a document's tax belongs to which line: tax is rounded once for each rate, and then split exactly."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from deskshift.domain.billing.lines import Increments
from deskshift.domain.billing.money import currency, split_largest_remainder
from deskshift.domain.billing.tax import INVOICE, LATER
from deskshift.model.billing_order import DocumentTax, OrderLine


def tax_of_lines(lines: Sequence[OrderLine], documents: Iterable[DocumentTax], increments: Increments) -> list[int]:
    """Give each line its part of the documents' tax; together the parts are the tax, to the minor unit.

    Args:
        lines: of one order.
        documents: their tax.
        increments: the policy's rounding.
    """
    found = [0] * len(lines)
    for document in documents:
        step = currency(document.currency, increments).increment
        for tax in document.tax:
            parts = [
                (index, abs(_on(line, document.document)))
                for index, line in enumerate(lines)
                if line.tax_rate == tax.rate and line.currency == document.currency and _on(line, document.document)
            ]
            if len(parts) == 1:
                found[parts[0][0]] += tax.amount_minor
            elif parts:
                shares = split_largest_remainder(tax.amount_minor, [Fraction(weight) for _, weight in parts], step)
                for (index, _), share in zip(parts, shares, strict=True):
                    found[index] += share
    return found


def _on(line: OrderLine, document: str) -> int:
    """Give what of a line is on a document."""
    if line.invoice_id is not None:
        return line.amount_minor if document == f"{line.kind}:{line.invoice_id}" else 0
    if document == INVOICE:
        return line.due_minor
    return line.amount_minor - line.due_minor if document == LATER else 0
