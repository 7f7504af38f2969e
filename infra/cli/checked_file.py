"""Read a file of JSON that an option names, and refuse what it cannot be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from infra.cli.errors import InputRefused
from infra.local.sandbox.export_error import ExportError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")
Place = tuple[str, int]
"""A file's name, and a line."""
_CORRECT = "Correct the file and run the command again; nothing was changed."


def read_checked(option: str, file: Path, most_bytes: int, check: Callable[[Place, Any], T]) -> T:
    """Read a file, and give what a check makes of it.

    Args:
        option: which option names it.
        file: where it is.
        most_bytes: how large it may be.
        check: raises `ExportError` for what is wrong in the decoded JSON.

    Raises:
        InputRefused: it cannot be read, or a field of it is wrong; the message names the field, what was found and
            what is allowed.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputRefused("unreadable_file", f"{option}: {file}: {error.strerror}", _CORRECT) from None
    if len(content) > most_bytes:
        raise InputRefused(
            "too_large", f"{option}: {file}: found {len(content)} bytes, allowed are {most_bytes}", _CORRECT
        )
    try:
        return check((file.name, 1), json.loads(content))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputRefused("invalid_json", f"{option}: {file}: {error}", _CORRECT) from None
    except ExportError as error:
        raise InputRefused(error.code, f"{option}: {error}", _CORRECT) from None
