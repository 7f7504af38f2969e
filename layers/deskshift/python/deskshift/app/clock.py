"""The time that functions go by."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Give the present time, aware, in UTC; a local run may be set to another day (infra/local/clock.py)."""
    return datetime.now(UTC)
