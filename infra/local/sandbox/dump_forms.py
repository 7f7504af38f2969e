"""What the sandbox holds, in the account export's own form."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import msgspec

from infra.local.sandbox.records import Blob, DeskConversation, DeskTicket, InboxConversation, Message

if TYPE_CHECKING:
    from infra.local.sandbox.account import Account


def inbox_form(account: Account, conversation: InboxConversation) -> dict[str, Any]:
    """Return a conversation of the inbox as an export has it."""
    ticket_id = None if conversation.ticket is None else conversation.ticket.id
    return _conversation(account, conversation, ticket_id)


def desk_form(account: Account, conversation: DeskConversation) -> dict[str, Any]:
    """Return a conversation of the help desk as an export has it, with ``legacy_id`` where its id is new."""
    form = _conversation(account, conversation, conversation.ticket_id)
    if conversation.external_id not in {None, conversation.id}:
        form["legacy_id"] = conversation.external_id
    return form


def message_form(
    account: Account, conversation: InboxConversation | DeskConversation, message: Message
) -> dict[str, Any]:
    """Return a message as an export has it."""
    return {
        "id": message.id,
        "at": message.at,
        "author": msgspec.to_builtins(message.author),
        "text": message.text,
        "attachments": [
            _attachment(
                attachment.id, attachment.name, attachment.content_type, _blob(account, conversation, attachment.id)
            )
            for attachment in message.attachments
        ],
    }


def inbox_ticket_form(conversation: InboxConversation) -> dict[str, Any] | None:
    """Return the ticket of a conversation of the inbox as an export has it."""
    if conversation.ticket is None:
        return None
    return {**msgspec.to_builtins(conversation.ticket), "conversation_id": conversation.id}


def desk_ticket_form(ticket: DeskTicket) -> dict[str, Any]:
    """Return a ticket of the help desk, with ``sla``, and ``legacy_id`` where its id is new."""
    form: dict[str, Any] = msgspec.to_builtins(ticket)
    external_id = form.pop("external_id")
    if external_id not in {None, ticket.id}:
        form["legacy_id"] = external_id
    return form


def _conversation(
    account: Account, conversation: InboxConversation | DeskConversation, ticket_id: str | None
) -> dict[str, Any]:
    return {
        "id": conversation.id,
        "channel_id": conversation.channel_id,
        "original_channel_id": conversation.original_channel_id,
        "status": conversation.status,
        "started_at": conversation.started_at,
        "updated_at": conversation.updated_at,
        "owner_id": conversation.owner_id,
        "ticket_id": ticket_id,
        "archived": conversation.archived,
        "contact": msgspec.to_builtins(conversation.contact),
        "messages": [message_form(account, conversation, message) for message in conversation.messages],
    }


def _blob(account: Account, conversation: InboxConversation | DeskConversation, attachment_id: str) -> Blob:
    if isinstance(conversation, DeskConversation):
        return account.desk.attachments[attachment_id]
    return account.inbox.attachments[attachment_id][1]


def _attachment(identifier: str, name: str, content_type: str, blob: Blob) -> dict[str, str]:
    return {
        "id": identifier,
        "name": name,
        "content_type": content_type,
        "sha256": blob.sha256,
        "base64": base64.b64encode(blob.data).decode(),
    }
