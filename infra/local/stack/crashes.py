"""Errors that escaped functions which nobody waits for: what a person would find in the function's log."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.local.stack.invocation import Outcome


@dataclass(frozen=True)
class Crash:
    """One failed invocation: the function's name, the error's class name, its message and the trace of its lines."""

    function: str
    error_type: str
    error_message: str
    stack_trace: tuple[str, ...] = ()


class Crashes:
    """Collects crashes from all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._crashes: list[Crash] = []

    def add(self, function: str, outcome: Outcome) -> None:
        """Note a failed invocation."""
        body = json.loads(outcome.payload)
        crash = Crash(function, body["errorType"], body.get("errorMessage", ""), tuple(body.get("stackTrace", ())))
        with self._lock:
            self._crashes.append(crash)

    def all(self) -> list[Crash]:
        """Every crash so far, oldest first."""
        with self._lock:
            return list(self._crashes)
