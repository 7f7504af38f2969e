"""Set the clock of functions that run in this process, to try out a day that has passed or is still to come."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch

from deskshift.app import clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


@contextmanager
def set_to(at: datetime) -> Iterator[None]:
    """Let functions take a moment for the present one inside the block; `at` is aware."""
    with patch.object(clock, "source", lambda: at):
        yield
