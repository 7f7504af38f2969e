"""A billing preview, and what came of it, as tables that an accountant reads without help."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from deskshift.domain.billing.money import currency
from deskshift.model.errors import InvalidField
from infra.cli.terminal import say
from infra.cli.words import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console

_SHOWN = 6
_RIGHT = frozenset({"No.", "Seats", "Unit price", "x", "Amount", "Due now"})
_DECISIONS = {
    "unaffected": "Nothing is billed: chat is linked to support's billing account.",
    "merge": "The billing accounts are merged before the upgrade; chat keeps its price and term.",
    "inherit": "Chat renews with support's term, cycle and currency.",
    "co_term": "Both products take the combined contract's dates, cycle and prices.",
    "cancel": "The chat account is cancelled.",
    "refused": "The merge is refused; nothing is changed.",
}
_KINDS = {
    "credit": "credit, paid and not used",
    "reduction": "taken off its invoice, not used",
    "arrears": "used, not billed yet",
    "charge": "new charge",
}


def money(minor: int, code: str) -> str:
    """Write an amount with its currency; of one that there is not, the minor units as they were recorded."""
    try:
        return f"{currency(code).major(minor)} {code}"
    except InvalidField:
        return f"{minor} minor units of {code!r:.16}"


def preview_in_words(made: Mapping[str, Any], console: Console) -> None:
    """Print a preview."""
    preview = made["preview"]
    say(console, f"{_DECISIONS[preview['decision']]}")
    say(console, f"Why: {preview['reason']}.")
    for refusal in preview["refusals"]:
        say(console, f"  - {refusal['message']} [{refusal['code']}] {refusal['what_to_do']}")
    if preview["lines"]:
        names = ("No.", "Product", "What", "Period (end exclusive)", "Seats", "Unit price", "x", "Amount", "Due now")
        _table(names, _lines(preview), console)
    for document in preview["tax"]:
        for tax in document["tax"]:
            amount = money(tax["amount_minor"], document["currency"])
            say(console, f"Tax at {tax['rate']} % on {_document(document['document'])}: {amount}")
    if preview["lines"]:
        code = preview["currency"]
        for words, name in (
            ("Due with the merge", "due_now_minor"),
            ("In the customer's favour", "credit_minor"),
            ("Charged to the term's end, with tax", "committed_minor"),
            ("All lines and tax", "total_minor"),
        ):
            say(console, f"{words + ':':<38}{money(preview[name], code):>18}")
    _prices(preview["prices"], console)
    _taken(preview["inherited"], console)
    for when, position in (("before", preview["before"]), ("after", preview["after"])):
        owed = ", ".join(money(amount, code) for code, amount in position.items()) or "nothing"
        say(console, f"{'Owed ' + when + ', both accounts together:':<38}{owed}")
    for step in preview["steps"]:
        say(console, f"* {step}")
    say(console, f"Preview {preview['preview_id']}, can be carried out until {made['expires_at']}.")


def merge_in_words(report: Mapping[str, Any], console: Console) -> None:
    """Print what came of a merge."""
    say(console, "")
    say(console, f"The merge is {report['status']}; approved by {report['approved_by']}.")
    for refusal in report["refusals"]:
        say(console, f"  - {refusal['message']} [{refusal['code']}] {refusal['what_to_do']}")
    if report["ledger"]:
        rows = [
            (
                entry["line"],
                entry["outcome"],
                money(entry["amount_minor"], entry["currency"]),
                entry["document"],
                entry["reason"],
            )
            for entry in report["ledger"]
        ]
        _table(("No.", "Outcome", "Amount", "Document", "How"), rows, console)
    for task in report["tasks"]:
        say(console, f"To do: {task['what']}. {task['what_to_do']}")


def _lines(preview: Mapping[str, Any]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for number, line in enumerate(preview["lines"], start=1):
        share = str(line["numerator"]) if line["denominator"] == 1 else f"{line['numerator']}/{line['denominator']}"
        row = (
            number,
            line["product"],
            f"{line['description']}: {_KINDS[line['kind']]}",
            f"{line['period']['start']} to {line['period']['end']}",
            line["quantity"],
            _unit(line["unit_price"]),
            share,
            money(line["amount_minor"], line["currency"]),
            "" if line["kind"] == "reduction" else money(line["due_minor"], line["currency"]),
        )
        rows.append(row)
    return rows


def _unit(price: str) -> str:
    """Write a unit price; one that no decimal says exactly to six places, marked as cut off."""
    if "/" not in price:
        return price
    exact = Fraction(price)
    cut = int(abs(exact) * 10**_SHOWN)
    return f"{'-' if exact < 0 else ''}{Decimal(cut).scaleb(-_SHOWN)}\u2026"


def _table(names: tuple[str, ...], rows: Sequence[tuple[object, ...]], console: Console) -> None:
    """Print a table as wide as it has to be: cut off or folded, an amount is no amount."""
    cells = [names, *(tuple(printable(cell) for cell in row) for row in rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(names))]
    for row in cells:
        padded = (
            cell.rjust(width) if name in _RIGHT else cell.ljust(width)
            for cell, width, name in zip(row, widths, names, strict=True)
        )
        say(console, "  ".join(padded).rstrip())


def _document(name: str) -> str:
    kind, _, invoice = name.partition(":")
    words = {"invoice": "the invoice of the merge", "later": "what is billed later"}
    return words.get(kind, f"the {kind} of invoice {invoice}")


def _prices(prices: Iterable[Mapping[str, str]], console: Console) -> None:
    sources = {"price_list": "price list", "by_months": "reckoned by months", "contract": "contract"}
    for one in prices:
        if one["source"] == "unchanged":
            continue
        old = f"{one['old']} {one['old_currency']} a {one['old_cycle']}"
        new = f"{one['new']} {one['new_currency']} a {one['new_cycle']}"
        say(console, f"Price of {one['plan']}: {old} becomes {new} ({sources[one['source']]}).")


def _taken(inherited: Mapping[str, Mapping[str, str | None]], console: Console) -> None:
    for name, values in inherited.items():
        before, after = (values[side] or "none" for side in ("before", "after"))
        say(console, f"Chat's {name.replace('_', ' ')}: {before} becomes {after}.")
