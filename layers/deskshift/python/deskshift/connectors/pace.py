"""Keep all workers of an account under its platform's limit (X-06)."""

import threading
from collections.abc import Callable

CAPTURE_SHARE = 0.2
"""The part of the budget that is kept for capturing live changes and for the steps beside the import."""


def import_share(requests_per_second: float, concurrency: int) -> float:
    """Give one of `concurrency` import workers its requests a second: a fixed share, so that no state is shared."""
    return requests_per_second * (1 - CAPTURE_SHARE) / concurrency


def other_share(requests_per_second: float) -> float:
    """Give the budget of work that runs beside the import, halved between the machine's step and the capture."""
    return requests_per_second * CAPTURE_SHARE / 2


class Pace:
    """Spaces calls evenly; after a 429 everyone who shares it waits as long as the platform asks.

    Args:
        per_second: calls a second.
        clock: seconds that only rise.
        sleep: waits so many seconds.
    """

    def __init__(self, per_second: float, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._gap = 1 / per_second
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self) -> None:
        """Wait for the next free place."""
        with self._lock:
            now = self._clock()
            at = max(self._next, now)
            self._next = at + self._gap
        if at > now:
            self._sleep(at - now)

    def hold(self, seconds: float) -> None:
        """Let no call go out for so many seconds."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)
