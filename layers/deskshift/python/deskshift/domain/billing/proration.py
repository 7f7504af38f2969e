"""What a price for whole periods comes to over a span of days: a line for each piece, rounded once, and the tax."""

from datetime import date
from fractions import Fraction

import msgspec

from deskshift.domain.billing.money import Currency
from deskshift.domain.billing.periods import Piece, Series, pieces

_PER_CENT = 100


class ProratedLine(msgspec.Struct, frozen=True):
    """A piece of the span and what it costs: `exact` before rounding, `amount_minor` after it, both in minor units."""

    piece: Piece
    exact: Fraction
    amount_minor: int


class Proration(msgspec.Struct, frozen=True):
    """The lines of a span. Amounts are minor units of `currency`; without a tax rate both tax values are None."""

    currency: Currency
    lines: tuple[ProratedLine, ...]
    exact_tax: Fraction | None
    tax_minor: int | None

    @property
    def amount_minor(self) -> int:
        """The sum of the rounded lines, without tax."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        """The sum of the rounded lines, with tax."""
        return self.amount_minor + (self.tax_minor or 0)


def prorate(  # noqa: PLR0913 - a span, a price and how both are counted
    price: Fraction,
    currency: Currency,
    series: Series,
    start: date,
    end: date,
    *,
    tax_rate: Fraction | None = None,
) -> Proration:
    """Charge a span of days.

    Args:
        price: minor units for one whole period; negative for a credit. It is never rounded itself.
        currency: how lines and tax are rounded.
        series: the periods.
        start: the span's first day.
        end: the day after its last; an empty span has no lines.
        tax_rate: in per cent. The tax is taken once, of the sum of the rounded lines.

    Raises:
        InvalidField: a period that contains a stub reaches beyond the years 1 to 9999.
    """
    lines = tuple(_line(price, currency, piece) for piece in pieces(series, start, end))
    if tax_rate is None:
        return Proration(currency, lines, None, None)
    tax = sum(line.amount_minor for line in lines) * tax_rate / _PER_CENT
    return Proration(currency, lines, tax, currency.round(tax))


def _line(price: Fraction, currency: Currency, piece: Piece) -> ProratedLine:
    exact = price * piece.ratio
    return ProratedLine(piece, exact, currency.round(exact))
