"""What ends a command: each error has a stable code, says what happened and what to do, and knows its exit code."""

from __future__ import annotations

from typing import ClassVar

DONE = 0
REFUSED = 2
NOT_DONE = 3
INTERRUPTED = 130


class CommandError(Exception):
    """The base of what a command says before it ends."""

    exit_code: ClassVar[int] = NOT_DONE

    def __init__(self, code: str, message: str, what_to_do: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.what_to_do = what_to_do


class InputRefused(CommandError):
    """An option, a file or a request is not as it must be; nothing was changed."""

    exit_code = REFUSED


class RunFailed(CommandError):
    """The local run broke off before the move came to an end of its own."""


def bad_option(option: str, found: str, allowed: str) -> InputRefused:
    """Name an option, what was found, and what is allowed."""
    return InputRefused("invalid_option", f"{option}: found {found}; allowed: {allowed}", "Correct the option.")
