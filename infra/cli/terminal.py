"""Where words go: what was asked for to standard output, errors and logs to standard error."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from rich.console import Console

from infra.cli.words import printable

if TYPE_CHECKING:
    from infra.cli.errors import CommandError


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Go on in silence where nobody reads any more: the move and its report matter, the words do not."""
        self.quiet = True
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, self.file.fileno())
        os.close(silence)


def open_console() -> Console:
    """Take standard output as it is now: while a stack is open, its functions print into another one.

    A terminal that cannot show a character shows a question mark, and never ends a move.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    return _Console(file=sys.stdout)


def say(console: Console, line: str) -> None:
    """Print one line as it is, neither wrapped nor styled."""
    console.out(printable(line), highlight=False)


def tell(line: str) -> None:
    """Print to standard error, line by line."""
    for each in line.splitlines():
        sys.stderr.write(f"{printable(each)}\n")


def tell_error(error: CommandError) -> None:
    """Say what happened and what to do."""
    tell(f"deskshift: {error.message} [{error.code}]")
    tell(f"  {error.what_to_do}")
