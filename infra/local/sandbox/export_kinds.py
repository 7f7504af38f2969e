"""The kinds of fields that an account export is made of: how each is tested, and what is allowed, in words."""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name, the type's test, the value's test, both in words, and whether it may be left out.

    `is_digest`: somebody may have put the secret itself there, so that nothing of what is found is shown.
    """

    name: str
    is_type: Callable[[object], bool]
    is_value: Callable[[object], bool] | None
    allowed: str
    is_optional: bool = False
    is_digest: bool = False


def is_text(value: object) -> bool:
    """Tell whether a value is a string."""
    return type(value) is str


def is_id(value: object) -> bool:
    """Tell whether a string is an id: 1 to 128 characters of ``[A-Za-z0-9._:-]``."""
    return _ID.fullmatch(str(value)) is not None


def is_time(value: object) -> bool:
    """Tell whether a string is an RFC 3339 time in UTC with milliseconds, and a day that exists."""
    text = str(value)
    if _TIME.fullmatch(text) is None:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_time_zone(value: object) -> bool:
    """Tell whether a string names a time zone of the IANA database."""
    try:
        zoneinfo.ZoneInfo(str(value))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def or_null(test: Callable[[object], bool]) -> Callable[[object], bool]:
    """Return a test that also passes null."""
    return lambda value: value is None or test(value)


def list_of(test: Callable[[object], bool]) -> Callable[[object], bool]:
    """Return a test that passes a list whose every item passes."""
    return lambda value: isinstance(value, list) and all(test(item) for item in value)


def is_bool(value: object) -> bool:
    """Tell whether a value is true or false."""
    return type(value) is bool


def is_object(value: object) -> bool:
    """Tell whether a value is an object."""
    return type(value) is dict


def _is_array(value: object) -> bool:
    return type(value) is list


def _is_anything(value: object) -> bool:  # noqa: ARG001 - a test of a value that may be any JSON value
    return True


def text_field(name: str) -> Field:
    """Return a string."""
    return Field(name, is_text, None, "a string")


def id_field(name: str) -> Field:
    """Return an id."""
    return Field(name, is_text, is_id, "an id: 1 to 128 characters of [A-Za-z0-9._:-]")


def id_or_null_field(name: str) -> Field:
    """Return an id that may be null."""
    return Field(name, or_null(is_text), or_null(is_id), "an id (1 to 128 characters of [A-Za-z0-9._:-]) or null")


def ids_field(name: str) -> Field:
    """Return a list of ids."""
    return Field(name, list_of(is_text), list_of(is_id), "a list of ids")


def time_field(name: str) -> Field:
    """Return a time in UTC with milliseconds."""
    return Field(name, is_text, is_time, "a time in UTC with milliseconds, as 2026-01-31T23:59:59.000Z")


def text_or_null_field(name: str) -> Field:
    """Return a string that may be null."""
    return Field(name, or_null(is_text), None, "a string or null")


def choice_field(name: str, choices: tuple[str, ...]) -> Field:
    """Return one of a few words."""
    return Field(name, is_text, lambda value: value in choices, f"one of {', '.join(choices)}")


def bool_field(name: str) -> Field:
    """Return true or false."""
    return Field(name, is_bool, None, "true or false")


def object_field(name: str) -> Field:
    """Return an object."""
    return Field(name, is_object, None, "an object")


def array_field(name: str) -> Field:
    """Return a list of objects."""
    return Field(name, _is_array, None, "a list of objects")


def any_field(name: str) -> Field:
    """Return any JSON value."""
    return Field(name, _is_anything, None, "any JSON value")


def optional(field: Field) -> Field:
    """Return the field as one that may be left out."""
    return replace(field, is_optional=True)
