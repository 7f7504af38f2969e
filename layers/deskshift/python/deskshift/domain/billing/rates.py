"""Tax rates in one form: "23.0" and "23" are the same rate, and what is taxed by it is one sum."""

from typing import TypeVar

import msgspec

from deskshift.domain.billing.pricing import ratio, written
from deskshift.model.billing import Billing, BillingAccount, Charge, Invoice, InvoiceLine

Taxed = TypeVar("Taxed", Charge, InvoiceLine)


def plain_rate(rate: str) -> str:
    """Write a rate in per cent without zeros that say nothing.

    Raises:
        InvalidField: it is no rate.
    """
    return written(ratio(rate, "tax_rate"))


def with_plain_rates(billing: Billing) -> Billing:
    """Bring every rate of a billing into its one form.

    Raises:
        InvalidField: one is no rate.
    """
    return msgspec.structs.replace(billing, accounts=tuple(_account(account) for account in billing.accounts))


def _account(account: BillingAccount) -> BillingAccount:
    subscriptions = tuple(
        msgspec.structs.replace(one, charges=tuple(_taxed(charge) for charge in one.charges))
        for one in account.subscriptions
    )
    invoices = tuple(_invoice(invoice) for invoice in account.invoices)
    return msgspec.structs.replace(account, subscriptions=subscriptions, invoices=invoices)


def _invoice(invoice: Invoice) -> Invoice:
    lines = tuple(_taxed(line) for line in invoice.lines)
    tax = tuple(msgspec.structs.replace(one, rate=plain_rate(one.rate)) for one in invoice.tax)
    return msgspec.structs.replace(invoice, lines=lines, tax=tax)


def _taxed(one: Taxed) -> Taxed:
    return one if one.tax_rate is None else msgspec.structs.replace(one, tax_rate=plain_rate(one.tax_rate))
