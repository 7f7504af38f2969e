"""The sandbox's own arithmetic, by figures that were reckoned by hand or that billing engines publish."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest

from infra.local.sandbox.billing_days import Stretch, exponent, first_closing, rounded, stretches


def day(text: str) -> date:
    return date.fromisoformat(text)


def shares(start: str, end: str, anchor: str, cycle: str) -> list[tuple[str, str, Fraction, bool]]:
    return [
        (str(each.start), str(each.end), each.share, each.whole)
        for each in stretches(day(start), day(end), day(anchor), cycle)
    ]


def test_a_span_is_a_stub_a_run_of_whole_periods_and_a_stub() -> None:
    assert shares("2022-11-20", "2023-03-05", "2020-01-10", "month") == [
        ("2022-11-20", "2022-12-10", Fraction(20, 30), False),
        ("2022-12-10", "2023-02-10", Fraction(2), True),
        ("2023-02-10", "2023-03-05", Fraction(23, 28), False),
    ]


def test_a_span_inside_a_period_is_one_stub_and_an_empty_one_is_nothing() -> None:
    assert shares("2016-05-17", "2016-05-20", "2016-05-20", "month") == [
        ("2016-05-17", "2016-05-20", Fraction(3, 30), False)
    ]
    assert shares("2016-05-17", "2016-05-17", "2016-05-20", "month") == []
    assert shares("2016-05-17", "2016-05-16", "2016-05-20", "month") == []


@pytest.mark.parametrize("anchor", ["2023-01-31", "2023-07-31", "2031-12-31", "2019-05-31"])
def test_an_anchor_on_the_31st_falls_back_to_the_last_day(anchor: str) -> None:
    bounds = [day("2024-01-31")]
    while len(bounds) < 5:
        bounds.append(first_closing(bounds[-1], day(anchor), "month"))
    assert [str(each) for each in bounds] == ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]


def test_an_anchor_on_29_february_keeps_its_day_in_leap_years() -> None:
    anchor = day("2020-02-29")
    assert first_closing(day("2022-03-01"), anchor, "year") == day("2023-02-28")
    assert first_closing(day("2023-02-28"), anchor, "year") == day("2024-02-29")


@pytest.mark.parametrize(
    ("price", "span", "anchor", "cycle", "code", "minor"),
    [
        ("249.95", ("2016-05-17", "2016-05-20"), "2016-05-20", "month", "USD", 2500),
        ("1999.95", ("2017-05-17", "2017-05-20"), "2017-05-20", "month", "USD", 20000),
        ("2399.95", ("2017-05-01", "2017-05-10"), "2017-05-10", "year", "USD", 5918),
        ("1000", ("2024-01-01", "2024-01-11"), "2024-01-01", "month", "JPY", 323),
        ("10.0005", ("2024-01-01", "2024-02-01"), "2024-01-01", "month", "KWD", 10001),
    ],
)
def test_a_price_for_some_days(  # noqa: PLR0913, PLR0917 - the facts of one case
    price: str, span: tuple[str, str], anchor: str, cycle: str, code: str, minor: int
) -> None:
    (each,) = stretches(day(span[0]), day(span[1]), day(anchor), cycle)
    assert rounded(Fraction(price) * 10 ** exponent(code) * each.share) == minor


def test_every_day_of_a_span_is_in_one_stretch() -> None:
    start = day("2023-01-15")
    for length in range(1, 800, 37):
        end = start + timedelta(days=length)
        found = stretches(start, end, day("2024-08-30"), "quarter")
        assert [found[0].start, *(each.end for each in found)] == [*(each.start for each in found), end]
        assert all(isinstance(each, Stretch) and each.share > 0 for each in found)


@pytest.mark.parametrize(
    ("amount", "increment", "to"),
    [
        (Fraction(5, 2), 1, 3),
        (Fraction(-5, 2), 1, -3),
        (Fraction(49, 20), 1, 2),
        (Fraction(25, 2), 5, 15),
        (Fraction(-25, 2), 5, -15),
        (Fraction(12), 5, 10),
    ],
)
def test_a_tie_goes_away_from_zero(amount: Fraction, increment: int, to: int) -> None:
    assert rounded(amount, increment) == to


def test_currencies_have_the_decimals_of_iso_4217() -> None:
    assert {code: exponent(code) for code in ("EUR", "JPY", "XOF", "UGX", "KWD", "IQD", "LYD", "CLF")} == {
        "EUR": 2,
        "JPY": 0,
        "XOF": 0,
        "UGX": 0,
        "KWD": 3,
        "IQD": 3,
        "LYD": 3,
        "CLF": 4,
    }
