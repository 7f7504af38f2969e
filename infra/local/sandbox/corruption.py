"""Silent damage after a write in the help desk, done once: what a verification must find."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from infra.local.sandbox import corrupt_fields
from infra.local.sandbox.records import Attachment, Blob, Channel, DeskConversation, Message, copied

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.local.sandbox.help_desk import HelpDesk

_OTHER_TEXT = "corrupted"


def corrupt_conversation(desk: HelpDesk, conversation: DeskConversation, name: str) -> bool:  # noqa: PLR0911 - one for each kind of field
    """Damage a conversation that was just written; False if it has nothing of the kind to damage."""
    if name in _ITEMS:
        return _ITEMS[name](desk, conversation)
    if name in corrupt_fields.CONVERSATION or name == "ticket_id":
        return _conversation_field(desk, conversation, name)
    if name in corrupt_fields.CONTACT:
        return _changed(conversation.contact, name.removeprefix("contact."))
    if name in corrupt_fields.MESSAGES:
        return _message_field(conversation, name.removeprefix("messages."))
    if name in corrupt_fields.ATTACHMENTS:
        return _attachment_field(desk, conversation, name.removeprefix("attachments."))
    if name in corrupt_fields.TICKET and conversation.ticket is not None:
        return _ticket_field(desk, conversation, name.removeprefix("ticket."))
    return False


def corrupt_channel(channel: Channel, name: str) -> bool:
    """Damage a channel that was just written; False if the corruption is not one of channels."""
    if name not in corrupt_fields.CHANNEL:
        return False
    path = name.removeprefix("channel.")
    if path.startswith("settings."):
        key = path.removeprefix("settings.")
        channel.settings = {**channel.settings, key: _other(channel.settings[key])}
        return True
    return _changed(channel, path)


def _changed(record: Any, name: str) -> bool:  # noqa: ANN401 - any of the records
    setattr(record, name, _other(getattr(record, name), name))
    return True


def _other(value: Any, name: str = "") -> Any:  # noqa: ANN401, PLR0911 - a value of the same JSON type, but another
    if name == "status" and value in {"open", "closed"}:
        return "closed" if value == "open" else "open"
    if name == "kind" and value in {"visitor", "agent", "bot"}:
        return "agent" if value == "visitor" else "visitor"
    if name == "kind":
        return "email" if value != "email" else "chat"
    if name == "at" or name.endswith("_at"):
        later = datetime.fromisoformat(value) + timedelta(milliseconds=1)
        return later.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, bool):
        return not value
    if isinstance(value, list):
        return [*value, _OTHER_TEXT] if not value else value[:-1]
    if isinstance(value, dict):
        return {**value, _OTHER_TEXT: True}
    if name == "bot":
        return {"actions": [_OTHER_TEXT]}
    return _OTHER_TEXT if value is None else f"{value}-{_OTHER_TEXT}"


def _conversation_field(desk: HelpDesk, conversation: DeskConversation, name: str) -> bool:
    if name != "id":
        return _changed(conversation, name)
    del desk.conversations[conversation.id]
    conversation.id = desk.id_for(None, "conversation")
    desk.conversations[conversation.id] = conversation
    return True


def _message_field(conversation: DeskConversation, name: str) -> bool:
    if not conversation.messages:
        return False
    message = conversation.messages[-1]
    if name.startswith("author."):
        return _changed(message.author, name.removeprefix("author."))
    return _changed(message, name)


def _first_with_attachment(conversation: DeskConversation) -> Message | None:
    return next((message for message in conversation.messages if message.attachments), None)


def _attachment_field(desk: HelpDesk, conversation: DeskConversation, name: str) -> bool:
    message = _first_with_attachment(conversation)
    if message is None:
        return False
    attachment: Attachment = message.attachments[0]
    blob = desk.attachments[attachment.id]
    if name == "bytes":
        damaged = bytes([blob.data[0] ^ 1]) + blob.data[1:] if blob.data else b"\0"
        desk.attachments[attachment.id] = Blob.of(damaged, blob.content_type, blob.name)
        return True
    _changed(attachment, name)
    desk.attachments[attachment.id] = blob
    return True


def _ticket_field(desk: HelpDesk, conversation: DeskConversation, name: str) -> bool:
    ticket = conversation.ticket
    if ticket is None:
        return False
    if name == "id":
        desk.remove_ticket(ticket)
        ticket.id = conversation.ticket_id = desk.id_for(None, "ticket")
        desk.add_ticket(ticket)
        return True
    if name == "sla":
        ticket.sla = None if ticket.sla is not None else {_OTHER_TEXT: True}
        return True
    return _changed(ticket, name)


def _drop(desk: HelpDesk, conversation: DeskConversation) -> bool:
    desk.remove(conversation)
    return True


def _double(desk: HelpDesk, conversation: DeskConversation) -> bool:
    double = copied(conversation)
    double.id = desk.id_for(None, "conversation")
    if double.ticket is not None:
        double.ticket.id = double.ticket_id = desk.id_for(None, "ticket")
        double.ticket.conversation_id = double.id
    desk.add(double)
    return True


def _swap(_: HelpDesk, conversation: DeskConversation) -> bool:
    messages = conversation.messages
    if len(messages) <= 1:
        return False
    messages[0], messages[1] = messages[1], messages[0]
    return True


def _drop_message(_: HelpDesk, conversation: DeskConversation) -> bool:
    if not conversation.messages:
        return False
    conversation.messages.pop()
    return True


def _double_message(_: HelpDesk, conversation: DeskConversation) -> bool:
    if not conversation.messages:
        return False
    conversation.messages.append(copied(conversation.messages[-1]))
    return True


def _drop_attachment(_: HelpDesk, conversation: DeskConversation) -> bool:
    message = _first_with_attachment(conversation)
    if message is None:
        return False
    message.attachments.pop()
    return True


def _double_attachment(_: HelpDesk, conversation: DeskConversation) -> bool:
    message = _first_with_attachment(conversation)
    if message is None:
        return False
    message.attachments.append(copied(message.attachments[-1]))
    return True


def _drop_ticket(desk: HelpDesk, conversation: DeskConversation) -> bool:
    if conversation.ticket is None:
        return False
    desk.remove_ticket(conversation.ticket)
    conversation.ticket = conversation.ticket_id = None
    return True


_ITEMS: dict[str, Callable[[HelpDesk, DeskConversation], bool]] = {
    "dropped": _drop,
    "doubled": _double,
    "swapped": _swap,
    "message_dropped": _drop_message,
    "message_doubled": _double_message,
    "attachment_dropped": _drop_attachment,
    "attachment_doubled": _double_attachment,
    "ticket_dropped": _drop_ticket,
}
