"""Zuora's billing days and the domain's periods are the same series."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskshift.connectors.zuora.days import MONTHS, anchor, first_boundary, is_boundary, next_boundary
from deskshift.domain.billing.periods import Series
from deskshift.model.billing import Cycle

DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
CYCLES: st.SearchStrategy[Cycle] = st.sampled_from(list(MONTHS))


@given(DAYS, DAYS, CYCLES)
def test_boundaries_are_those_of_the_series(day: date, of: date, cycle: Cycle) -> None:
    series = Series(of, cycle)
    assert next_boundary(day, of, cycle) == series.next_boundary(day)
    assert is_boundary(day, of, cycle) == (series.next_boundary(day - timedelta(days=1)) == day)


@given(DAYS, st.integers(1, 31), CYCLES)
def test_an_anchor_is_a_boundary_with_its_day_where_any_month_has_it(aligned: date, day: int, cycle: Cycle) -> None:
    first = first_boundary(aligned, day)
    assert first >= aligned
    made = anchor(first, day, cycle)
    series = Series(made, cycle)
    assert series.next_boundary(first - timedelta(days=1)) == first
    assert made.day == day or (cycle == "year" and made.month in {2, 4, 6, 9, 11}) or day == 31 or made.month == 2


@pytest.mark.parametrize(
    ("first", "day", "cycle", "made"),
    [
        (date(2026, 4, 30), 31, "month", date(2026, 5, 31)),
        (date(2026, 4, 30), 31, "quarter", date(2026, 7, 31)),
        (date(2026, 2, 28), 30, "year", date(2028, 2, 29)),
        (date(2026, 11, 30), 31, "year", date(2026, 11, 30)),
    ],
)
def test_the_anchor_shows_the_day(first: date, day: int, cycle: Cycle, made: date) -> None:
    assert anchor(first, day, cycle) == made
