"""Zuora's billing days as an anchor of periods, and back."""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date

from deskshift.model.billing import Cycle

MONTHS: dict[Cycle, int] = {"month": 1, "quarter": 3, "year": 12}
ZUORA_PERIODS: dict[Cycle, str] = {"month": "Month", "quarter": "Quarter", "year": "Annual"}
CYCLES: dict[str, Cycle] = {name: cycle for cycle, name in ZUORA_PERIODS.items()}
_YEAR = 12
_SPECIFIC = re.compile(r"SpecificDayofMonth\D*([0-9]{1,2})\D*", re.ASCII)
_LONGEST_MONTH = 31
_YEARS_TRIED = 8
"""Years within which every month and a leap year come."""


def day_of(billing_day: str | None, account_day: int | None, subscription: date, trigger: date) -> int | None:
    """Give the day of the month that periods begin on; None for a rule that has none, for example a day of the week."""
    match billing_day:
        case "DefaultFromCustomer" | None:
            found = account_day
        case "SubscriptionStartDay":
            found = subscription.day
        case "ChargeTriggerDay":
            found = trigger.day
        case _:
            specific = _SPECIFIC.fullmatch(billing_day)
            found = None if specific is None else int(specific[1])
    return found if found is not None and 1 <= found <= _LONGEST_MONTH else None


def first_boundary(aligned_to: date, day: int) -> date:
    """Give the first billing day on or after what the periods are aligned to."""
    here = _on(aligned_to.year, aligned_to.month - 1, day)
    return here if here >= aligned_to else _on(aligned_to.year, aligned_to.month, day)


def anchor(first: date, day: int, cycle: Cycle) -> date:
    """Give a boundary that shows the day: of boundaries on the 31st one in a month that has a 31st."""
    count = _YEARS_TRIED * _YEAR // MONTHS[cycle]
    boundaries = (_on(first.year, first.month - 1 + number * MONTHS[cycle], day) for number in range(count))
    return max(boundaries, key=lambda boundary: (boundary.day, -boundary.toordinal()))


def is_boundary(day: date, of: date, cycle: Cycle) -> bool:
    """Tell whether a day is a boundary of the periods that `of` is one of."""
    months = (day.year - of.year) * _YEAR + day.month - of.month
    return months % MONTHS[cycle] == 0 and day == _on(day.year, day.month - 1, of.day)


def next_boundary(after: date, of: date, cycle: Cycle) -> date:
    """Give the first boundary after a day."""
    return next(one for one in _from(after, of, cycle) if one > after)


def _from(start: date, of: date, cycle: Cycle) -> Iterator[date]:
    months = (start.year - of.year) * _YEAR + start.month - of.month
    first = months // MONTHS[cycle] * MONTHS[cycle]
    for number in range(3):
        yield _on(of.year, of.month - 1 + first + number * MONTHS[cycle], of.day)


def _on(year: int, months: int, day: int) -> date:
    years, month = divmod(months, _YEAR)
    return date(year + years, month + 1, min(day, monthrange(year + years, month + 1)[1]))
