"""Money: reading, writing, rounding and splitting, exact for every currency."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskshift.domain.billing.money import Currency, currency, decimal, split_largest_remainder
from deskshift.model.currencies import EXPONENTS
from deskshift.model.errors import InvalidField
from tests.unit.product.made_periods import currencies, fractions

weights = st.lists(st.builds(Fraction, st.integers(0, 10**6), st.integers(1, 400)), min_size=1, max_size=12).filter(any)
increments = st.sampled_from([1, 1, 5, 100])


@given(currencies, fractions)
def test_rounding_is_to_the_nearest_step_and_ties_go_away_from_zero(money: Currency, exact: Fraction) -> None:
    rounded = money.round(exact)
    assert rounded % money.increment == 0
    distance = abs(rounded - exact)
    assert distance * 2 <= money.increment
    if distance * 2 == money.increment:
        assert abs(rounded) > abs(exact)


@given(currencies, fractions)
def test_rounding_is_symmetric(money: Currency, exact: Fraction) -> None:
    assert money.round(-exact) == -money.round(exact)


@given(currencies, fractions, fractions)
def test_rounding_keeps_the_order(money: Currency, one: Fraction, other: Fraction) -> None:
    low, high = sorted([one, other])
    assert money.round(low) <= money.round(high)


@pytest.mark.parametrize(
    ("code", "exact", "rounded"),
    [
        ("USD", Fraction(24995, 10), 2500),
        ("USD", Fraction(-24995, 10), -2500),
        ("USD", Fraction(24994, 10), 2499),
        ("JPY", Fraction(10000, 31), 323),
        ("KWD", Fraction(1, 2), 1),
        ("CHF", Fraction(1002, 1), 1000),
        ("CHF", Fraction(2005, 2), 1005),
        ("CHF", Fraction(-2005, 2), -1005),
        ("CHF", Fraction(1003, 1), 1005),
        ("USD", Fraction(-1, 3), 0),
    ],
)
def test_amounts_are_rounded(code: str, exact: Fraction, rounded: int) -> None:
    assert currency(code, {"CHF": 5}).round(exact) == rounded


@given(st.sampled_from(sorted(EXPONENTS)), st.integers(-(10**18), 10**18))
def test_an_amount_is_read_as_it_is_written(code: str, minor: int) -> None:
    money = currency(code)
    written = money.major(minor)
    assert len(written.partition(".")[2]) == money.exponent
    assert Fraction(Decimal(written)) * 10**money.exponent == minor
    if abs(minor) < 10**15:
        assert money.minor(written) == minor


@pytest.mark.parametrize(
    ("code", "minor", "major"), [("USD", 2500, "25.00"), ("JPY", 323, "323"), ("KWD", -5, "-0.005")]
)
def test_an_amount_has_the_currencys_decimals(code: str, minor: int, major: str) -> None:
    assert currency(code).major(minor) == major


@pytest.mark.parametrize(
    "text", ["", "1e3", "1.", ".5", "1,5", "٣", "NaN", "1" * 16, "1.0000000000001", "+1", " 1", "1\n"]
)
def test_what_is_no_decimal_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidField, match="price: found"):
        decimal(text, "price")


@pytest.mark.parametrize("code", ["", "usd", "EURO", "XXX", "XAU", "HRK"])
def test_what_is_no_currency_is_refused(code: str) -> None:
    with pytest.raises(InvalidField, match="ISO 4217"):
        currency(code)


@given(st.integers(-(10**9), 10**9), weights, increments)
def test_shares_add_up_and_each_is_within_one_step_of_exact(total: int, parts: list[Fraction], increment: int) -> None:
    shares = split_largest_remainder(total, parts, increment)
    assert sum(shares) == total
    whole = sum(parts)
    assert all(abs(share - total * part / whole) <= increment for share, part in zip(shares, parts, strict=True))
    assert all(share == 0 for share, part in zip(shares, parts, strict=True) if part == 0)


@given(st.integers(-(10**6), 10**6), weights, increments)
def test_shares_are_whole_steps_if_the_total_is(steps: int, parts: list[Fraction], increment: int) -> None:
    assert all(share % increment == 0 for share in split_largest_remainder(steps * increment, parts, increment))


@given(st.integers(-(10**9), 10**9), weights, increments)
def test_a_credit_is_split_as_its_charge(total: int, parts: list[Fraction], increment: int) -> None:
    shares = split_largest_remainder(total, parts, increment)
    assert split_largest_remainder(-total, parts, increment) == [-share for share in shares]


@pytest.mark.parametrize(
    ("total", "parts", "increment", "shares"),
    [
        (100, [1, 1, 1], 1, [34, 33, 33]),
        (-100, [1, 1, 1], 1, [-34, -33, -33]),
        (10, [1, 0, 5], 1, [2, 0, 8]),
        (1000, [1, 1, 1], 5, [335, 335, 330]),
        (7, [3, 1], 5, [5, 2]),
    ],
)
def test_the_largest_remainder_decides(total: int, parts: list[int], increment: int, shares: list[int]) -> None:
    assert split_largest_remainder(total, [Fraction(part) for part in parts], increment) == shares
