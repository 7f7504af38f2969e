"""The form of oauth.json: its objects, the lists of objects inside them, and what is allowed, in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from infra.local.sandbox.export_billing_fields import Shape
from infra.local.sandbox.export_fields import is_sha256
from infra.local.sandbox.export_kinds import (
    Field,
    array_field,
    bool_field,
    id_field,
    id_or_null_field,
    is_id,
    is_text,
    is_time,
    list_of,
    optional,
    or_null,
    time_field,
)

if TYPE_CHECKING:
    from collections.abc import Callable

GRANT_TYPES = ("authorization_code", "client_credentials", "api_key", "basic")
PLACES = ("{sandbox}/", "{deskshift}/")
"""What an address may begin with: a local run puts the address in that its sandbox, or its stack, has this time."""
_SCOPE = re.compile(r"[!#-\[\]-~]+")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def is_address(value: object) -> bool:
    """Tell whether a string may be a redirect address (RFC 6749, 3.1.2): absolute, no fragment, https or loopback."""
    text = str(value)
    if not (text.isascii() and text.isprintable()) or " " in text or "#" in text:
        return False
    if text.startswith(PLACES):
        return True
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port  # a port that cannot be is an error, too
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))


def _is_scope(value: object) -> bool:
    return _SCOPE.fullmatch(str(value)) is not None


_ADDRESS = "https, or http on this machine, without a fragment; or beginning with {sandbox}/ or {deskshift}/"
_TIME = "a time in UTC with milliseconds, as 2026-01-31T23:59:59.000Z, or null"
_SHA256 = "64 lower-case hex digits"


def _digest(name: str, *, null: bool = False) -> Field:
    if null:
        return Field(name, or_null(is_text), or_null(is_sha256), f"{_SHA256}, or null", is_digest=True)
    return Field(name, is_text, is_sha256, _SHA256, is_digest=True)


def _is_segment(value: object) -> bool:
    """A client's id stands in addresses, in which these two mean other folders."""
    return is_id(value) and value not in {".", ".."}


def _once(test: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: test(value) and isinstance(value, list) and len(set(value)) == len(value)


def _scopes() -> Field:
    return Field("scopes", list_of(is_text), list_of(_is_scope), "a list of scopes: no spaces, quotes, backslashes")


def _time_or_null(name: str) -> Field:
    return Field(name, or_null(is_text), or_null(is_time), _TIME)


_TOKEN = Shape(
    (
        id_field("id"),
        time_field("created_at"),
        _time_or_null("expires_at"),
        _time_or_null("last_used_at"),
        _digest("sha256"),
        optional(_digest("refresh_sha256", null=True)),
        optional(_time_or_null("refresh_expires_at")),
        optional(_scopes()),
        optional(bool_field("revoked")),
    )
)
_GRANT = Shape(
    (id_field("client_id"), id_or_null_field("agent_id"), _scopes(), array_field("tokens")), {"tokens": _TOKEN}
)
_CLIENT = Shape(
    (
        Field("id", is_text, _is_segment, "an id: 1 to 128 characters of [A-Za-z0-9._:-], and neither . nor .."),
        Field("name", is_text, lambda value: bool(str(value).strip()), "a string that is not empty"),
        Field(
            "redirect_uris",
            list_of(is_text),
            _once(list_of(is_address)),
            f"a list of addresses, each once: {_ADDRESS}",
        ),
        _scopes(),
        bool_field("confidential"),
        Field(
            "grant_types",
            list_of(is_text),
            _once(lambda value: isinstance(value, list) and bool(value) and set(value) <= set(GRANT_TYPES)),
            f"a list of at least one of {', '.join(GRANT_TYPES)}, each once",
        ),
        Field("authorization_start", or_null(is_text), or_null(is_address), f"an address ({_ADDRESS}), or null"),
        id_or_null_field("owner_id"),
        _digest("secret_sha256", null=True),
    )
)
OAUTH = Shape((array_field("clients"), array_field("grants")), {"clients": _CLIENT, "grants": _GRANT})
