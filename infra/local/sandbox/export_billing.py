"""Checking the billing of an account export: its form, ids that are there once, and links that lead somewhere."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from infra.local.sandbox import export_check
from infra.local.sandbox.billing_records import Applied, Billing, BillingAccount, Credit, Date, Payment
from infra.local.sandbox.export_billing_fields import BILLING, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.local.sandbox.export_check import Check

FILE = "billing.json"
_PLACE = (FILE, 1)


def checked_billing(check: Check, value: Any) -> Billing:  # noqa: ANN401 - decoded JSON
    """Check a decoded billing and bring it into its form; unknown fields are noted in the check.

    Raises:
        ExportError: naming the field, what was found, and what is allowed.
    """
    check_form(check, _PLACE, "", value, BILLING)
    billing = msgspec.convert(value, Billing)
    _check_ids(check, billing)
    for index, account in enumerate(billing.accounts):
        path = f"accounts[{index}]"
        _check_links(path, account)
        _check_amounts(path, account)
        _check_order(path, account)
    for place, start, end in _spans(billing):
        if end <= start:
            _refuse("invalid_value", place, str(end), f"a day after {start}")
    shared = billing.shared_account_id
    if shared is not None and billing.account(shared) is None:
        _refuse("broken_link", "shared_account_id", shared, "the id of one of the accounts")
    return billing


def check_form(check: Check, place: tuple[str, int], path: str, value: Any, shape: Shape) -> None:  # noqa: ANN401 - decoded JSON
    """Check a decoded object and all objects in it; unknown fields are noted in the check.

    Raises:
        ExportError: naming the field, what was found, and what is allowed.
    """
    check.object(place, path, value, shape.fields)
    inside = f"{path}." if path else ""
    for name, inner in shape.objects.items():
        if name in value:
            check_form(check, place, f"{inside}{name}", value[name], inner)
    for name, inner in shape.lists.items():
        for index, item in enumerate(value.get(name, ())):
            check_form(check, place, f"{inside}{name}[{index}]", item, inner)


def _check_ids(check: Check, billing: Billing) -> None:
    for number, account in enumerate(billing.accounts):
        path = f"accounts[{number}]"
        check.unique(_PLACE, f"{path}.id", "billing accounts", account.id)
        check.unique(_PLACE, f"{path}.product", "billing products", account.product)
        for place, kind, identifier in _ids_of(account):
            check.unique(_PLACE, f"{path}.{place}", kind, identifier)
    for index, price in enumerate(billing.prices):
        entry = f"{price.plan} by {price.cycle} in {price.currency}"
        check.unique(_PLACE, f"prices[{index}].plan", "prices", entry)
    for index, contract in enumerate(billing.contracts):
        check.unique(_PLACE, f"contracts[{index}].id", "contracts", contract.id)


def _ids_of(account: BillingAccount) -> Iterator[tuple[str, str, str]]:
    """Yield where an id stands, among which others it must be there once, and the id.

    After a merge both accounts have the chat's contacts and payment methods, so those are told apart by account; so are
    charges, for an account's invoices name its own.
    """
    for name in ("contacts", "payment_methods", "subscriptions", "invoices", "payments", "credits"):
        kind = f"{name} of {account.id}" if name in {"contacts", "payment_methods"} else name
        yield from ((f"{name}[{n}].id", kind, one.id) for n, one in enumerate(getattr(account, name)))
    for index, subscription in enumerate(account.subscriptions):
        path = f"subscriptions[{index}].charges"
        yield from (
            (f"{path}[{n}].id", f"charges of {account.id}", one.id) for n, one in enumerate(subscription.charges)
        )
    for index, invoice in enumerate(account.invoices):
        path = f"invoices[{index}]"
        yield from ((f"{path}.lines[{n}].id", f"lines of {invoice.id}", one.id) for n, one in enumerate(invoice.lines))
        yield from ((f"{path}.tax[{n}].rate", f"rates of {invoice.id}", one.rate) for n, one in enumerate(invoice.tax))


def _check_links(path: str, account: BillingAccount) -> None:
    """Refuse a link that leads nowhere.

    The charge of an invoice's line may have gone with its subscription, so that one is not followed.
    """
    methods = {one.id for one in account.payment_methods}
    if account.payment_method_id is not None and account.payment_method_id not in methods:
        _refuse("broken_link", f"{path}.payment_method_id", account.payment_method_id, "one of payment_methods")
    invoices = {one.id: one for one in account.invoices}
    for place, source, applied in _applied(account):
        invoice = invoices.get(applied.invoice_id)
        if invoice is None:
            _refuse("broken_link", f"{path}.{place}.invoice_id", applied.invoice_id, "one of the account's invoices")
        if applied.line_id is not None and applied.line_id not in {line.id for line in invoice.lines}:
            _refuse("broken_link", f"{path}.{place}.line_id", applied.line_id, "a line of the invoice")
        if invoice.currency != source.currency:
            allowed = f"an invoice in {source.currency}, this one is in {invoice.currency}"
            _refuse("invalid_value", f"{path}.{place}.invoice_id", applied.invoice_id, allowed)


def _check_amounts(path: str, account: BillingAccount) -> None:
    for kind in ("payments", "credits"):
        for index, one in enumerate(getattr(account, kind)):
            applied = sum(each.amount_minor for each in one.applied)
            if applied > one.amount_minor:
                place = f"{path}.{kind}[{index}].amount_minor"
                _refuse("invalid_value", place, one.amount_minor, f"at least what is applied of it, {applied}")
    for index, payment in enumerate(account.payments):
        applied = sum(each.amount_minor for each in payment.applied)
        returned = sum(each.amount_minor for each in payment.returned)
        if returned > applied:
            place = f"{path}.payments[{index}].returned"
            _refuse("invalid_value", place, returned, f"at most what was applied, {applied}")


def _check_order(path: str, account: BillingAccount) -> None:
    for number, subscription in enumerate(account.subscriptions):
        for index, charge in enumerate(subscription.charges):
            place = f"{path}.subscriptions[{number}].charges[{index}].seats"
            for n, (before, one) in enumerate(itertools.pairwise(charge.seats), start=1):
                if one.start <= before.start:
                    _refuse("invalid_value", f"{place}[{n}].start", str(one.start), f"a day after {before.start}")


def _applied(account: BillingAccount) -> Iterator[tuple[str, Payment | Credit, Applied]]:
    """Yield where it stands, whose it is, and what was put on an invoice or taken back from it."""
    for index, payment in enumerate(account.payments):
        yield from ((f"payments[{index}].applied[{n}]", payment, one) for n, one in enumerate(payment.applied))
        yield from ((f"payments[{index}].returned[{n}]", payment, one) for n, one in enumerate(payment.returned))
    for index, credit in enumerate(account.credits):
        yield from ((f"credits[{index}].applied[{n}]", credit, one) for n, one in enumerate(credit.applied))


def _spans(billing: Billing) -> Iterator[tuple[str, Date, Date]]:
    """Yield where the end of a span stands, its first day and the day after its last."""
    for number, account in enumerate(billing.accounts):
        for index, invoice in enumerate(account.invoices):
            path = f"accounts[{number}].invoices[{index}]"
            yield from ((f"{path}.lines[{n}].end", one.start, one.end) for n, one in enumerate(invoice.lines))
        for index, subscription in enumerate(account.subscriptions):
            path, term = f"accounts[{number}].subscriptions[{index}]", subscription.term
            if term.end is not None:
                yield f"{path}.term.end", term.start, term.end
            for place, charge in enumerate(subscription.charges):
                for n, one in enumerate(charge.discounts):
                    if one.end is not None:
                        yield f"{path}.charges[{place}].discounts[{n}].end", one.start, one.end
    for index, contract in enumerate(billing.contracts):
        yield f"contracts[{index}].end", contract.start, contract.end


def _refuse(code: str, path: str, found: object, allowed: str) -> NoReturn:
    export_check.refuse(code, _PLACE, path, found, allowed)
