"""What the customer chose, and whether it came in time (Z-26 to Z-29)."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec

from deskshift.model.merge import ChoiceKind


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


def instant(text: str) -> datetime:
    """Read an RFC 3339 instant that has been checked before."""
    return datetime.fromisoformat(text).astimezone(UTC)


def in_time(choice: Choice, upgrade: Upgrade) -> bool:
    """Both options close at the scheduled instant (Z-29)."""
    return choice.chosen_at is not None and instant(choice.chosen_at) < upgrade.at
