"""Anchored billing periods: boundaries of a series, and how a span of days divides into whole periods and stubs.

Dates are local dates in the account's time zone; a period and a span are half-open, `[start, end)`.
"""

from calendar import monthrange
from datetime import date
from fractions import Fraction

import msgspec

from deskshift.model.billing import Cycle
from deskshift.model.errors import InvalidField

MONTHS: dict[Cycle, int] = {"month": 1, "quarter": 3, "year": 12}
_YEAR = 12
_EVERY_MONTH_HAS = 28


class Series(msgspec.Struct, frozen=True):
    """Billing periods without end in both directions; `anchor` is any boundary of theirs.

    The n-th boundary is the anchor's day in the anchor's month and n cycles, or that month's last day where it has no
    such day: boundaries of 31 January are 28 or 29 February, 31 March, 30 April.
    """

    anchor: date
    cycle: Cycle

    def boundary(self, n: int) -> date:
        """Give the n-th boundary, the anchor being number 0; n may be negative.

        Raises:
            InvalidField: it lies outside the years 1 to 9999.
        """
        year, month = divmod(self.anchor.year * _YEAR + self.anchor.month - 1 + n * MONTHS[self.cycle], _YEAR)
        if not date.min.year <= year <= date.max.year:
            raise InvalidField("date", f"a boundary in the year {year}", "the years 1 to 9999")
        day = self.anchor.day
        if day > _EVERY_MONTH_HAS:
            day = min(day, monthrange(year, month + 1)[1])
        return date(year, month + 1, day)

    @property
    def phase(self) -> tuple[int, int]:
        """Tell the series of a cycle apart: two have the same boundaries if they have the same phase."""
        months = self.anchor.year * _YEAR + self.anchor.month
        return self.anchor.day, months % MONTHS[self.cycle]

    def number_at(self, day: date) -> int:
        """Give the number of the last boundary on or before a day: of the period that contains it."""
        months = (day.year - self.anchor.year) * _YEAR + day.month - self.anchor.month
        n = months // MONTHS[self.cycle]
        return n if self.boundary(n) <= day else n - 1

    def next_boundary(self, day: date) -> date:
        """Give the first boundary after a day."""
        return self.boundary(self.number_at(day) + 1)

    def boundaries(self, start: date, count: int) -> list[date]:
        """Give the first `count` boundaries on or after a day."""
        n = self.number_at(start)
        first = n if self.boundary(n) == start else n + 1
        return [self.boundary(first + i) for i in range(count)]


class Piece(msgspec.Struct, frozen=True):
    """A part of a span: a run of whole periods, or a stub.

    Of whole periods `numerator` is their number and `denominator` 1; of a stub they are its days and the days of the
    anchored period that contains it.
    """

    start: date
    end: date
    numerator: int
    denominator: int

    @property
    def ratio(self) -> Fraction:
        """How many periods this is."""
        return Fraction(self.numerator, self.denominator)


def pieces(series: Series, start: date, end: date) -> list[Piece]:
    """Divide a span into whole periods, as one piece, and at most one stub at each end; an empty span has none.

    Args:
        series: the periods.
        start: its first day.
        end: the day after its last; before `start` the span is empty.
    """
    if end <= start:
        return []
    first, last = series.number_at(start), series.number_at(end)
    if first == last:
        return [_stub(series, first, start, end)]
    found = []
    opening, closing = series.boundary(first), series.boundary(last)
    if opening < start:
        first += 1
        opening = series.boundary(first)
        found.append(_stub(series, first - 1, start, opening))
    if opening < closing:
        found.append(Piece(opening, closing, last - first, 1))
    if closing < end:
        found.append(_stub(series, last, closing, end))
    return found


def _stub(series: Series, number: int, start: date, end: date) -> Piece:
    days = (series.boundary(number + 1) - series.boundary(number)).days
    return Piece(start, end, (end - start).days, days)
