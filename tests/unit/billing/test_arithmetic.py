"""Properties of periods and money: every day once, ratios that add up, rounding alike on both sides of zero."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskshift.domain.billing.money import Currency, currency, split_largest_remainder
from deskshift.domain.billing.periods import Series, pieces
from deskshift.domain.billing.pricing import ratio, written
from deskshift.model.billing import Cycle
from deskshift.model.currencies import EXPONENTS
from deskshift.model.errors import InvalidField

CYCLES: tuple[Cycle, ...] = ("month", "quarter", "year")
dates = st.dates(date(1990, 1, 1), date(2060, 12, 31))
series = st.builds(Series, dates, st.sampled_from(CYCLES))
monies = st.sampled_from([Currency("EUR", 2), Currency("JPY", 0), Currency("KWD", 3), Currency("CHF", 2, 5)])
prices = st.fractions(0, 10**6, max_denominator=10**4)


@given(series, dates, st.integers(0, 1500))
def test_every_day_is_in_exactly_one_piece_and_stubs_are_at_the_ends(of: Series, start: date, length: int) -> None:
    end = start + timedelta(days=length)
    found = pieces(of, start, end)
    assert sum((piece.end - piece.start).days for piece in found) == length
    assert [piece.end for piece in found[:-1]] == [piece.start for piece in found[1:]]
    if found:
        assert (found[0].start, found[-1].end) == (start, end)
    stubs = [n for n, piece in enumerate(found) if piece.denominator != 1]
    assert set(stubs) <= {0, len(found) - 1}
    assert len(found) - len(stubs) <= 1
    assert all(found[n].ratio < 1 for n in stubs)


@given(series, dates, st.integers(1, 900), st.integers(1, 900), prices, monies)
def test_a_split_changes_the_sum_by_at_most_one_step_for_each_line_added(  # noqa: PLR0913, PLR0917 - of a property
    of: Series, start: date, first: int, second: int, price: Fraction, money: Currency
) -> None:
    middle, end = start + timedelta(days=first), start + timedelta(days=first + second)

    def lines(begun: date, ended: date) -> list[int]:
        return [money.round(price * piece.ratio) for piece in pieces(of, begun, ended)]

    whole, split = lines(start, end), [*lines(start, middle), *lines(middle, end)]
    # Each line, before and after, is off by at most half a step.
    assert abs(sum(split) - sum(whole)) * 2 <= money.increment * (len(split) + len(whole))
    assert abs(sum(split) - sum(whole)) <= money.increment * max(1, len(split) - len(whole))


@given(series, st.integers(-400, 400))
def test_boundaries_rise_and_are_found_again(of: Series, number: int) -> None:
    here = of.boundary(number)
    assert here < of.boundary(number + 1)
    assert of.number_at(here) == number
    assert of.number_at(here - timedelta(days=1)) == number - 1
    assert of.boundaries(here, 2) == [here, of.boundary(number + 1)]


@given(dates, dates, st.sampled_from(CYCLES))
def test_series_of_one_phase_have_the_same_boundaries(one: date, other: date, cycle: Cycle) -> None:
    first, second = Series(one, cycle), Series(other, cycle)
    same = first.boundaries(date(2000, 1, 1), 48) == second.boundaries(date(2000, 1, 1), 48)
    assert same == (first.phase == second.phase)


@given(series, st.integers(-50, 50))
def test_any_boundary_that_is_not_cut_short_is_an_anchor_of_the_same_series(of: Series, number: int) -> None:
    here = of.boundary(number)
    if here.day == of.anchor.day:
        assert Series(here, of.cycle).phase == of.phase


@given(st.fractions(-(10**9), 10**9), monies)
def test_rounding_is_the_same_on_both_sides_of_zero_and_to_the_nearest_step(exact: Fraction, money: Currency) -> None:
    found = money.round(exact)
    assert money.round(-exact) == -found
    assert found % money.increment == 0
    assert abs(found - exact) * 2 <= money.increment


@pytest.mark.parametrize(("half", "found"), [("2.5", 3), ("-2.5", -3), ("0.5", 1), ("2499.5", 2500)])
def test_a_tie_goes_away_from_zero(half: str, found: int) -> None:
    assert Currency("EUR", 2).round(Fraction(half)) == found


@given(st.integers(-(10**7), 10**7), st.lists(st.fractions(0, 100), min_size=1, max_size=12), st.sampled_from([1, 5]))
def test_shares_add_up_and_are_within_a_step_of_what_is_due(total: int, weights: list[Fraction], step: int) -> None:
    whole = sum(weights, Fraction(0))
    if not whole:
        return
    shares = split_largest_remainder(total, weights, step)
    assert sum(shares) == total
    assert all(abs(share - total * weight / whole) <= step for share, weight in zip(shares, weights, strict=True))


@given(st.fractions(0, 10**9, max_denominator=10**6))
def test_a_price_is_written_exactly(exact: Fraction) -> None:
    assert ratio(written(exact)) == exact


@pytest.mark.parametrize("text", ["", "-1", "1e", "one", "1/0", "9" * 41])
def test_what_is_no_price_is_named(text: str) -> None:
    with pytest.raises(InvalidField, match="unit_price"):
        ratio(text)


def test_currencies_are_those_of_iso_4217() -> None:
    assert {code: EXPONENTS[code] for code in ("EUR", "JPY", "KWD", "CLP", "CHF", "UYU")} == {
        "EUR": 2, "JPY": 0, "KWD": 3, "CLP": 0, "CHF": 2, "UYU": 2,
    }  # fmt: skip
    assert len(EXPONENTS) > 150
    with pytest.raises(InvalidField, match="currency"):
        currency("XXX")


@given(st.integers(-(10**12), 10**12), monies)
def test_an_amount_in_major_units_is_read_back(minor: int, money: Currency) -> None:
    assert Fraction(money.major(minor)) * money.scale == minor
