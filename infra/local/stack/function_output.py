"""Keeps what functions print (their logs and metrics; in AWS a log group each) off the terminal, by function.

One object for the whole process takes sys.stdout's place while a stack is open: log handlers that modules made keep it
for longer than one stack. What nobody prints on a function's behalf goes on to the real standard output.
"""

from __future__ import annotations

import contextlib
import io
import sys
import threading
from collections import defaultdict
from typing import TYPE_CHECKING

from infra.local.stack.principal import current_principal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO


class FunctionLogs:
    """What each function printed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._written: defaultdict[str, list[str]] = defaultdict(list)

    def add(self, function: str, text: str) -> None:
        """Keep a piece of text."""
        with self._lock:
            self._written[function].append(text)

    def forget(self) -> None:
        """Drop all that was printed so far."""
        with self._lock:
            self._written.clear()

    def of(self, function: str) -> str:
        """All that the function printed so far."""
        with self._lock:
            return "".join(self._written[function])


class _Output(io.TextIOBase):
    def __init__(self) -> None:
        self.logs: FunctionLogs | None = None
        self.terminal: TextIO | None = None

    def write(self, text: str) -> int:
        principal, logs = current_principal(), self.logs
        if principal is not None and logs is not None:
            logs.add(principal.name, text)
        else:
            (self.terminal or sys.__stdout__ or sys.stderr).write(text)
        return len(text)

    def flush(self) -> None:
        terminal = self.terminal
        if terminal is not None and not terminal.closed:
            terminal.flush()

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self.terminal is not None and self.terminal.isatty()


_OUTPUT = _Output()


def take_over() -> None:
    """Take sys.stdout's place, also after somebody (pytest between two tests) has put another there."""
    if sys.stdout is not _OUTPUT:
        _OUTPUT.terminal = sys.stdout
        sys.stdout = _OUTPUT


@contextlib.contextmanager
def kept(logs: FunctionLogs) -> Iterator[None]:
    """Keep in `logs` what functions print inside the block."""
    logs_before = _OUTPUT.logs
    _OUTPUT.logs = logs
    take_over()
    try:
        yield
    finally:
        _OUTPUT.logs = logs_before
        if logs_before is None and sys.stdout is _OUTPUT and _OUTPUT.terminal is not None:
            sys.stdout, _OUTPUT.terminal = _OUTPUT.terminal, None
