"""The names of what can be corrupted, and the short names that people use for them."""

from __future__ import annotations

CONVERSATION = ("status", "owner_id", "archived", "started_at", "updated_at", "original_channel_id", "channel_id", "id")
CONTACT = ("contact.id", "contact.name", "contact.email")
MESSAGES = ("messages.id", "messages.at", "messages.text", "messages.author.kind", "messages.author.id")
ATTACHMENTS = ("attachments.id", "attachments.name", "attachments.content_type", "attachments.bytes")
TICKET = (
    "ticket.id",
    "ticket.subject",
    "ticket.status",
    "ticket.created_at",
    "ticket.owner_id",
    "ticket.conversation_id",
    "ticket.sla",
    "ticket_id",
)
ITEMS = (
    "dropped",
    "doubled",
    "swapped",
    "message_dropped",
    "message_doubled",
    "attachment_dropped",
    "attachment_doubled",
    "ticket_dropped",
)
CHANNEL = (
    "channel.name",
    "channel.kind",
    "channel.address",
    "channel.bot",
    "channel.answers_forms_of",
    "channel.settings.signature",
    "channel.settings.routing",
    "channel.settings.automation",
    "channel.settings.ticket_creation",
)
_CANONICAL = frozenset((*CONVERSATION, *CONTACT, *MESSAGES, *ATTACHMENTS, *TICKET, *ITEMS, *CHANNEL))
_ALIASES = {
    "text": "messages.text",
    "at": "messages.at",
    "author": "messages.author.id",
    "author.id": "messages.author.id",
    "author.kind": "messages.author.kind",
    "author_kind": "messages.author.kind",
    "author_id": "messages.author.id",
    "messages.author": "messages.author.id",
    "messages": "message_dropped",
    "order": "swapped",
    "messages.order": "swapped",
    "bytes": "attachments.bytes",
    "base64": "attachments.bytes",
    "size": "attachments.bytes",
    "sha256": "attachments.bytes",
    "attachment": "attachments.bytes",
    "attachments": "attachments.bytes",
    "attachments.sha256": "attachments.bytes",
    "attachments.size": "attachments.bytes",
    "attachments.base64": "attachments.bytes",
    "content_type": "attachments.content_type",
    "name": "contact.name",
    "email": "contact.email",
    "contact": "contact.id",
    "owner": "owner_id",
    "subject": "ticket.subject",
    "created_at": "ticket.created_at",
    "ticket": "ticket_dropped",
    "sla": "ticket.sla",
    "conversation_id": "ticket.conversation_id",
    "drop": "dropped",
    "item_dropped": "dropped",
    "conversation_dropped": "dropped",
    "double": "doubled",
    "item_doubled": "doubled",
    "conversation_doubled": "doubled",
    "duplicate": "doubled",
    "duplicated": "doubled",
    "swap": "swapped",
    "messages_swapped": "swapped",
    "swap_messages": "swapped",
    "drop_message": "message_dropped",
    "double_message": "message_doubled",
    "drop_attachment": "attachment_dropped",
    "drop_ticket": "ticket_dropped",
    "signature": "channel.settings.signature",
    "routing": "channel.settings.routing",
    "automation": "channel.settings.automation",
    "ticket_creation": "channel.settings.ticket_creation",
    "settings": "channel.settings.routing",
    "address": "channel.address",
    "kind": "channel.kind",
    "bot": "channel.bot",
    "answers_forms_of": "channel.answers_forms_of",
}
_SINGULAR = {
    "message.": "messages.",
    "attachment.": "attachments.",
    "conversation.": "",
    "settings.": "channel.settings.",
}


def canonical_corruption(name: str) -> str | None:
    """Return the full name of a corruption, or None if there is none of that name."""
    name = name.replace("messages.attachments.", "attachments.").replace("message.attachments.", "attachments.")
    if name in _CANONICAL:
        return name
    if name in _ALIASES:
        return _ALIASES[name]
    for prefix, full in _SINGULAR.items():
        rest = full + name.removeprefix(prefix)
        if name.startswith(prefix) and (rest in _CANONICAL or rest in _ALIASES):
            return _ALIASES.get(rest, rest)
    short = name.replace("channel.", "channel.settings.", 1)
    return short if short in _CANONICAL else None


def corruption_names() -> list[str]:
    """Return every full name, sorted."""
    return sorted(_CANONICAL)
