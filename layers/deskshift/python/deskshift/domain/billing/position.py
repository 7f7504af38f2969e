"""Where an account stands with its bills, by currency: what is owed, less what it has paid or been credited ahead."""

from collections.abc import Iterable, Iterator

from deskshift.domain.billing.settlement import Settlement
from deskshift.domain.billing.tax import LATER
from deskshift.model.billing import BillingAccount
from deskshift.model.billing_order import OrderOutcome

Position = dict[str, int]
"""Currency -> minor units: open invoices less unapplied payments and credits; negative in the customer's favour."""


def position(accounts: Iterable[BillingAccount]) -> Position:
    """Give the position of accounts together."""
    return position_of(Settlement(account) for account in accounts)


def position_of(settlements: Iterable[Settlement]) -> Position:
    """Give the position of accounts together, whose payments are sorted already."""
    found: Position = {}
    for settlement in settlements:
        account = settlement.account
        for invoice in account.invoices:
            found[invoice.currency] = found.get(invoice.currency, 0) + settlement.open_minor(invoice)
        for code, amount in _ahead(account):
            found[code] = found.get(code, 0) - amount
    return {code: found[code] for code in sorted(found)}


def is_settled(account: BillingAccount) -> bool:
    """Say whether nothing is open on an account, document by document: what nets to nothing is not settled by that."""
    settlement = Settlement(account)
    owed = any(settlement.open_minor(invoice) for invoice in account.invoices)
    return not owed and not any(amount for _, amount in _ahead(account))


def _ahead(account: BillingAccount) -> Iterator[tuple[str, int]]:
    """Give what was paid and credited ahead, each with its currency."""
    yield from ((one.currency, one.unapplied_minor) for one in account.payments)
    yield from ((one.currency, one.unapplied_minor) for one in account.credits)


def posted(outcome: OrderOutcome) -> Position:
    """Give by currency what an order posts: its lines as far as they are due, and their tax."""
    found: Position = {}
    for line in outcome.lines:
        found[line.currency] = found.get(line.currency, 0) + line.due_minor
    for document in outcome.tax:
        if document.document != LATER:
            tax = sum(one.amount_minor for one in document.tax)
            found[document.currency] = found.get(document.currency, 0) + tax
    return found


def after(before: Position, outcome: OrderOutcome) -> Position:
    """Add to a position what an order posts; the cash received does not change."""
    added = posted(outcome)
    return {code: before.get(code, 0) + added.get(code, 0) for code in sorted({*before, *added})}
