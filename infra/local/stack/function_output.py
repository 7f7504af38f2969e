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


@contextlib.contextmanager
def kept(logs: FunctionLogs) -> Iterator[None]:
    """Keep in `logs` what functions print inside the block."""
    terminal, before = sys.stdout, (_OUTPUT.logs, _OUTPUT.terminal)
    _OUTPUT.logs = logs
    if terminal is not _OUTPUT:
        _OUTPUT.terminal = terminal
    sys.stdout = _OUTPUT
    try:
        yield
    finally:
        if sys.stdout is _OUTPUT:  # pytest may have put back its own meanwhile
            sys.stdout = terminal
        _OUTPUT.logs, _OUTPUT.terminal = before
