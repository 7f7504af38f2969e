"""The arithmetic of billing periods, for any anchor, cycle, span and place to cut it."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from deskshift.domain.billing.money import Currency
from deskshift.domain.billing.periods import MONTHS, Piece, Series, pieces
from deskshift.domain.billing.proration import prorate
from deskshift.model.errors import InvalidField
from tests.unit.product.made_periods import CURRENCIES, currencies, days, prices, series, spans

Span = tuple[Series, date, date]
numbers = st.integers(-200, 200)
JANUARY_31 = Series(date(2023, 1, 31), "month")
LEAP_DAY = Series(date(2024, 2, 29), "year")


@given(series, numbers)
@example(JANUARY_31, 0)
@example(LEAP_DAY, -1)
def test_boundaries_increase_and_are_found_by_their_day(made: Series, n: int) -> None:
    boundary, following = made.boundary(n), made.boundary(n + 1)
    assert boundary < following
    assert made.number_at(boundary) == n
    assert made.number_at(following - timedelta(1)) == n
    assert made.next_boundary(boundary) == following


@given(series, numbers)
def test_a_boundary_has_the_anchors_day_or_is_the_last_of_its_month(made: Series, n: int) -> None:
    boundary = made.boundary(n)
    months = (boundary.year - made.anchor.year) * 12 + boundary.month - made.anchor.month
    assert months == n * MONTHS[made.cycle]
    if boundary.day != made.anchor.day:
        assert boundary.day < made.anchor.day
        assert (boundary + timedelta(1)).day == 1


@given(series, days)
def test_each_day_is_in_the_period_that_its_number_says(made: Series, day: date) -> None:
    n = made.number_at(day)
    assert made.boundary(n) <= day < made.boundary(n + 1)


@given(series, numbers)
def test_a_series_is_the_same_whichever_boundary_with_the_anchors_day_it_is_named_by(made: Series, n: int) -> None:
    other = Series(made.boundary(n), made.cycle)
    assume(other.anchor.day == made.anchor.day)
    assert [other.boundary(i) for i in range(-13, 14)] == [made.boundary(n + i) for i in range(-13, 14)]


@given(series, days, st.integers(1, 30))
def test_a_schedule_is_each_boundary_from_a_day_on(made: Series, start: date, count: int) -> None:
    dates = made.boundaries(start, count)
    first = made.number_at(start - timedelta(1)) + 1
    assert dates == [made.boundary(first + i) for i in range(count)]
    assert dates[0] >= start


@given(spans())
def test_every_day_is_in_exactly_one_piece(span: Span) -> None:
    made, start, end = span
    found = pieces(made, start, end)
    assert [piece.start for piece in found] == [start, *(piece.end for piece in found[:-1])]
    assert found[-1].end == end
    assert all(piece.start < piece.end for piece in found)


@given(spans())
def test_stubs_are_at_the_ends_alone_and_less_than_a_period(span: Span) -> None:
    made, start, end = span
    found = pieces(made, start, end)
    stubs = [piece for piece in found if piece.denominator != 1]
    assert len(found) - len(stubs) <= 1
    assert all(piece in {found[0], found[-1]} for piece in stubs)
    assert len(stubs) <= 2
    assert all(0 < piece.ratio < 1 for piece in stubs)


@given(spans())
def test_a_stub_has_the_days_of_the_period_that_contains_it(span: Span) -> None:
    for piece in pieces(*span):
        if piece.denominator == 1:
            continue
        n = span[0].number_at(piece.start)
        opening, closing = span[0].boundary(n), span[0].boundary(n + 1)
        assert opening <= piece.start < piece.end <= closing
        assert piece.numerator == (piece.end - piece.start).days
        assert piece.denominator == (closing - opening).days


@given(series, st.integers(-30, 30), st.integers(1, 40))
@example(JANUARY_31, 0, 13)
@example(LEAP_DAY, -3, 4)
def test_a_run_of_whole_periods_is_one_piece(made: Series, n: int, count: int) -> None:
    start, end = made.boundary(n), made.boundary(n + count)
    assert pieces(made, start, end) == [Piece(start, end, count, 1)]


@given(series, days, st.integers(0, 40))
def test_an_empty_span_has_no_piece(made: Series, start: date, back: int) -> None:
    assert pieces(made, start, start - timedelta(back)) == []


@given(spans(), st.data(), prices, currencies)
@example((JANUARY_31, date(2023, 1, 31), date(2024, 1, 31)), None, Fraction(49995, 2), CURRENCIES[3])
def test_cutting_a_span_changes_the_sum_by_at_most_one_step_for_each_line_added(
    span: Span, data: st.DataObject | None, price: Fraction, currency: Currency
) -> None:
    made, start, end = span
    cut = date(2023, 7, 7) if data is None else data.draw(st.dates(start, end))
    whole = prorate(price, currency, made, start, end)
    parts = [prorate(price, currency, made, start, cut), prorate(price, currency, made, cut, end)]
    added = sum(len(part.lines) for part in parts) - len(whole.lines)
    assert 0 <= added <= 3
    changed = abs(sum(part.amount_minor for part in parts) - whole.amount_minor)
    assert changed <= added * currency.increment


@given(spans(), st.data(), prices, currencies)
def test_before_rounding_cutting_changes_nothing(
    span: Span, data: st.DataObject, price: Fraction, currency: Currency
) -> None:
    made, start, end = span
    cut = data.draw(st.dates(start, end))
    whole = prorate(price, currency, made, start, end)
    parts = [prorate(price, currency, made, start, cut), prorate(price, currency, made, cut, end)]
    assert sum(line.exact for part in parts for line in part.lines) == sum(line.exact for line in whole.lines)


@given(spans(), prices, currencies)
def test_a_credit_is_exactly_as_large_as_its_charge(span: Span, price: Fraction, currency: Currency) -> None:
    rate = Fraction(77, 10)
    charge = prorate(price, currency, *span, tax_rate=rate)
    credit = prorate(-price, currency, *span, tax_rate=rate)
    assert credit.amount_minor == -charge.amount_minor
    assert credit.total_minor == -charge.total_minor


@given(spans(), prices, currencies, st.builds(Fraction, st.integers(0, 10_000), st.just(100)))
def test_tax_is_taken_once_of_the_rounded_sum(span: Span, price: Fraction, currency: Currency, rate: Fraction) -> None:
    charged = prorate(price, currency, *span, tax_rate=rate)
    assert charged.exact_tax == charged.amount_minor * rate / 100
    assert charged.tax_minor == currency.round(charged.exact_tax)
    assert charged.total_minor == charged.amount_minor + charged.tax_minor


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (Series(date(2024, 1, 31), "month"), ["2024-02-29", "2024-03-31", "2024-04-30"]),
        (Series(date(2023, 1, 30), "month"), ["2023-02-28", "2023-03-30", "2023-04-30"]),
        (Series(date(2023, 11, 30), "quarter"), ["2024-02-29", "2024-05-30", "2024-08-30"]),
        (Series(date(2024, 2, 29), "year"), ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]),
        (Series(date(2023, 12, 31), "month"), ["2024-01-31", "2024-02-29"]),
    ],
)
def test_boundaries_are_counted_from_the_anchor(made: Series, wanted: list[str]) -> None:
    assert [str(made.boundary(n + 1)) for n in range(len(wanted))] == wanted


@pytest.mark.parametrize("n", [12_000, 100_000, -100_000])
def test_a_boundary_outside_of_the_calendar_is_refused(n: int) -> None:
    with pytest.raises(InvalidField, match="the years 1 to 9999"):
        JANUARY_31.boundary(n * 12)
