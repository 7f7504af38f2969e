"""What a move will take, before it is done: time, calls to the platform, and AWS cost (X-12)."""

from fractions import Fraction

from deskshift.domain.history import History
from deskshift.domain.usage import Prices, Waits, cost, part_counts, usage, vendor_calls
from deskshift.model.move import Estimate

_SECONDS_PER_PART = Fraction(1)


def estimate(history: History, *, waits: Waits, import_workers: int, prices: Prices) -> Estimate:
    """Reckon what moving this much history takes.

    Args:
        history: what moves; each file is fetched once and stored once.
        waits: how far apart the calls to the platform are.
        import_workers: how many parts are imported at once.
        prices: dated public prices.
    """
    calls = vendor_calls(history)
    seconds = (
        Fraction(waits.check) * calls.check
        + Fraction(waits.step) * calls.steps
        + Fraction(waits.importing) / import_workers * calls.importing
        + part_counts(history).total() * _SECONDS_PER_PART
    )
    ten_thousandths = round(cost(usage(history, waits), prices) * 10**4)
    return Estimate(
        conversations=history.conversations,
        messages=history.messages,
        attachments=history.attachments,
        seconds=-(-seconds.numerator // seconds.denominator),
        vendor_calls=calls.total,
        cost_usd=f"{ten_thousandths // 10**4}.{ten_thousandths % 10**4:04d}",
        prices_of=f"{prices.month} {prices.region}",
    )
