"""`deskshift billing prorate` and `schedule`: one figure or some dates, with the sentence that explains them."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from deskshift.domain.billing.money import Currency, currency
from deskshift.domain.billing.periods import Series
from deskshift.domain.billing.proration import Prorated, ProratedLine, prorate
from deskshift.model.errors import InvalidField
from infra.cli.errors import DONE, InputRefused, bad_option
from infra.cli.move_options import whole_number
from infra.cli.terminal import say

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from deskshift.model.billing import Cycle

MOST_DATES = 1200
_CYCLES: dict[str, Cycle] = {"month": "month", "quarter": "quarter", "year": "year"}
_OPTIONS = {"price": "--price", "currency": "--currency", "tax_rate": "--tax-rate", "date": "--anchor"}


def run_prorate(given: argparse.Namespace, console: Console) -> int:
    """Print what a price comes to over a span; returns 0.

    Raises:
        InputRefused: an option is wrong, and is named.
    """
    try:
        money = currency(given.currency)
        series = Series(_day("--anchor", given.anchor), _cycle(given.period))
        start, end = _day("--from", given.start), _day("--to", given.end)
        if end < start:
            raise bad_option("--to", str(end), f"--from ({start}) or a later day; --to is exclusive")
        found = prorate(
            _not_negative("--price", given.price), money, series, start, end, tax_rate=_rate(given.tax_rate)
        )
    except InvalidField as error:
        raise _named(error) from None
    if given.json:
        say(console, json.dumps(_prorated_json(found, money)))
        return DONE
    for line in found.lines:
        say(console, _explained(line, given.price, money, series))
    say(console, f"{start} to {end} (exclusive): {money.code} {money.major(found.amount_minor)}")
    if found.tax_minor is not None:
        total = money.major(found.amount_minor + found.tax_minor)
        say(
            console,
            f"Tax at {given.tax_rate} % on the sum: {money.major(found.tax_minor)}; with tax: {money.code} {total}",
        )
    return DONE


def run_schedule(given: argparse.Namespace, console: Console) -> int:
    """Print the first boundaries on or after a day; returns 0.

    Raises:
        InputRefused: an option is wrong, and is named.
    """
    count = whole_number("--count", given.count, 1, MOST_DATES)
    anchor, start = _day("--anchor", given.anchor), _day("--start", given.start)
    try:
        dates = Series(anchor, _cycle(given.period)).boundaries(start, count)
    except InvalidField as error:
        raise _named(error) from None
    if given.json:
        say(console, json.dumps({"dates": [day.isoformat() for day in dates]}))
        return DONE
    say(
        console,
        f"Every {given.period} from {anchor} on and before it: day {anchor.day} of the month, or the month's last day. "
        f"The first {count} on or after {start}:",
    )
    for day in dates:
        say(console, day.isoformat())
    return DONE


def _prorated_json(found: Prorated, money: Currency) -> dict[str, Any]:
    made: dict[str, Any] = {
        "currency": money.code,
        "amount": money.major(found.amount_minor),
        "amount_minor": found.amount_minor,
        "lines": [
            {
                "period": {"start": line.piece.start.isoformat(), "end": line.piece.end.isoformat()},
                "numerator": line.piece.numerator,
                "denominator": line.piece.denominator,
                "amount": money.major(line.amount_minor),
                "amount_minor": line.amount_minor,
            }
            for line in found.lines
        ],
    }
    if found.tax_minor is not None:
        made["tax"] = money.major(found.tax_minor)
        made["total"] = money.major(found.amount_minor + found.tax_minor)
    return made


def _explained(line: ProratedLine, price: str, money: Currency, series: Series) -> str:
    piece, amount = line.piece, money.major(line.amount_minor)
    if piece.denominator == 1:
        whole = "1 whole period" if piece.numerator == 1 else f"{piece.numerator} whole periods"
        return f"{piece.start} to {piece.end}: {whole}, {price} x {piece.numerator} = {amount}."
    number = series.number_at(piece.start)
    around = f"{series.boundary(number)} to {series.boundary(number + 1)}"
    days = f"{piece.numerator} of the {piece.denominator} days of the period {around}"
    return (
        f"{piece.start} to {piece.end}: {days}, {price} x {piece.numerator}/{piece.denominator}, rounded to {amount}."
    )


def _day(option: str, text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise bad_option(option, repr(text[:40]), "a day like 2026-01-31") from None
    if found.isoformat() != text:
        raise bad_option(option, repr(text[:40]), "a day like 2026-01-31")
    return found


def _cycle(text: str) -> Cycle:
    if text not in _CYCLES:
        raise bad_option("--period", repr(text[:40]), "month, quarter or year")
    return _CYCLES[text]


def _not_negative(option: str, text: str) -> str:
    if text.startswith("-"):
        raise bad_option(option, repr(text[:40]), "a decimal number that is not negative, like 249.95")
    return text


def _rate(text: str | None) -> str | None:
    return None if text is None else _not_negative("--tax-rate", text)


def _named(error: InvalidField) -> InputRefused:
    return bad_option(_OPTIONS.get(error.field, error.field), error.found, error.allowed)
