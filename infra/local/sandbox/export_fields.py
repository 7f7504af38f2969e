"""The form of each object in an account export: its fields, how each is tested, and what is allowed, in words."""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_LOCALE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_SHA256 = re.compile(r"[0-9a-f]{64}")

CHANNEL_KINDS = ("chat", "email", "form", "calling", "whatsapp", "facebook_messenger")
ROLES = ("super_admin", "admin", "agent")
STATUSES = ("open", "closed")
AUTHOR_KINDS = ("visitor", "agent", "bot")


@dataclass(frozen=True, slots=True)
class Field:
    """One required field: its name, the type's test, the value's test, and both in words."""

    name: str
    is_type: Callable[[object], bool]
    is_value: Callable[[object], bool] | None
    allowed: str


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


def _is_time_zone(value: object) -> bool:
    try:
        zoneinfo.ZoneInfo(str(value))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _or_null(test: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or test(value)


def _list_of(test: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and all(test(item) for item in value)


def _is_bool(value: object) -> bool:
    return type(value) is bool


def _is_object(value: object) -> bool:
    return type(value) is dict


def _is_array(value: object) -> bool:
    return type(value) is list


def _is_anything(value: object) -> bool:  # noqa: ARG001 - a test of a value that may be any JSON value
    return True


def _text(name: str) -> Field:
    return Field(name, is_text, None, "a string")


def _id(name: str) -> Field:
    return Field(name, is_text, is_id, "an id: 1 to 128 characters of [A-Za-z0-9._:-]")


def _id_or_null(name: str) -> Field:
    return Field(name, _or_null(is_text), _or_null(is_id), "an id (1 to 128 characters of [A-Za-z0-9._:-]) or null")


def _ids(name: str) -> Field:
    return Field(name, _list_of(is_text), _list_of(is_id), "a list of ids")


def _time(name: str) -> Field:
    return Field(name, is_text, is_time, "a time in UTC with milliseconds, as 2026-01-31T23:59:59.000Z")


def _text_or_null(name: str) -> Field:
    return Field(name, _or_null(is_text), None, "a string or null")


def _one_of(name: str, choices: tuple[str, ...]) -> Field:
    return Field(name, is_text, lambda value: value in choices, f"one of {', '.join(choices)}")


def _bool(name: str) -> Field:
    return Field(name, _is_bool, None, "true or false")


def _object(name: str) -> Field:
    return Field(name, _is_object, None, "an object")


def _array(name: str) -> Field:
    return Field(name, _is_array, None, "a list of objects")


def _any(name: str) -> Field:
    return Field(name, _is_anything, None, "any JSON value")


ACCOUNT = (
    _id("id"),
    _text("name"),
    _text("subdomain"),
    Field("time_zone", is_text, _is_time_zone, "an IANA time zone, as America/Sao_Paulo"),
    Field("locale", is_text, lambda value: _LOCALE.fullmatch(str(value)) is not None, "a BCP 47 tag, as pt-BR"),
    _object("help_desk"),
    Field(
        "notifications",
        lambda value: isinstance(value, dict) and all(map(_is_bool, value.values())),
        None,
        "an object of true and false",
    ),
)
HELP_DESK = (
    Field("ticket_statuses", _list_of(is_text), bool, "a list of at least one string"),
    Field("sla", _or_null(_is_object), None, "an object or null"),
)
AGENT = (_id("id"), _text("name"), _text("email"), _one_of("role", ROLES), _bool("help_desk_access"))
CHANNEL = (
    _id("id"),
    _one_of("kind", CHANNEL_KINDS),
    _text("name"),
    _text_or_null("address"),
    _object("settings"),
    Field("bot", _or_null(_is_object), None, "an object or null"),
    _ids("answers_forms_of"),
)
SETTINGS = (_any("signature"), _any("routing"), _any("automation"), _any("ticket_creation"))
BOT = (Field("actions", _list_of(is_text), None, "a list of strings"),)
CONVERSATION = (
    _id("id"),
    _id("channel_id"),
    _id("original_channel_id"),
    _one_of("status", STATUSES),
    _time("started_at"),
    _time("updated_at"),
    _id_or_null("owner_id"),
    _id_or_null("ticket_id"),
    _bool("archived"),
    _object("contact"),
    _array("messages"),
)
CONTACT = (_id("id"), _text("name"), _text_or_null("email"))
MESSAGE = (_id("id"), _time("at"), _object("author"), _text("text"), _array("attachments"))
AUTHOR = (_one_of("kind", AUTHOR_KINDS), _id("id"))
ATTACHMENT = (
    _id("id"),
    _text("name"),
    _text("content_type"),
    Field("sha256", is_text, lambda value: _SHA256.fullmatch(str(value)) is not None, "64 lower-case hex digits"),
    _text("base64"),
)
TICKET = (
    _id("id"),
    _text("subject"),
    _text("status"),
    _time("created_at"),
    _id_or_null("owner_id"),
    _id("conversation_id"),
)
