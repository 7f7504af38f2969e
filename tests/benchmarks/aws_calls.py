"""Watches a process's AWS calls: how long they take, by wall clock and by CPU, and what each of them was.

A span of time counts once however many threads are in a call, for the id map is written by several at once. The CPU
time is that of the calling threads inside botocore.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.response import StreamingBody

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class AwsCalls:
    """Counts time while `watching`; each call is told to `seen` (service, operation, parameters, answer or None)."""

    def __init__(self, seen: Callable[[str, str, dict[str, Any], dict[str, Any] | None], None]) -> None:
        self._seen = seen
        self._lock = threading.Lock()
        self._inside = 0
        self._since = 0.0
        self.wall = 0.0
        self._cpu: list[float] = []
        self.count = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch every client of the process, PynamoDB's included: they all go through the same method."""
        call, read = cast("Any", BaseClient)._make_api_call, StreamingBody.read  # noqa: SLF001 - the one way through

        def watched(client: Any, operation: str, parameters: dict[str, Any]) -> Any:  # noqa: ANN401 - botocore's own
            answer = None
            with self._timed():
                try:
                    answer = call(client, operation, parameters)
                finally:
                    with self._lock:
                        self.count += 1
                        self._seen(client.meta.service_model.service_name, operation, parameters, answer)
            return answer

        def body(stream: StreamingBody, amt: int | None = None) -> bytes:
            with self._timed():
                return read(stream, amt)

        # The bytes of a file come through the second.
        with patch.object(BaseClient, "_make_api_call", watched), patch.object(StreamingBody, "read", body):
            yield

    @contextmanager
    def _timed(self) -> Iterator[None]:
        began = time.thread_time()
        with self._lock:
            if not self._inside:
                self._since = time.perf_counter()
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if not self._inside:
                    self.wall += time.perf_counter() - self._since
            # Appending needs no lock, whose own time would else be counted as the caller's.
            self._cpu.append(time.thread_time() - began)

    @property
    def cpu(self) -> float:
        """Seconds of CPU inside calls so far."""
        return sum(self._cpu)
