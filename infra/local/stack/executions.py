"""Keeps track of the executions that run, so that one can wait for their end and end them all."""

from __future__ import annotations

import datetime as dt
import threading
from typing import TYPE_CHECKING

from infra.local.stack.errors import NotFinished

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto.stepfunctions.parser.backend.execution import Execution


class Executions:
    """The stack's open executions."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open: dict[str, Execution] = {}
        self.on_end: list[Callable[[Execution], None]] = []

    def started(self, execution: Execution) -> None:
        """Note an execution that was started, possibly a moment ago and already over."""
        with self._changed:
            if execution.status == "RUNNING":
                self._open[execution.execution_arn] = execution

    def ended(self, execution: Execution) -> None:
        """Tell everybody that the execution is over, and forget it."""
        for listener in self.on_end:
            listener(execution)
        with self._changed:
            self._open.pop(execution.execution_arn, None)
            self._changed.notify_all()

    @property
    def open(self) -> list[str]:
        """ARNs of the executions that run."""
        with self._changed:
            return list(self._open)

    def wait_for(self, arn: str, seconds: float) -> None:
        """Wait until the execution is over and its end was told.

        Raises:
            NotFinished: it still runs after `seconds`.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: arn not in self._open, seconds):
                raise NotFinished(arn, seconds, "it still runs")

    def stop_all(self) -> None:
        """Abort whatever runs."""
        with self._changed:
            running = list(self._open.values())
        for execution in running:
            execution.stop(dt.datetime.now(dt.UTC), "LocalStackClosed", "the stack was closed")
