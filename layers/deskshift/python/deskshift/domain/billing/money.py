"""Money: integer minor units, exact fractions in between, and one way to round.

No float comes in or goes out. A currency's minor unit is the one of ISO 4217; an amount in major units is a decimal
string on its way in and out.
"""

import re
from decimal import Decimal
from fractions import Fraction

import msgspec

from deskshift.model.currencies import EXPONENTS
from deskshift.model.errors import InvalidField

_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,12})?", re.ASCII)
DECIMAL_RULE = "a decimal number like 249.95, with at most 15 digits before the point and 12 after it"


class Currency(msgspec.Struct, frozen=True):
    """A currency as amounts in it are counted and rounded.

    `exponent` is ISO 4217's number of decimals (JPY 0, EUR 2, KWD 3). `increment` is the step, in minor units, that an
    amount is rounded to: 5 for Swiss francs where the policy rounds to 0.05, else 1.
    """

    code: str
    exponent: int
    increment: int = 1

    @property
    def scale(self) -> int:
        """How many minor units a major one has."""
        return int(10**self.exponent)

    def round(self, minor: Fraction) -> int:
        """Round an exact amount of minor units to the increment; a tie goes away from zero, for credits too."""
        step = minor.denominator * self.increment
        whole, rest = divmod(abs(minor.numerator), step)
        rounded = (whole + (2 * rest >= step)) * self.increment
        return rounded if minor.numerator >= 0 else -rounded

    def minor(self, major: str) -> Fraction:
        """Give a price in major units as an exact number of minor units; it may have more decimals than the currency.

        Raises:
            InvalidField: it is no decimal number.
        """
        return decimal(major, "price") * self.scale

    def major(self, minor: int) -> str:
        """Write an amount in major units, with the currency's decimals: 2500 is "25.00", of JPY "2500"."""
        return f"{Decimal(minor).scaleb(-self.exponent):.{self.exponent}f}"


def currency(code: str, increments: dict[str, int] | None = None, field: str = "currency") -> Currency:
    """Find a currency of ISO 4217.

    Args:
        code: its three letters.
        increments: the policy's rounding increments in minor units, by code.
        field: named by the error.

    Raises:
        InvalidField: there is none of this code.
    """
    exponent = EXPONENTS.get(code)
    if exponent is None:
        raise InvalidField(field, repr(code)[:16], "a currency of ISO 4217, like EUR")
    return Currency(code, exponent, (increments or {}).get(code, 1))


def decimal(text: str, field: str) -> Fraction:
    """Read a decimal number exactly.

    Raises:
        InvalidField: it is none, or longer than any price or rate is.
    """
    if not _DECIMAL.fullmatch(text):
        raise InvalidField(field, repr(text)[:40], DECIMAL_RULE)
    return Fraction(text)


def split_largest_remainder(total: int, weights: list[Fraction], increment: int = 1) -> list[int]:
    """Split a total into whole shares that add up to it exactly, in proportion to the weights.

    Each share is cut towards zero to the increment; what is left goes, step by step, to the shares that lost most, the
    earlier one first where they lost the same. What is less than an increment goes to the last that is served.

    Args:
        total: minor units, of either sign.
        weights: not negative, at least one of them positive.
        increment: the step that shares are multiples of, as far as the total is.
    """
    sign, left = (1, total) if total >= 0 else (-1, -total)
    whole = sum(weights, Fraction(0))
    exact = [left * weight / whole / increment for weight in weights]
    shares = [int(one) * increment for one in exact]
    losses = sorted(range(len(weights)), key=lambda i: (int(exact[i]) - exact[i], i))
    rest = left - sum(shares)
    for index in losses:
        step = min(increment, rest)
        shares[index] += step
        rest -= step
    return [sign * share for share in shares]
