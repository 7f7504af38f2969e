"""What a move will take, before it is done: time, calls to the platform, and AWS cost (X-12)."""

from fractions import Fraction

import msgspec

from deskshift.domain.parts import MAX_COUNT
from deskshift.domain.sweeps import SWEEPS
from deskshift.model.move import Estimate

_FIXED_CALLS = 20
_WRITE_SECONDS_PER_PART = Fraction(1)
_TRANSITIONS_FIXED = 40
_TRANSITIONS_PER_PART = 5
_INVOCATIONS_FIXED = 15
_MEMORY_GB = Fraction(1)


class Prices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Public prices in USD as decimal strings, with the month and the region that they are of."""

    month: str
    region: str
    million_write_units: str
    million_read_units: str
    thousand_s3_writes: str
    thousand_transitions: str
    million_invocations: str
    gb_second: str


def estimate(
    conversations: int, messages: int, attachments: int, *, calls_per_second: float, prices: Prices
) -> Estimate:
    """Reckon what moving this much history takes.

    Args:
        conversations: how many of the channel are in the inbox.
        messages: how many messages they have.
        attachments: how many files they have; each is fetched once and stored once.
        calls_per_second: what the move may use of the platform's budget.
        prices: dated public prices.
    """
    pages = -(-conversations // MAX_COUNT)
    # A page is listed, written, read back and released; attachments cost two calls each.
    calls = 4 * pages + 2 * attachments + len(SWEEPS) + _FIXED_CALLS
    seconds = Fraction(calls) / Fraction(calls_per_second) + pages * _WRITE_SECONDS_PER_PART
    writes = conversations + 5 * pages + _FIXED_CALLS
    cost = (
        Fraction(prices.million_write_units) * writes / 10**6
        + Fraction(prices.million_read_units) * 2 * conversations / 10**6
        + Fraction(prices.thousand_s3_writes) * 3 * pages / 10**3
        + Fraction(prices.thousand_transitions) * (_TRANSITIONS_FIXED + _TRANSITIONS_PER_PART * pages) / 10**3
        + Fraction(prices.million_invocations) * (_INVOCATIONS_FIXED + pages) / 10**6
        + Fraction(prices.gb_second) * seconds * _MEMORY_GB
    )
    ten_thousandths = round(cost * 10**4)
    return Estimate(
        conversations=conversations,
        messages=messages,
        attachments=attachments,
        seconds=-(-seconds.numerator // seconds.denominator),
        vendor_calls=calls,
        cost_usd=f"{ten_thousandths // 10**4}.{ten_thousandths % 10**4:04d}",
        prices_of=f"{prices.month} {prices.region}",
    )
