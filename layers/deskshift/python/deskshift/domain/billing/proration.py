"""What a price comes to over a span of days: its lines, and the tax on their sum."""

from datetime import date

import msgspec

from deskshift.domain.billing.money import Currency, decimal
from deskshift.domain.billing.periods import Piece, Series, pieces

_PER_CENT = 100


class ProratedLine(msgspec.Struct, frozen=True):
    """One piece of the span and what it costs, rounded once, in minor units."""

    piece: Piece
    amount_minor: int


class Prorated(msgspec.Struct, frozen=True, kw_only=True):
    """The lines, their sum, and the tax on it, in minor units; the tax is None where no rate is given."""

    lines: tuple[ProratedLine, ...]
    amount_minor: int
    tax_minor: int | None


def prorate(  # noqa: PLR0913 - what a figure rests on
    price: str, money: Currency, series: Series, start: date, end: date, *, tax_rate: str | None = None
) -> Prorated:
    """Reckon a price over `[start, end)`.

    Args:
        price: for one whole period, in major units; not rounded, whatever its decimals.
        money: the currency.
        series: the anchored periods.
        start: first day.
        end: the day after the last.
        tax_rate: in per cent.

    Raises:
        InvalidField: price or rate is no decimal number, or a boundary lies outside the years 1 to 9999.
    """
    exact = money.minor(price)
    lines = tuple(ProratedLine(piece, money.round(exact * piece.ratio)) for piece in pieces(series, start, end))
    amount = sum(line.amount_minor for line in lines)
    tax = None if tax_rate is None else money.round(amount * decimal(tax_rate, "tax_rate") / _PER_CENT)
    return Prorated(lines=lines, amount_minor=amount, tax_minor=tax)
