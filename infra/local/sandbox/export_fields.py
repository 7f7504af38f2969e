"""The form of each object in an account export: its fields, how each is tested, and what is allowed, in words."""

from __future__ import annotations

import re

from infra.local.sandbox.export_kinds import (
    Field,
    any_field,
    array_field,
    bool_field,
    choice_field,
    id_field,
    id_or_null_field,
    ids_field,
    is_bool,
    is_object,
    is_text,
    is_time_zone,
    list_of,
    object_field,
    optional,
    or_null,
    text_field,
    text_or_null_field,
    time_field,
)

_LOCALE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def is_sha256(value: object) -> bool:
    """Tell whether a string is a SHA-256 digest in lower-case hex."""
    return _SHA256.fullmatch(str(value)) is not None


def is_locale(value: object) -> bool:
    """Tell whether a string has the form of a BCP 47 tag."""
    return _LOCALE.fullmatch(str(value)) is not None


CHANNEL_KINDS = ("chat", "email", "form", "calling", "whatsapp", "facebook_messenger")
ROLES = ("super_admin", "admin", "agent")
STATUSES = ("open", "closed")
AUTHOR_KINDS = ("visitor", "agent", "bot")

TIME_ZONE = Field("time_zone", is_text, is_time_zone, "an IANA time zone, as America/Sao_Paulo")
LOCALE = Field("locale", is_text, is_locale, "a BCP 47 tag, as pt-BR")
ACCOUNT = (
    id_field("id"),
    text_field("name"),
    text_field("subdomain"),
    TIME_ZONE,
    LOCALE,
    object_field("help_desk"),
    Field(
        "notifications",
        lambda value: isinstance(value, dict) and all(map(is_bool, value.values())),
        None,
        "an object of true and false",
    ),
    optional(Field("chat_owner_id", or_null(is_text), None, "an agent's id or null")),
)
HELP_DESK = (
    Field("ticket_statuses", list_of(is_text), bool, "a list of at least one string"),
    Field("sla", or_null(is_object), None, "an object or null"),
)
AGENT = (
    id_field("id"),
    text_field("name"),
    text_field("email"),
    choice_field("role", ROLES),
    bool_field("help_desk_access"),
    optional(Field("locale", or_null(is_text), or_null(is_locale), "a BCP 47 tag, as pt-BR, or null")),
)
CHANNEL = (
    id_field("id"),
    choice_field("kind", CHANNEL_KINDS),
    text_field("name"),
    text_or_null_field("address"),
    object_field("settings"),
    Field("bot", or_null(is_object), None, "an object or null"),
    ids_field("answers_forms_of"),
)
SETTINGS = (any_field("signature"), any_field("routing"), any_field("automation"), any_field("ticket_creation"))
BOT = (Field("actions", list_of(is_text), None, "a list of strings"),)
CONVERSATION = (
    id_field("id"),
    id_field("channel_id"),
    id_field("original_channel_id"),
    choice_field("status", STATUSES),
    time_field("started_at"),
    time_field("updated_at"),
    id_or_null_field("owner_id"),
    id_or_null_field("ticket_id"),
    bool_field("archived"),
    object_field("contact"),
    array_field("messages"),
)
CONTACT = (id_field("id"), text_field("name"), text_or_null_field("email"))
MESSAGE = (id_field("id"), time_field("at"), object_field("author"), text_field("text"), array_field("attachments"))
AUTHOR = (choice_field("kind", AUTHOR_KINDS), id_field("id"))
ATTACHMENT = (
    id_field("id"),
    text_field("name"),
    text_field("content_type"),
    Field("sha256", is_text, is_sha256, "64 lower-case hex digits"),
    text_field("base64"),
)
TICKET = (
    id_field("id"),
    text_field("subject"),
    text_field("status"),
    time_field("created_at"),
    id_or_null_field("owner_id"),
    id_field("conversation_id"),
)
