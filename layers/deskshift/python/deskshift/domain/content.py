"""What must be the same on both sides, and its digest.

The digest of what was read from the source is taken in the same read that is sent; what the help desk holds is
brought into the same form and digested again. Equal digests: every field is equal (X-07).
"""

import hashlib

import msgspec

from deskshift.model.conversation import Contact, Conversation, HelpDeskConversation, Message
from deskshift.model.writing import ImportItem, TicketDraft


class TicketContent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The ticket's fields. `conversation_id` is the linked conversation's id in the source; `sla` the account's."""

    external_id: str | None
    subject: str
    status: str
    created_at: str
    owner_id: str | None
    conversation_id: str | None
    sla: object


class Content(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A conversation as both sides must show it, under its id in the source."""

    id: str
    channel_id: str
    original_channel_id: str
    status: str
    started_at: str
    updated_at: str
    owner_id: str | None
    archived: bool
    contact: Contact | None
    messages: tuple[Message, ...]
    ticket: TicketContent | None


_encoder = msgspec.json.Encoder(order="deterministic")


def digest(content: Content) -> bytes:
    """Take the SHA-256 of the content's one canonical encoding (32 bytes)."""
    return hashlib.sha256(_encoder.encode(content)).digest()


def history_digest(conversation: ImportItem | HelpDeskConversation, messages: int) -> bytes:
    """Take the digest of what stays as it is while a conversation lives on: its beginning and first messages.

    Status, owner, channel and ticket may be changed by people, contact details too, and replies are added at the end.
    """
    kept = (
        conversation.external_id,
        conversation.original_channel_id,
        conversation.started_at,
        conversation.messages[:messages],
    )
    return hashlib.sha256(_encoder.encode(kept)).digest()


def import_item(conversation: Conversation, ticket: TicketDraft) -> ImportItem:
    """Put what was read into the form that is written."""
    return ImportItem(
        external_id=conversation.id,
        source_version=conversation.version,
        channel_id=conversation.channel_id,
        original_channel_id=conversation.original_channel_id,
        status=conversation.status,
        started_at=conversation.started_at,
        updated_at=conversation.updated_at,
        owner_id=conversation.owner_id,
        archived=conversation.archived,
        contact=conversation.contact,
        messages=conversation.messages,
        ticket=ticket,
    )


def expected_content(item: ImportItem, sla: object) -> Content:
    """Say what the help desk must hold once it has taken `item`; `sla` is the account's (H-12, H-22)."""
    ticket = TicketContent(
        external_id=item.ticket.external_id,
        subject=item.ticket.subject,
        status=item.ticket.status,
        created_at=item.ticket.created_at,
        owner_id=item.ticket.owner_id,
        conversation_id=item.external_id,
        sla=sla,
    )
    return Content(
        id=item.external_id,
        channel_id=item.channel_id,
        original_channel_id=item.original_channel_id,
        status=item.status,
        started_at=item.started_at,
        updated_at=item.updated_at,
        owner_id=item.owner_id,
        archived=item.archived,
        contact=item.contact,
        messages=item.messages,
        ticket=ticket,
    )


def held_content(held: HelpDeskConversation) -> Content:
    """Bring what the help desk holds into the same form; a ticket that is not linked both ways shows as such."""
    return Content(
        id=held.external_id or "",
        channel_id=held.channel_id,
        original_channel_id=held.original_channel_id,
        status=held.status,
        started_at=held.started_at,
        updated_at=held.updated_at,
        owner_id=held.owner_id,
        archived=held.archived,
        contact=held.contact,
        messages=held.messages,
        ticket=_held_ticket(held),
    )


def _held_ticket(held: HelpDeskConversation) -> TicketContent | None:
    ticket = held.ticket
    if ticket is None:
        return None
    linked = ticket.conversation_id == held.id and held.ticket_id == ticket.id
    return TicketContent(
        external_id=ticket.external_id,
        subject=ticket.subject,
        status=ticket.status,
        created_at=ticket.created_at,
        owner_id=ticket.owner_id,
        conversation_id=held.external_id if linked else ticket.conversation_id,
        sla=ticket.sla,
    )
