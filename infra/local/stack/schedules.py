"""Fires the template's schedules while a stack is served to people; tests fire them themselves."""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING, Self

from infra.local.stack.principal import acting_as

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RATE = re.compile(r"rate\((\d+) (second|minute|hour|day)s?\)")
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def seconds_of(expression: str) -> int:
    """Read a schedule expression, e.g. `rate(5 minutes)`.

    Raises:
        ValueError: it is no rate; cron is not served locally.
    """
    found = RATE.fullmatch(expression)
    if found is None:
        raise ValueError(f"schedule {expression!r} is not served locally; extend {__name__}")
    return int(found[1]) * SECONDS[found[2]]


class Schedules:
    """Fires each function's schedule from a thread of its own until closed.

    Args:
        every: function -> seconds between two of its events.
        fire: delivers a function's scheduled event.
        clock: seconds that only rise.
    """

    def __init__(
        self, every: Mapping[str, int], fire: Callable[[str], object], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._every = dict(every)
        self._fire = fire
        self._clock = clock
        self._due = {name: clock() + seconds for name, seconds in every.items()}
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedules", daemon=True)

    def __enter__(self) -> Self:
        with acting_as(None):
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._thread.join()

    def fire_due(self) -> float:
        """Fire what is due now; gives the seconds until something is due again."""
        now = self._clock()
        for name, due in self._due.items():
            if due <= now:
                self._due[name] = now + self._every[name]
                self._fire(name)
        return max(0.0, min(self._due.values()) - now)

    def _run(self) -> None:
        while self._due and not self._closed.wait(self.fire_due()):
            pass
