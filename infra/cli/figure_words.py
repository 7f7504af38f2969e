"""A figure of the billing arithmetic in sentences: what was multiplied by what, and how it was rounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from fractions import Fraction

    from deskshift.domain.billing.money import Currency
    from deskshift.domain.billing.periods import Series
    from deskshift.domain.billing.proration import ProratedLine, Proration

_SHOWN_DIGITS = 3
_FEBRUARY_DAYS = 28
_ADVERBS = {"month": "monthly", "quarter": "quarterly", "year": "yearly"}


def prorate_in_words(  # noqa: PLR0913 - all that was asked
    charged: Proration, series: Series, start: date, end: date, *, price: str, tax_rate: str | None
) -> Iterator[str]:
    """Tell why a span costs what it does, line by line.

    Args:
        charged: the lines.
        series: the periods.
        start: the span's first day.
        end: the day after its last.
        price: of a whole period, as it was typed.
        tax_rate: in per cent, as it was typed.
    """
    money = charged.currency
    span = f"from {start} up to, not including, {end}"
    asked = f"{price} {money.code} a {series.cycle}"
    yield f"{asked}, {span}: {money.major(charged.amount_minor)} {money.code}."
    if not charged.lines:
        yield "There is no day to charge for."
    for line in charged.lines:
        yield f"  {_line(line, money, price, series)}"
    if len(charged.lines) > 1:
        amounts = " + ".join(money.major(line.amount_minor) for line in charged.lines)
        yield f"Each line is rounded once, then added: {amounts} = {money.major(charged.amount_minor)}."
    if charged.exact_tax is not None and charged.tax_minor is not None:
        amount = money.major(charged.amount_minor)
        yield f"Tax on the sum: {amount} x {tax_rate}% = {_rounded(charged.exact_tax, charged.tax_minor, money)}."
        yield f"Total with tax: {money.major(charged.total_minor)} {money.code}."


def schedule_in_words(dates: Sequence[date], series: Series, start: date) -> Iterator[str]:
    """Tell on which days periods begin, and why on those."""
    which = f"The first {len(dates)} {_ADVERBS[series.cycle]} dates" if len(dates) > 1 else "The first date"
    rule = f"day {series.anchor.day} of the month"
    if series.anchor.day > _FEBRUARY_DAYS:
        rule += ", or the month's last day where it has none"
    counted = "" if len(dates) > 1 else f" of the {_ADVERBS[series.cycle]} series"
    yield f"{which}{counted} on or after {start}, counted from {series.anchor}: {rule}."
    for day in dates:
        yield f"  {day}"


def _line(line: ProratedLine, money: Currency, price: str, series: Series) -> str:
    piece, amount = line.piece, _rounded(line.exact, line.amount_minor, money)
    if piece.denominator == 1:
        periods = f"{piece.numerator} whole {series.cycle}{'s' if piece.numerator > 1 else ''}"
        return f"{periods} from {piece.start} to {piece.end}: {price} x {piece.numerator} = {amount}"
    number = series.number_at(piece.start)
    period = f"from {series.boundary(number)} to {series.boundary(number + 1)}"
    ratio = f"{piece.numerator}/{piece.denominator}"
    return f"{piece.numerator} of the {piece.denominator} days {period}: {price} x {ratio} = {amount}"


def _rounded(exact: Fraction, minor: int, money: Currency) -> str:
    if exact == minor:
        return money.major(minor)
    return f"{_exact(exact, money)}, rounded to {money.major(minor)}"


def _exact(minor: Fraction, money: Currency) -> str:
    """Write an exact amount in major units: all of its decimals if they are few, else cut off, never rounded."""
    decimals = money.exponent + _SHOWN_DIGITS
    shifted = abs(minor) * 10**_SHOWN_DIGITS
    digits = str(int(shifted)).rjust(decimals + 1, "0")
    number = f"{'-' if minor < 0 else ''}{digits[:-decimals]}.{digits[-decimals:]}"
    return number.rstrip("0") if shifted.denominator == 1 else f"{number}..."
