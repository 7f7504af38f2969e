"""Zuora's decimal amounts in major units, as whole minor units and decimal strings; no float on the way."""

from decimal import Decimal
from fractions import Fraction

import msgspec

from deskshift.model.currencies import EXPONENTS
from deskshift.model.errors import VendorAnswerInvalid

_LONGEST = 15
"""Digits before and after the point that any amount, price or rate has at most."""


class Source(msgspec.Struct, frozen=True):
    """The call whose answer is read, for the errors that name a field of it."""

    method: str
    path: str

    def invalid(self, field: str, found: str) -> VendorAnswerInvalid:
        """Make the error of a field; `found` never holds a customer's words."""
        return VendorAnswerInvalid(self.method, self.path, f"{field}: {found}")

    def needed(self, value: Decimal | None, field: str) -> Decimal:
        """Give an amount that has to be there.

        Raises:
            VendorAnswerInvalid: it is not, or it is no number that an amount can be.
        """
        if value is None:
            raise self.invalid(field, "missing")
        digits = value.as_tuple()
        if not isinstance(digits.exponent, int) or value.adjusted() > _LONGEST or digits.exponent < -_LONGEST:
            raise self.invalid(field, f"not a number with at most {_LONGEST} digits before and after the point")
        return value


def minor(value: Decimal | None, currency: str, field: str, source: Source) -> int:
    """Give an amount in whole minor units of its currency.

    Raises:
        VendorAnswerInvalid: it has more decimals than the currency, is missing, or the currency is none of ISO 4217.
    """
    exponent = EXPONENTS.get(currency)
    if exponent is None:
        raise source.invalid("currency", "none of ISO 4217")
    scale: int = 10**exponent
    exact = Fraction(source.needed(value, field)) * scale
    if exact.denominator != 1:
        raise source.invalid(field, f"an amount with more decimals than the {exponent} of {currency}")
    return exact.numerator


def text(value: Decimal | None, field: str, source: Source) -> str:
    """Give a price or a percentage as a decimal string without zeros that say nothing: 249.950 is "249.95"."""
    exact = f"{source.needed(value, field):f}"
    return exact.rstrip("0").rstrip(".") if "." in exact else exact


def percent(rate: Decimal | None, field: str, source: Source) -> str:
    """Give a tax rate in per cent: Zuora's 0.0725 is "7.25"."""
    return text(source.needed(rate, field) * 100, field, source)
