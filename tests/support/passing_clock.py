"""A clock that passes only by sleeping, for clients that are given one."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


@dataclass
class Clock:
    """Time that passes only by sleeping, and when told to."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def instant(self) -> datetime:
        return NOW + timedelta(seconds=self.now - 1000)
