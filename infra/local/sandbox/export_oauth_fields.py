"""The form of oauth.json: its objects, the lists of objects inside them, and what is allowed, in words."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from infra.local.sandbox.export_billing_fields import Shape
from infra.local.sandbox.export_fields import is_sha256
from infra.local.sandbox.export_kinds import (
    Field,
    array_field,
    bool_field,
    id_field,
    id_or_null_field,
    is_text,
    is_time,
    list_of,
    optional,
    or_null,
    text_field,
    time_field,
)

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
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))


def _is_scope(value: object) -> bool:
    return _SCOPE.fullmatch(str(value)) is not None


_ADDRESS = "https, or http on this machine, without a fragment; or beginning with {sandbox}/ or {deskshift}/"
_TIME = "a time in UTC with milliseconds, as 2026-01-31T23:59:59.000Z, or null"
_SHA256 = "64 lower-case hex digits"


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
        Field("sha256", is_text, is_sha256, _SHA256),
        optional(Field("refresh_sha256", or_null(is_text), or_null(is_sha256), f"{_SHA256}, or null")),
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
        id_field("id"),
        text_field("name"),
        Field("redirect_uris", list_of(is_text), list_of(is_address), f"a list of addresses: {_ADDRESS}"),
        _scopes(),
        bool_field("confidential"),
        Field(
            "grant_types",
            list_of(is_text),
            lambda value: isinstance(value, list) and bool(value) and set(value) <= set(GRANT_TYPES),
            f"a list of at least one of {', '.join(GRANT_TYPES)}",
        ),
        Field("authorization_start", or_null(is_text), or_null(is_address), f"an address ({_ADDRESS}), or null"),
        id_or_null_field("owner_id"),
        Field("secret_sha256", or_null(is_text), or_null(is_sha256), f"{_SHA256}, or null"),
    )
)
OAUTH = Shape((array_field("clients"), array_field("grants")), {"clients": _CLIENT, "grants": _GRANT})
