"""The figures under the lines of a preview."""

import msgspec

from deskshift.domain.billing.lines import Increments
from deskshift.domain.billing.tax import INVOICE, taxes
from deskshift.model.billing_order import DocumentTax, OrderOutcome


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """In minor units of one currency.

    `due_now_minor`: periods that start now, with arrears, credits and tax, if that is owed; `credit_minor` is the rest
    in the customer's favour, not negative. `committed_minor`: charges to the end of the term with tax, without credits.
    `total_minor`: all lines and tax.
    """

    currency: str
    due_now_minor: int
    credit_minor: int
    committed_minor: int
    total_minor: int


def totals(outcome: OrderOutcome, code: str, increments: Increments) -> Totals:
    """Sum up an order's lines and tax in a currency; what is in another one is not converted and stays where it is.

    Args:
        outcome: the lines and tax.
        code: the currency.
        increments: the policy's rounding. The charges' own tax is reckoned by it, for on an invoice that bills the days
            before as well it is part of one sum.
    """
    lines = [line for line in outcome.lines if line.currency == code]
    documents = [document for document in outcome.tax if document.currency == code]
    credits_ = _tax(documents, "credit:") + sum(line.amount_minor for line in lines if line.kind == "credit")
    new = sum(line.due_minor for line in lines if line.kind in {"charge", "arrears"}) + _tax(documents, INVOICE)
    balance = new + credits_
    charges = [line for line in lines if line.kind == "charge"]
    charges_tax = sum(tax.amount_minor for each in taxes(charges, (), increments) for tax in each.tax)
    return Totals(
        currency=code,
        due_now_minor=max(0, balance),
        credit_minor=max(0, -balance),
        committed_minor=sum(line.amount_minor for line in charges) + charges_tax,
        total_minor=sum(line.amount_minor for line in lines) + _tax(documents, ""),
    )


def _tax(documents: list[DocumentTax], prefix: str) -> int:
    return sum(tax.amount_minor for each in documents if each.document.startswith(prefix) for tax in each.tax)
