"""Instants as the records write them, and the clocks that need not agree."""

from datetime import UTC, datetime, timedelta

CLOCK_SKEW = timedelta(minutes=5)
"""How far the issuer's clock, or another function's, may be from ours."""


def instant(text: str) -> datetime:
    """Read an RFC 3339 instant of a record."""
    return datetime.fromisoformat(text).astimezone(UTC)


def stamp(at: datetime) -> str:
    """Write an instant as the records have it: RFC 3339 in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def over(at: str, now: datetime) -> bool:
    """Say whether an instant that our own clock set has come; from then on nothing is allowed any more."""
    return now >= instant(at)


def surely_over(at: str, now: datetime) -> bool:
    """Say whether an instant has passed by whichever of the clocks is slow."""
    return now >= instant(at) + CLOCK_SKEW
