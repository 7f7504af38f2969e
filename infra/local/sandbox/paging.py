"""Opaque cursors, and pages of them.

A cursor is bound to the listing that it was given out by: used with other filters it is refused, so that a mixed-up
listing cannot end early unseen.
"""

from __future__ import annotations

import base64
import binascii
import bisect
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from infra.local.sandbox.errors import ContractError, invalid

Query = Mapping[str, str]


def encode_cursor(kind: str, *parts: object) -> str:
    """Return an opaque cursor of a kind of listing."""
    return base64.urlsafe_b64encode(msgspec.json.encode([kind, *parts])).decode().rstrip("=")


def decode_cursor(kind: str, cursor: str) -> list[Any]:
    """Return the parts of a cursor.

    Raises:
        ContractError: 400 invalid_cursor if it is not one of this kind.
    """
    try:
        value = msgspec.json.decode(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
    except (binascii.Error, ValueError):
        value = None
    if not isinstance(value, list) or not value or value[0] != kind:
        raise ContractError(400, "invalid_cursor", "The cursor was not given out by this listing.", field="cursor")
    return value[1:]


def limit_of(query: Query, most: int) -> int:
    """Return the limit asked for, 1 to ``most``; by default ``most``."""
    text = query.get("limit", str(most))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
        raise invalid("limit", f"limit must be a whole number from 1 to {most}.")
    return int(text)


def choice_of(query: Query, name: str, choices: tuple[str, ...]) -> str | None:
    """Return a parameter that is one of a few words, or None if it was left out."""
    value = query.get(name)
    if value is not None and value not in choices:
        raise invalid(name, f"{name} must be one of {', '.join(choices)}.")
    return value


def required(query: Query, name: str) -> str:
    """Return a parameter that must be given."""
    if not query.get(name):
        raise invalid(name, f"The parameter {name} is missing.")
    return query[name]


def page_after(
    ids: Sequence[str], cursor: str | None, kind: str, filters: str, limit: int
) -> tuple[list[str], str | None]:
    """Return the next page of a sorted list of ids, and the cursor to go on with; None at the end."""
    start = 0
    if cursor is not None:
        parts = decode_cursor(kind, cursor)
        if parts[0] != filters:
            raise ContractError(400, "invalid_cursor", "The cursor belongs to other filters.", field="cursor")
        start = bisect.bisect_right(ids, parts[1])
    page = list(ids[start : start + limit])
    more = start + limit < len(ids)
    return page, encode_cursor(kind, filters, page[-1]) if more else None
