"""The unit price that a charge has under new terms."""

from collections.abc import Iterable
from fractions import Fraction

import msgspec

from deskshift.domain.billing.periods import MONTHS
from deskshift.model.billing import Charge, Cycle, Price
from deskshift.model.errors import InvalidField


class NewPrice(msgspec.Struct, frozen=True, kw_only=True):
    """A unit price for each seat and new cycle, in major units, and where it comes from."""

    unit_price: str
    source: str


def new_price(
    charge: Charge, prices: Iterable[Price], old: tuple[Cycle, str], new: tuple[Cycle, str]
) -> NewPrice | None:
    """Find a charge's price for a new cycle and currency: the price list's, else the old one reckoned by months.

    Args:
        charge: with its present price; its discounts are kept beside the new one.
        prices: the price list.
        old: present cycle and currency.
        new: new cycle and currency.

    Returns:
        None where the currency changes and the list has no entry: nothing is converted.
    """
    for price in prices:
        if (price.plan, price.cycle, price.currency) == (charge.plan, *new):
            return NewPrice(unit_price=price.unit_price, source="price_list")
    if old[1] != new[1]:
        return None
    if old[0] == new[0]:
        return NewPrice(unit_price=charge.unit_price, source="unchanged")
    exact = ratio(charge.unit_price) * MONTHS[new[0]] / MONTHS[old[0]]
    return NewPrice(unit_price=written(exact), source="by_months")


def ratio(text: str, field: str = "unit_price") -> Fraction:
    """Read a unit price: a decimal number, or a fraction like 1000/12 that no decimal can say.

    Raises:
        InvalidField: it is neither, or negative.
    """
    try:
        found = Fraction(text)
    except (ValueError, ZeroDivisionError):
        found = Fraction(-1)
    if found < 0 or len(text) > _LONGEST:
        raise InvalidField(field, repr(text)[:40], "a decimal number like 249.95, not negative")
    return found


def written(exact: Fraction) -> str:
    """Write a price as a decimal number where one can say it exactly, else as a fraction: prices are never rounded."""
    scale, rest = 0, exact.denominator
    while rest % 10 == 0:
        rest //= 10
        scale += 1
    for factor in (2, 5):
        while rest % factor == 0:
            rest //= factor
            scale += 1
    if rest != 1:
        return f"{exact.numerator}/{exact.denominator}"
    whole = f"{exact.numerator * 10**scale // exact.denominator:0{scale + 1}d}"
    if not scale:
        return whole
    return f"{whole[:-scale]}.{whole[-scale:]}".rstrip("0").rstrip(".")


_LONGEST = 40
