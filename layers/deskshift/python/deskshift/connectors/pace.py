"""Keep all workers of an account under its platform's limit (X-06)."""

import threading
from collections.abc import Callable
from typing import Literal

CAPTURE_SHARE = 0.2
"""The part of the account's budget on its platform that is kept for capturing live changes and for operators."""
CAPTURE_WORKERS = 2
"""How many capture_changes run at once; the same number as its MaximumConcurrency in infra/template.yaml."""

REISSUE_WORKERS = 4
"""How many reissue tokens at once: reissue_tokens by its MaximumConcurrency, a schedule's function, and a page."""

Worker = Literal["step", "import", "capture", "reissue"]


def share(worker: Worker, requests_per_second: float, import_concurrency: int) -> float:
    """Give a worker's own requests a second: a fixed share, so that workers need to tell each other nothing.

    The machine's steps run one after the other and never beside its map, so a step has the whole of what its import
    workers divide. A reissue follows upon the account's moves, and divides the same.
    """
    match worker:
        case "step":
            return requests_per_second * (1 - CAPTURE_SHARE)
        case "import":
            return requests_per_second * (1 - CAPTURE_SHARE) / import_concurrency
        case "reissue":
            return requests_per_second * (1 - CAPTURE_SHARE) / REISSUE_WORKERS
        case "capture":
            return requests_per_second * CAPTURE_SHARE / CAPTURE_WORKERS


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

    def now(self) -> float:
        """Read the clock."""
        return self._clock()

    def wait(self) -> None:
        """Wait for the next free place."""
        with self._lock:
            now = self._clock()
            at = max(self._next, now)
            self._next = at + self._gap
        if at > now:
            self._sleep(at - now)

    def until_free(self) -> float:
        """Give how many seconds it is until the next free place."""
        with self._lock:
            return max(0.0, self._next - self._clock())

    def hold(self, seconds: float) -> None:
        """Let no call go out for so many seconds."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)
