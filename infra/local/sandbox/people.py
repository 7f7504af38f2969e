"""What people do while a channel moves: a visitor writes, an agent closes, somebody deletes. It lands where it must.

A new conversation lands where its channel is now; everything else where its conversation is now: in the inbox until it
is released, in the help desk afterwards.
"""

from typing import Any, Literal

import msgspec
from msgspec import Struct

from infra.local.sandbox import clock
from infra.local.sandbox.account import Account
from infra.local.sandbox.dump_forms import desk_form, inbox_form, message_form
from infra.local.sandbox.errors import ContractError, deleted, invalid, not_found
from infra.local.sandbox.records import Author, Contact, DeskConversation, DeskTicket, InboxConversation, Message

_SUBJECT_CHARACTERS = 80


class NewConversation(Struct, tag="new_conversation", tag_field="kind", forbid_unknown_fields=True):
    """A visitor starts a conversation on a channel."""

    channel_id: str
    text: str = "Hello, I have a question."
    contact: Contact | None = None


class NewMessage(Struct, tag="message", tag_field="kind", forbid_unknown_fields=True):
    """Somebody writes a message; by default the conversation's visitor."""

    conversation_id: str
    text: str = "One more thing."
    author: Author | None = None


class Changed(Struct, tag="change", tag_field="kind", forbid_unknown_fields=True):
    """An agent sets status or owner."""

    conversation_id: str
    change: dict[Literal["status", "owner_id"], str | None]


class Deleted(Struct, tag="delete", tag_field="kind", forbid_unknown_fields=True):
    """An agent deletes a conversation."""

    conversation_id: str


class PrivacyDeleted(Struct, tag="privacy_delete", tag_field="kind", forbid_unknown_fields=True):
    """A conversation is deleted because its customer may demand it."""

    conversation_id: str


class MovedChannel(Struct, tag="move_channel", tag_field="kind", forbid_unknown_fields=True):
    """A conversation goes on through another channel."""

    conversation_id: str
    channel_id: str


Event = NewConversation | NewMessage | Changed | Deleted | PrivacyDeleted | MovedChannel
Found = InboxConversation | DeskConversation


def happen(account: Account, event: Event) -> dict[str, Any]:
    """Let an event happen now, and return it as it is logged: ``{n, at, where, …}``.

    Raises:
        ContractError: what it is about is not there, or cannot take it.
    """
    at = clock.now()
    if isinstance(event, NewConversation):
        told = _start(account, event, at)
    else:
        conversation = find(account, event.conversation_id)
        where = "inbox" if isinstance(conversation, InboxConversation) else "help_desk"
        told = {"where": where, "conversation_id": event.conversation_id}
        if isinstance(event, NewMessage):
            told["message"] = _write(account, conversation, event, at)
        elif isinstance(event, Changed):
            told["change"] = _change(account, conversation, event, at)
        elif isinstance(event, MovedChannel):
            told["change"] = _move(account, conversation, event, at)
        else:
            told["deleted"] = _delete(account, conversation, event)
    told = {"n": len(account.events) + 1, "at": at, **told}
    account.events.append(told)
    return told


def find(account: Account, identifier: str) -> Found:
    """Return a conversation where it is now, by the id that it has there or had before.

    Raises:
        ContractError: 404 or 410.
    """
    held = account.inbox.conversations.get(identifier)
    if held is not None and held.moved_to is None:
        return held
    if identifier in account.inbox.tombstones or identifier in account.desk.deleted:
        raise deleted("conversation")
    moved = account.desk.conversation(held.moved_to.conversation_id if held and held.moved_to else identifier)
    if moved is None or moved.state == "staged":
        raise not_found("conversation")
    return moved


def is_there(account: Account, identifier: str) -> bool:
    """Tell whether an event on a conversation can happen."""
    try:
        find(account, identifier)
    except ContractError:
        return False
    return True


def _start(account: Account, event: NewConversation, at: str) -> dict[str, Any]:
    inbox, desk = account.inbox, account.desk
    if event.channel_id not in inbox.channels and event.channel_id not in desk.channels:
        raise not_found("channel")
    number = len(account.events) + 1
    while f"live-{number:06d}" in inbox.conversations or f"live-{number:06d}" in desk.conversations:
        number += 1
    identifier = f"live-{number:06d}"
    contact = event.contact or Contact(f"{identifier}-visitor", "Live visitor", f"{identifier}@mail.example")
    first = Message(f"live-message-{number:06d}", at, Author("visitor", contact.id), event.text, [])
    if event.channel_id not in inbox.switched:
        conversation = InboxConversation(
            id=identifier,
            channel_id=event.channel_id,
            original_channel_id=event.channel_id,
            status="open",
            started_at=at,
            updated_at=at,
            owner_id=None,
            archived=False,
            contact=contact,
            messages=[first],
            ticket=None,
            version=1,
            moved_to=None,
        )
        account.webhooks.publish(inbox.add(conversation), None, account.faults)
        return {"where": "inbox", "conversation": inbox_form(account, conversation)}
    born = _born_in_help_desk(account, identifier, event, first, contact)
    desk.add(born)
    account.notify_help_desk("new_ticket", f"live:{identifier}")
    account.mail_customer(contact, f"live:{identifier}")
    return {"where": "help_desk", "conversation": desk_form(account, born)}


