"""What the customer chose, and whether it came in time (Z-26 to Z-29)."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import msgspec

from deskshift.model.merge import ChoiceKind

_DATE_LENGTH = len("2026-01-31")


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two options, and the instant (RFC 3339) at which it was chosen; `none` has no instant."""

    kind: ChoiceKind = "none"
    chosen_at: str | None = None


class Upgrade(msgspec.Struct, frozen=True, kw_only=True):
    """When the upgrade is scheduled: an aware instant, and the account's time zone (IANA)."""

    at: datetime
    time_zone: str

    @property
    def day(self) -> date:
        """The local date: it decides, not the request's (Z-53)."""
        return self.at.astimezone(ZoneInfo(self.time_zone)).date()


def scheduled(upgrade_at: str, time_zone: str, window_starts: str) -> Upgrade:
    """Give when an upgrade is: an instant as it is, or of a local date the time at which windows begin.

    Args:
        upgrade_at: an RFC 3339 time, or a date.
        time_zone: the account's (IANA).
        window_starts: HH:MM by the account's clock. A time that the clock passes over is taken an hour later, one that
            comes twice the first time (PEP 495).
    """
    if len(upgrade_at) > _DATE_LENGTH:
        return Upgrade(at=instant(upgrade_at), time_zone=time_zone)
    local = datetime.combine(date.fromisoformat(upgrade_at), time.fromisoformat(window_starts), ZoneInfo(time_zone))
    return Upgrade(at=local.astimezone(UTC), time_zone=time_zone)


def instant(text: str) -> datetime:
    """Read an RFC 3339 instant that has been checked before."""
    return datetime.fromisoformat(text).astimezone(UTC)


def in_time(choice: Choice, upgrade: Upgrade) -> bool:
    """Both options close at the scheduled instant (Z-29)."""
    return choice.chosen_at is not None and instant(choice.chosen_at) < upgrade.at
