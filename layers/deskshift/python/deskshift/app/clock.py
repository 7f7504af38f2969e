"""The time that functions go by."""

from collections.abc import Callable
from datetime import UTC, datetime


def _present() -> datetime:
    return datetime.now(UTC)


source: Callable[[], datetime] = _present
"""Where the time comes from; a local run may be set to another day (infra/local/clock.py)."""


def utc_now() -> datetime:
    """Give the present time, aware, in UTC."""
    return source()
