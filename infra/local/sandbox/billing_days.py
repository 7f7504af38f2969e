"""The sandbox's own way to reckon: it goes from day to day and adds up what each costs, where deskshift counts periods.

A day begins a period if its month lies a whole number of cycles after (or before) the anchor's, and it is the anchor's
day or, where the month has no such day, its last one. Each day of a period costs the price by the period's days.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAY = timedelta(days=1)
# ISO 4217, list one; what is not named here has two decimals.
_WITHOUT_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_WITH_THREE = "BHD IQD JOD KWD LYD OMR TND"
_WITH_FOUR = "CLF UYW"
_EXPONENTS = {
    **dict.fromkeys(_WITHOUT_DECIMALS.split(), 0),
    **dict.fromkeys(_WITH_THREE.split(), 3),
    **dict.fromkeys(_WITH_FOUR.split(), 4),
}


@dataclass(frozen=True)
class Stretch:
    """Consecutive days of one kind: whole periods, or a part of one; `share` is how many periods they are."""

    start: date
    end: date
    share: Fraction
    whole: bool


def stretches(start: date, end: date, anchor: date, cycle: str) -> list[Stretch]:
    """Divide days into parts of periods and runs of whole ones; a span without days has none."""
    if end <= start:
        return []
    found: list[Stretch] = []
    for opening, closing in _periods(start, end, anchor, cycle):
        length = (closing - opening).days
        days = [opening + number * _DAY for number in range(length)]
        used = [day for day in days if start <= day < end]
        share = sum((Fraction(1, length) for _ in used), Fraction(0))
        whole = share == 1
        if whole and found and found[-1].whole:
            found[-1] = Stretch(found[-1].start, closing, found[-1].share + share, whole=True)
        else:
            found.append(Stretch(used[0], used[-1] + _DAY, share, whole))
    return found


def first_closing(start: date, anchor: date, cycle: str) -> date:
    """Return the end of the period that a day is in."""
    return next(closing for _, closing in _periods(start, start + _DAY, anchor, cycle))


def _periods(start: date, end: date, anchor: date, cycle: str) -> Iterator[tuple[date, date]]:
    """Yield first day, and the day after the last, of each period that has a day of the span."""
    opening = start
    while not _begins(opening, anchor, cycle):
        opening -= _DAY
    day = opening
    while opening < end:
        day += _DAY
        if _begins(day, anchor, cycle):
            yield opening, day
            opening = day


def _begins(day: date, anchor: date, cycle: str) -> bool:
    """Tell whether a period begins on a day."""
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    if months % _MONTHS[cycle] or day.day > anchor.day:
        return False
    return day.day == anchor.day or day.day == calendar.monthrange(day.year, day.month)[1]


def exponent(currency: str) -> int:
    """Return the currency's decimals."""
    return _EXPONENTS.get(currency, 2)


def rounded(amount: Fraction, increment: int = 1) -> int:
    """Round to the increment, half away from zero."""
    sign = -1 if amount < 0 else 1
    return sign * int(abs(amount) / increment + Fraction(1, 2)) * increment
