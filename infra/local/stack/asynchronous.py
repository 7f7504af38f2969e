"""Asynchronous invocations: what EventBridge, schedules and `InvocationType: Event` cause.

Lambda keeps such an event and invokes the function up to three times (the first try and two retries); locally the
retries follow at once.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from infra.local.stack.errors import PayloadTooLarge
from infra.local.stack.invocation import ASYNCHRONOUS_LIMIT
from infra.local.stack.principal import acting_as

if TYPE_CHECKING:
    from infra.local.stack.crashes import Crashes
    from infra.local.stack.functions import Functions
    from infra.local.stack.invocation import Invoker

ATTEMPTS = 3
THREADS = 4


class AsynchronousInvocations:
    """Lambda's internal event queue."""

    def __init__(self, functions: Functions, invoker: Invoker, crashes: Crashes) -> None:
        self._functions = functions
        self._invoker = invoker
        self._crashes = crashes
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="asynchronous-invocation")
        self._changed = threading.Condition()
        self._pending = 0

    def invoke(self, function: str, payload: bytes) -> None:
        """Queue one invocation.

        Raises:
            UnknownName: no such function.
            PayloadTooLarge: over 256 KiB.
        """
        target = self._functions.named(function)
        if len(payload) > ASYNCHRONOUS_LIMIT:
            raise PayloadTooLarge(target.name, len(payload), ASYNCHRONOUS_LIMIT)
        with self._changed:
            self._pending += 1
        with acting_as(None):
            self._pool.submit(self._attempt, target.name, payload)

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait until every queued event was handled or given up; False if some are left after `seconds`."""
        with self._changed:
            return self._changed.wait_for(lambda: self._pending == 0, seconds)

    @property
    def pending(self) -> int:
        """Events not yet handled or given up."""
        return self._pending

    def close(self) -> None:
        """Take no more events; the ones waiting are dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _attempt(self, name: str, payload: bytes) -> None:
        try:
            for _ in range(ATTEMPTS):
                outcome = self._invoker.invoke(self._functions.named(name), payload)
                if outcome.error_type is None:
                    return
                self._crashes.add(name, outcome)
        finally:
            with self._changed:
                self._pending -= 1
                self._changed.notify_all()
