"""The sandbox's own way to reckon: it counts days one by one, where deskshift reckons with boundaries."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_EXPONENTS = {"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "VND": 0, "BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3}


@dataclass(frozen=True)
class Stretch:
    """Consecutive days of one kind: whole periods, or a part of one; `share` is how many periods they are."""

    start: date
    end: date
    share: Fraction
    whole: bool


def stretches(start: date, end: date, anchor: date, cycle: str) -> list[Stretch]:
    """Divide days into parts of periods and runs of whole ones."""
    found: list[Stretch] = []
    for opening, closing, first, last in _by_period(start, end, anchor, cycle):
        whole = first == opening and last == closing
        share = Fraction((last - first).days, (closing - opening).days)
        if whole and found and found[-1].whole:
            found[-1] = Stretch(found[-1].start, last, found[-1].share + 1, whole=True)
        else:
            found.append(Stretch(first, last, share, whole))
    return found


def first_closing(start: date, anchor: date, cycle: str) -> date:
    """Return the end of the period that a day is in."""
    boundary = _walk(anchor, cycle, start)
    next(boundary)
    return next(boundary)


def _by_period(start: date, end: date, anchor: date, cycle: str) -> Iterator[tuple[date, date, date, date]]:
    """Yield each period that has a day of the span, with its own first day of it and the day after its last."""
    if end <= start:
        return
    boundary = _walk(anchor, cycle, start)
    opening = next(boundary)
    for closing in boundary:
        first, last = max(opening, start), min(closing, end)
        if first < last:
            yield opening, closing, first, last
        if closing >= end:
            return
        opening = closing


def _walk(anchor: date, cycle: str, near: date) -> Iterator[date]:
    """Yield boundaries from the last one on or before a day, walking away from the anchor step by step."""
    step, count = _MONTHS[cycle], 0
    while _boundary(anchor, count) > near:
        count -= step
    while _boundary(anchor, count + step) <= near:
        count += step
    while True:
        yield _boundary(anchor, count)
        count += step


def _boundary(anchor: date, months: int) -> date:
    month = anchor.month - 1 + months
    year = anchor.year + month // 12
    last = calendar.monthrange(year, month % 12 + 1)[1]
    return date(year, month % 12 + 1, min(anchor.day, last))


def exponent(currency: str) -> int:
    """Return the currency's decimals."""
    return _EXPONENTS.get(currency, 2)


def rounded(amount: Fraction, increment: int = 1) -> int:
    """Round to the increment, half away from zero."""
    sign = -1 if amount < 0 else 1
    return sign * int(abs(amount) / increment + Fraction(1, 2)) * increment
