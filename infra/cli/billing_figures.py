"""`deskshift billing prorate` and `schedule`: a figure of the billing arithmetic, and why it is that one."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from deskshift.domain.billing.money import currency, decimal
from deskshift.domain.billing.periods import MONTHS, Series
from deskshift.domain.billing.proration import prorate
from deskshift.model.errors import InvalidField
from infra.cli.billing_days import day
from infra.cli.errors import DONE, bad_option
from infra.cli.figure_words import prorate_in_words, schedule_in_words
from infra.cli.move_options import whole_number
from infra.cli.terminal import say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from fractions import Fraction

    from rich.console import Console

    from deskshift.domain.billing.proration import ProratedLine, Proration

MOST_DATES = 1200
_MOST_TAX = 100


def run_prorate(given: argparse.Namespace, console: Console) -> int:
    """Charge a span of days at the price of a whole period; returns the exit code.

    Args:
        given: price, currency, start, end, anchor, period, tax_rate, json; as typed.
        console: where the answer goes.

    Raises:
        InputRefused: an option is not as it must be.
    """
    with _named("--currency"):
        money = currency(given.currency)
    with _named("--price"):
        price = money.minor(given.price)
    start, end = day("--from", given.start), day("--to", given.end)
    if start > end:
        raise bad_option("--from", str(start), f"a date not after --to, which is {end}")
    series = _series(given)
    tax_rate = None if given.tax_rate is None else _tax_rate(given.tax_rate)
    with _named("--from, --to"):
        charged = prorate(price, money, series, start, end, tax_rate=tax_rate)
    if given.json:
        say(console, json.dumps(_prorated(charged)))
        return DONE
    for line in prorate_in_words(charged, series, start, end, price=given.price, tax_rate=given.tax_rate):
        say(console, line)
    return DONE


def run_schedule(given: argparse.Namespace, console: Console) -> int:
    """List the first dates of a series on or after a day; returns the exit code.

    Args:
        given: start, count, anchor, period, json; as typed.
        console: where the answer goes.

    Raises:
        InputRefused: an option is not as it must be, or a date lies beyond the year 9999.
    """
    start, count = day("--start", given.start), whole_number("--count", given.count, 1, MOST_DATES)
    series = _series(given)
    with _named("--start, --count"):
        dates = series.boundaries(start, count)
    if given.json:
        say(console, json.dumps({"dates": [str(one) for one in dates]}))
        return DONE
    for line in schedule_in_words(dates, series, start):
        say(console, line)
    return DONE


def _prorated(charged: Proration) -> dict[str, Any]:
    major = charged.currency.major
    answer: dict[str, Any] = {
        "amount": major(charged.amount_minor),
        "currency": charged.currency.code,
        "lines": [_line(charged, line) for line in charged.lines],
    }
    if charged.tax_minor is not None:
        answer |= {"tax": major(charged.tax_minor), "total": major(charged.total_minor)}
    return answer


def _line(charged: Proration, line: ProratedLine) -> dict[str, Any]:
    piece = line.piece
    return {
        "period": {"start": str(piece.start), "end": str(piece.end)},
        "numerator": piece.numerator,
        "denominator": piece.denominator,
        "amount": charged.currency.major(line.amount_minor),
        "amount_minor": line.amount_minor,
    }


def _series(given: argparse.Namespace) -> Series:
    if given.period not in MONTHS:
        raise bad_option("--period", repr(given.period[:40]), ", ".join(MONTHS))
    return Series(day("--anchor", given.anchor), given.period)


def _tax_rate(text: str) -> Fraction:
    with _named("--tax-rate"):
        rate = decimal(text, "tax_rate")
    if not 0 <= rate <= _MOST_TAX:
        raise bad_option("--tax-rate", repr(text), f"per cent from 0 to {_MOST_TAX}")
    return rate


@contextmanager
def _named(option: str) -> Iterator[None]:
    """Say of which option it is that the arithmetic has something against it."""
    try:
        yield
    except InvalidField as error:
        raise bad_option(option, error.found, error.allowed) from None
