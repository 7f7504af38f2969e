"""How long the calls of one invocation may take together, where somebody waits for the answer at a browser."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_until: ContextVar[float | None] = ContextVar("until", default=None)


@contextmanager
def patient_for(seconds: float) -> Iterator[None]:
    """Let no call to a vendor go on for longer than so many seconds from now."""
    before = _until.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _until.reset(before)


def patience_left() -> float | None:
    """Give how many seconds calls may still take; None where nobody waits like that."""
    until = _until.get()
    return None if until is None else until - time.monotonic()
