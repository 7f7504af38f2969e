"""Checking the billing of an account export: its form, ids that are there once, and links that lead somewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from infra.local.sandbox.billing_records import Applied, Billing, BillingAccount, Date
from infra.local.sandbox.export_error import ExportError, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_STEP = re.compile(r"\.([A-Za-z0-9_]+)|\[([0-9]+)\]")


def checked_billing(file: str, value: Any) -> Billing:  # noqa: ANN401 - decoded JSON
    """Bring a decoded billing into its form.

    Raises:
        ExportError: naming the field, what was found, and what is allowed.
    """
    try:
        billing = msgspec.convert(value, Billing)
    except msgspec.ValidationError as error:
        what, _, place = str(error).partition(" - at `")
        path = place.rstrip("`").removeprefix("$").removeprefix(".")
        code = "missing_field" if "missing required field" in what else "mistyped_field"
        _refuse(code, file, path, _found(value, place.rstrip("`")), what)
    _unique_ids(file, billing)
    for index, account in enumerate(billing.accounts):
        _links(file, f"accounts[{index}]", account)
    shared = billing.shared_account_id
    if shared is not None and billing.account(shared) is None:
        _refuse("broken_link", file, "shared_account_id", shared, "the id of one of the accounts")
    return billing


def _found(value: Any, place: str) -> Any:  # noqa: ANN401 - decoded JSON
    for name, index in _STEP.findall(place):
        try:
            value = value[name] if name else value[int(index)]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _unique_ids(file: str, billing: Billing) -> None:
    kinds: dict[str, Iterable[tuple[str, str]]] = {
        "accounts": ((f"accounts[{n}].id", one.id) for n, one in enumerate(billing.accounts)),
        "products": ((f"accounts[{n}].product", one.product) for n, one in enumerate(billing.accounts)),
    }
    for name in ("contacts", "payment_methods", "subscriptions", "invoices", "payments", "credits"):
        kinds[name] = _ids(billing, name)
    for found in kinds.values():
        seen: set[str] = set()
        for path, identifier in found:
            if identifier in seen:
                _refuse("duplicate_id", file, path, identifier, "an id that is there once")
            seen.add(identifier)


def _ids(billing: Billing, name: str) -> Iterator[tuple[str, str]]:
    for number, account in enumerate(billing.accounts):
        for index, one in enumerate(getattr(account, name)):
            yield f"accounts[{number}].{name}[{index}].id", one.id


def _links(file: str, path: str, account: BillingAccount) -> None:
    methods = {one.id for one in account.payment_methods}
    if account.payment_method_id is not None and account.payment_method_id not in methods:
        _refuse("broken_link", file, f"{path}.payment_method_id", account.payment_method_id, "one of payment_methods")
    invoices = {one.id: {line.id for line in one.lines} for one in account.invoices}
    for place, applied in _all_applied(account):
        if applied.invoice_id not in invoices:
            _refuse("broken_link", file, f"{path}.{place}.invoice_id", applied.invoice_id, "one of invoices")
        if applied.line_id is not None and applied.line_id not in invoices[applied.invoice_id]:
            _refuse("broken_link", file, f"{path}.{place}.line_id", applied.line_id, "a line of the invoice")
    for kind in ("payments", "credits"):
        for index, one in enumerate(getattr(account, kind)):
            applied = sum(each.amount_minor for each in one.applied)
            if applied > one.amount_minor:
                place = f"{path}.{kind}[{index}].amount_minor"
                _refuse("invalid_value", file, place, one.amount_minor, f"at least what is applied of it, {applied}")
    for place, start, end in _spans(account):
        if end <= start:
            _refuse("invalid_value", file, f"{path}.{place}", str(end), f"a day after {start}")


def _all_applied(account: BillingAccount) -> Iterator[tuple[str, Applied]]:
    for index, payment in enumerate(account.payments):
        yield from ((f"payments[{index}].applied[{n}]", one) for n, one in enumerate(payment.applied))
        yield from ((f"payments[{index}].returned[{n}]", one) for n, one in enumerate(payment.returned))
    for index, credit in enumerate(account.credits):
        yield from ((f"credits[{index}].applied[{n}]", one) for n, one in enumerate(credit.applied))


def _spans(account: BillingAccount) -> Iterator[tuple[str, Date, Date]]:
    for index, invoice in enumerate(account.invoices):
        yield from ((f"invoices[{index}].lines[{n}].end", one.start, one.end) for n, one in enumerate(invoice.lines))
    for index, one in enumerate(account.subscriptions):
        if one.term.end is not None:
            yield f"subscriptions[{index}].term.end", one.term.start, one.term.end


def _refuse(code: str, file: str, path: str, found: object, allowed: str) -> NoReturn:
    raise ExportError(code=code, file=file, line=1, field=path, found=shown(found), allowed=allowed)
