"""Whether a billing system reckons what deskshift does: every line and every document's tax, to the cent."""

from collections.abc import Iterable

from deskshift.domain.billing.rates import plain_rate
from deskshift.model.billing_order import OrderLine, OrderOutcome


def first_difference(ours: OrderOutcome, theirs: OrderOutcome) -> str | None:
    """Say in words where two outcomes differ first; None if they come to the same."""
    mine, other = _by_key(ours.lines), _by_key(theirs.lines)
    for key, amounts in mine.items():
        if other.get(key) != amounts:
            return f"{key}: {_sum(amounts)} here, {_sum(other.get(key))} there"
    for key, amounts in other.items():
        if key not in mine:
            return f"{key}: nothing here, {_sum(amounts)} there"
    return _tax_difference(ours, theirs)


def _by_key(lines: Iterable[OrderLine]) -> dict[str, tuple[int, int]]:
    """Sum what is the same thing: a charge may have two lines for one span."""
    found: dict[str, tuple[int, int]] = {}
    for line in lines:
        key = f"{line.kind} of {line.charge_id} from {line.start} to {line.end} in {line.currency}"
        if line.invoice_id is not None:
            key += f" on {line.invoice_id}"
        amount, due = found.get(key, (0, 0))
        found[key] = (amount + line.amount_minor, due + line.due_minor)
    return {key: amounts for key, amounts in found.items() if amounts != (0, 0)}


def _sum(amounts: tuple[int, int] | None) -> str:
    return "nothing" if amounts is None else f"{amounts[0]} ({amounts[1]} due)"


def _tax_difference(ours: OrderOutcome, theirs: OrderOutcome) -> str | None:
    mine, other = _taxes(ours), _taxes(theirs)
    for key in sorted({*mine, *other}):
        if mine.get(key, 0) != other.get(key, 0):
            return f"tax of {key}: {mine.get(key, 0)} here, {other.get(key, 0)} there"
    return None


def _taxes(outcome: OrderOutcome) -> dict[str, int]:
    found: dict[str, int] = {}
    for document in outcome.tax:
        for tax in document.tax:
            key = f"{document.document} at {plain_rate(tax.rate)} % in {document.currency}"
            found[key] = found.get(key, 0) + tax.amount_minor
    return found
