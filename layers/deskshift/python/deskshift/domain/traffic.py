"""When a channel is quiet, by its own history (H-09)."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_SPAN = 3
_HOURS = 24


def quiet_hours(started_at: Iterable[str], time_zone: str) -> tuple[int, int] | None:
    """Find the three hours of the day, in the account's time zone, in which the fewest conversations began.

    Returns:
        First hour and the hour after the last, 0 to 23; None if there is no history to learn from, or no such time
        zone: it is only advice.
    """
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return None
    begun = Counter(hour for at in started_at if (hour := _hour(at, zone)) is not None)
    if not begun:
        return None
    busy = {first: sum(begun[(first + n) % _HOURS] for n in range(_SPAN)) for first in range(_HOURS)}
    # Many hours may be equally quiet: the middle of the longest quiet stretch is the safest of them.
    least = min(busy.values())
    first = max((h for h in busy if busy[h] == least), key=lambda h: _calm_around(begun, h, least))
    return first, (first + _SPAN) % _HOURS


def _calm_around(begun: Counter[int], first: int, least: int) -> tuple[int, int]:
    margin = 0
    for extra in range(1, _HOURS // 2):
        around = sum(begun[(first + n) % _HOURS] for n in range(-extra, _SPAN + extra))
        if around > least:
            break
        margin = extra
    return margin, -first


def _hour(at: str, zone: ZoneInfo) -> int | None:
    try:
        return datetime.fromisoformat(at).astimezone(zone).hour
    except (ValueError, OverflowError):
        # No time that a calendar knows in that zone, such as the first hours of the year 1: it teaches nothing.
        return None