def _born_in_help_desk(
    account: Account, identifier: str, event: NewConversation, first: Message, contact: Contact
) -> DeskConversation:
    ticket = DeskTicket(
        id=account.desk.id_for(None, "ticket"),
        external_id=None,
        subject=event.text[:_SUBJECT_CHARACTERS],
        status=account.ticket_statuses[0],
        created_at=first.at,
        owner_id=None,
        conversation_id=identifier,
        sla=account.sla,
    )
    return DeskConversation(
        id=identifier,
        external_id=None,
        channel_id=event.channel_id,
        original_channel_id=event.channel_id,
        status="open",
        started_at=first.at,
        updated_at=first.at,
        owner_id=None,
        archived=False,
        contact=contact,
        messages=[first],
        origin="live",
        state="live",
        source_version=None,
        ticket_id=ticket.id,
        ticket=ticket,
    )


def _write(account: Account, conversation: Found, event: NewMessage, at: str) -> dict[str, Any]:
    contact = conversation.contact
    author = event.author or Author("visitor", contact.id if contact else "visitor")
    number = len(account.events) + 1
    taken = {message.id for message in conversation.messages}
    while f"live-message-{number:06d}" in taken:
        number += 1
    message = Message(f"live-message-{number:06d}", at, author, event.text, [])
    conversation.messages.append(message)
    conversation.updated_at = at
    if isinstance(conversation, InboxConversation):
        account.webhooks.publish(account.inbox.changed(conversation, "message"), message, account.faults)
    cause = f"live:{event.conversation_id}"
    if author.kind == "visitor":
        account.notify_agent(conversation.owner_id, "reply", cause)
    elif contact is not None:
        account.mail_customer(contact, cause)
    return message_form(account, conversation, message)


def _change(account: Account, conversation: Found, event: Changed, at: str) -> dict[str, Any]:
    change: dict[str, str | None] = dict(event.change.items())
    if not change:
        raise invalid("change", "A change sets status or owner_id.")
    status = change.get("status", conversation.status)
    if status not in {"open", "closed"}:
        raise invalid("change.status", "status must be open or closed.")
    conversation.status = "open" if status == "open" else "closed"
    conversation.owner_id = change.get("owner_id", conversation.owner_id)
    conversation.updated_at = at
    if isinstance(conversation, InboxConversation):
        account.webhooks.publish(account.inbox.changed(conversation, "changed"), None, account.faults)
    if change.get("owner_id") is not None:
        account.notify_agent(conversation.owner_id, "assignment", f"live:{event.conversation_id}")
    return {**change, "updated_at": at}


def _move(account: Account, conversation: Found, event: MovedChannel, at: str) -> dict[str, Any]:
    in_inbox = isinstance(conversation, InboxConversation)
    channels = account.inbox.channels if in_inbox else account.desk.channels
    if event.channel_id not in channels or (in_inbox and event.channel_id in account.inbox.removed_channels):
        raise ContractError(409, "other_side", "The channel is not on the conversation's side.", field="channel_id")
    conversation.updated_at = at
    if isinstance(conversation, InboxConversation):
        account.webhooks.publish(account.inbox.moved(conversation, event.channel_id), None, account.faults)
    else:
        conversation.channel_id = event.channel_id
    return {"channel_id": event.channel_id, "updated_at": at}


def _delete(account: Account, conversation: Found, event: Deleted | PrivacyDeleted) -> str:
    reason: Literal["deleted", "privacy_deleted"] = "deleted" if isinstance(event, Deleted) else "privacy_deleted"
    if isinstance(conversation, InboxConversation):
        account.webhooks.publish(account.inbox.delete(conversation, reason), None, account.faults)
    else:
        account.desk.delete(conversation)
        account.desk.deleted.update(filter(None, (conversation.id, conversation.external_id)))
        if conversation.external_id is not None:
            account.desk.tombstones[conversation.external_id] = conversation.source_version or 0
    return reason


def decode_event(body: bytes) -> Event:
    """Decode an event of the control plane.

    Raises:
        ContractError: 400 naming what is wrong.
    """
    try:
        event: Event = msgspec.json.decode(body, type=Event)
    except msgspec.DecodeError as error:
        raise invalid("event", str(error)) from error
    return event
