"""Carrying an order out: credit memos, reduced invoices, one invoice for what is due, subscriptions under new terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from infra.local.sandbox import clock
from infra.local.sandbox.billing_days import first_closing
from infra.local.sandbox.billing_orders import Change, Line, Order, Reckoning, found, reckoned
from infra.local.sandbox.billing_records import Applied, Credit, Invoice, InvoiceLine, Tax, Term

if TYPE_CHECKING:
    from infra.local.sandbox.billing_records import Billing, BillingAccount, Subscription


def post(billing: Billing, order: Order, increments: dict[str, int]) -> Reckoning:
    """Carry an order out, all of it or nothing.

    Raises:
        ContractError: as :func:`reckoned`; nothing is changed then.
    """
    made = reckoned(billing, order, increments)
    moved = found(billing, order)
    target = order.changes[0].to_account_id if order.changes else None
    _credit(billing, order, made, target)
    _invoice(billing, order, made)
    for change, account, subscription in moved:
        _move(billing, change, account, subscription)
        _move_credits(billing, order, change, account)
    touched = {name for change in order.changes for name in (change.account_id, change.to_account_id)}
    for account in billing.accounts:
        account.version += account.id in touched
    made.posted_at = clock.now()
    return made


def _credit(billing: Billing, order: Order, made: Reckoning, target: str | None) -> None:
    """Make the memos: a reduction is put on its invoice, a credit is the target's to use, if that has its currency."""
    for account in list(billing.accounts):
        for invoice in list(account.invoices):
            for kind in ("reduction", "credit"):
                lines = [one for one in made.lines if one.invoice_id == invoice.id and one.kind == kind]
                amount = -sum(one.amount_minor for one in lines) - _tax(made, f"{kind}:{invoice.id}")
                if not amount:
                    continue
                memo = Credit(id=f"{order.number}.{kind}.{invoice.id}", currency=invoice.currency, amount_minor=amount)
                if kind == "reduction":
                    memo.applied = [Applied(invoice_id=invoice.id, amount_minor=amount)]
                to = billing.account(target or account.id)
                holder = account if to is None or to.currency != invoice.currency or kind == "reduction" else to
                holder.credits.append(memo)


def _tax(made: Reckoning, document: str) -> int:
    return sum(tax.amount_minor for each in made.tax if each.document == document for tax in each.tax)


def _invoice(billing: Billing, order: Order, made: Reckoning) -> None:
    for account in billing.accounts:
        due = [
            (number, one)
            for number, one in enumerate(made.lines, start=1)
            if one.account_id == account.id and one.invoice_id is None and one.due_minor
        ]
        if not due:
            continue
        currency = due[0][1].currency
        tax = [Tax(rate=t.rate, amount_minor=t.amount_minor) for t in _taxes(made, currency)]
        lines = [_invoice_line(order, number, one) for number, one in due]
        account.invoices.append(
            Invoice(
                id=f"{order.number}.invoice.{account.id}",
                number=f"{order.number}-{account.number}",
                issued=order.effective,
                currency=currency,
                lines=lines,
                tax=tax,
            )
        )


def _taxes(made: Reckoning, currency: str) -> list[Tax]:
    return [tax for each in made.tax if each.document == "invoice" and each.currency == currency for tax in each.tax]


def _invoice_line(order: Order, number: int, line: Line) -> InvoiceLine:
    change = next(one for one in order.changes if one.subscription_id == line.subscription_id)
    end = line.end
    if line.kind == "charge" and line.due_minor != line.amount_minor:
        end = first_closing(line.start, change.anchor, change.cycle)  # of a run of periods the first is billed now
    return InvoiceLine(
        id=f"{order.number}.{number}",
        charge_id=line.charge_id,
        description=line.charge_id,
        start=line.start,
        end=end,
        amount_minor=line.due_minor,
        tax_rate=line.tax_rate,
    )


def _move(billing: Billing, change: Change, account: BillingAccount, subscription: Subscription) -> None:
    account.subscriptions.remove(subscription)
    to = billing.account(change.to_account_id)
    if to is None or (change.until is None and not change.owner_only):
        return
    if not change.owner_only:
        subscription.cycle, subscription.anchor = change.cycle, change.anchor
        subscription.charges = [msgspec.structs.replace(one) for one in change.charges]
        subscription.term = Term(
            start=change.effective,
            end=None if change.evergreen else change.until,
            months=change.term_months,
            renews=change.renews,
        )
        if subscription.timing == "arrears":
            subscription.billed_until = change.effective
    to.subscriptions.append(subscription)


def _move_credits(billing: Billing, order: Order, change: Change, account: BillingAccount) -> None:
    """What of an account's credits is on no invoice goes with its subscription, to an account of the same currency."""
    to = billing.account(change.to_account_id)
    if to is None or to is account or account.subscriptions:
        return
    for number, credit in enumerate(list(account.credits), start=1):
        rest = credit.amount_minor - sum(one.amount_minor for one in credit.applied)
        if not rest or credit.currency != to.currency:
            continue
        credit.amount_minor -= rest
        if not credit.amount_minor:
            account.credits.remove(credit)
        moved = Credit(id=f"{order.number}.moved.{number}", currency=credit.currency, amount_minor=rest)
        to.credits.append(moved)
