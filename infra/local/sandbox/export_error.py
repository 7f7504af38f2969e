"""What is wrong with an account export, and what was passed over in it."""

from __future__ import annotations

import json
from dataclasses import dataclass

_SHOWN_CHARACTERS = 80
_KINDS = {bool: "boolean", int: "number", float: "number", list: "list", dict: "object", type(None): "null"}


def shown(value: object) -> str:
    """Return a value as short JSON for a message, at most 80 characters of it."""
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"


def concealed(value: object) -> str:
    """Say of a value that may be a secret no more than its kind and length."""
    return (
        f"a string of {len(value)} characters" if isinstance(value, str) else f"a value of type {_KINDS[type(value)]}"
    )


class ExportError(Exception):
    """An account export that cannot be seeded.

    Attributes:
        code: stable name of the kind of fault: missing_file, ambiguous_file, unreadable_file, invalid_utf8,
            invalid_json, missing_field, mistyped_field, invalid_value, lone_surrogate, duplicate_id, broken_link,
            one_sided_link, hash_mismatch.
        file: the file's name within the export.
        line: the line, counted from 1; None for a file as a whole.
        field: dotted path of the field within the object; empty for the object itself.
        found: what was there, shortened.
        allowed: what may be there.
    """

    def __init__(  # noqa: PLR0913 - an error is these six facts
        self, *, code: str, file: str, line: int | None, field: str, found: str, allowed: str
    ) -> None:
        self.code = code
        self.file = file
        self.line = line
        self.field = field
        self.found = found
        self.allowed = allowed
        place = file if line is None else f"{file} line {line}"
        subject = f"{place}, field {field}" if field else place
        super().__init__(f"{subject}: found {found}; allowed: {allowed} [{code}]")


@dataclass(frozen=True, slots=True)
class ExportWarning:
    """A field that is not part of the export's form and was ignored.

    ``line`` is the first line that bears it, ``count`` how often it was seen in the file.
    """

    code: str
    file: str
    field: str
    line: int
    count: int

    def __str__(self) -> str:
        return f"{self.file}: unknown field {self.field} ignored (first on line {self.line}, {self.count} times)"
