"""Made-up series, spans and prices for the property tests of the billing arithmetic."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import strategies as st

from deskshift.domain.billing.money import Currency
from deskshift.domain.billing.periods import Series
from deskshift.model.billing import Cycle

CYCLES: tuple[Cycle, ...] = ("month", "quarter", "year")
CURRENCIES = (
    Currency("USD", 2),
    Currency("JPY", 0),
    Currency("KWD", 3),
    Currency("CHF", 2, increment=5),
)
FIRST, LAST = date(1999, 1, 1), date(2032, 12, 31)
LONGEST_SPAN = 1500

days = st.dates(FIRST, LAST)
_awkward = st.sampled_from(
    [date(2023, 1, 31), date(2024, 2, 29), date(2023, 2, 28), date(2023, 8, 30), date(2000, 12, 31), date(2025, 3, 29)]
)
anchors = st.one_of(_awkward, days)
series = st.builds(Series, anchors, st.sampled_from(CYCLES))
currencies = st.sampled_from(CURRENCIES)
prices = st.builds(Fraction, st.integers(-(10**9), 10**9), st.sampled_from([1, 2, 3, 10, 1000, 12]))
fractions = st.one_of(
    prices,
    st.builds(Fraction, st.integers(-(10**6), 10**6), st.integers(1, 400)),
    st.integers(-(10**5), 10**5).map(lambda n: Fraction(2 * n + 1, 2)),
)


@st.composite
def spans(draw: st.DrawFn) -> tuple[Series, date, date]:
    """Draw a series and a span that is not empty; often its ends are boundaries or a day beside one."""
    made = draw(series)
    start = draw(st.one_of(days, _near_a_boundary(made)))
    end = draw(st.one_of(st.integers(1, LONGEST_SPAN).map(lambda n: start + timedelta(n)), _near_a_boundary(made)))
    if end <= start:
        start, end = end, start + timedelta(1)
    return made, start, end


def _near_a_boundary(made: Series) -> st.SearchStrategy[date]:
    numbers = st.integers(-20, 20)
    return st.builds(lambda n, beside: made.boundary(n) + timedelta(beside), numbers, st.sampled_from([-1, 0, 0, 1]))
