"""The sandbox's present time, and spans of it."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now() -> str:
    """Return the present time as RFC 3339 in UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds() -> float:
    """Return milliseconds of a clock that never goes back, for spans only."""
    return time.monotonic() * 1000
