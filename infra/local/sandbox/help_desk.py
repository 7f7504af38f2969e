"""The help desk of one account: its channels, conversations, tickets, attachments, and the ids that they had before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.local.sandbox.records import Attachment, Blob, Channel, DeskConversation, DeskTicket

DEFAULT_SETTINGS: dict[str, object] = {
    "signature": "",
    "routing": {"mode": "manual"},
    "automation": [],
    "ticket_creation": {"auto": False},
}


@dataclass(slots=True)
class HelpDesk:
    """State of the help desk.

    ``copies`` holds the imported conversations by external id; there are two of one only after a corruption.
    ``tombstones`` holds, by external id, the version at or below which an import is refused, and ``uploaded_for`` the
    attachments that were uploaded for a conversation, imported or not.
    """

    channels: dict[str, Channel] = field(default_factory=dict)
    conversations: dict[str, DeskConversation] = field(default_factory=dict)
    copies: dict[str, list[DeskConversation]] = field(default_factory=dict)
    tickets: dict[str, DeskTicket] = field(default_factory=dict)
    ticket_of_external_id: dict[str, str] = field(default_factory=dict)
    tombstones: dict[str, int] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    attachments: dict[str, Blob] = field(default_factory=dict)
    uploaded_for: dict[str, set[str]] = field(default_factory=dict)
    reserved_ids: set[str] = field(default_factory=set)
    keep_ids: bool = True
    _assigned: int = 0

    def id_for(self, external_id: str | None, kind: str) -> str:
        """Return the external id if ids are kept and it is free, else a new id."""
        taken = self.conversations if kind == "conversation" else self.tickets
        if external_id is not None and self.keep_ids and external_id not in taken:
            return external_id
        while True:
            self._assigned += 1
            new = f"desk-{kind}-{self._assigned:06d}"
            if new not in taken and new not in self.reserved_ids:
                return new

    def add(self, conversation: DeskConversation) -> None:
        """Take a conversation with its ticket."""
        self.conversations[conversation.id] = conversation
        if conversation.external_id is not None:
            self.copies.setdefault(conversation.external_id, []).append(conversation)
        if conversation.ticket is not None:
            self.add_ticket(conversation.ticket)

    def add_ticket(self, ticket: DeskTicket) -> None:
        """Take a ticket."""
        self.tickets[ticket.id] = ticket
        if ticket.external_id is not None:
            self.ticket_of_external_id.setdefault(ticket.external_id, ticket.id)

    def remove(self, conversation: DeskConversation) -> None:
        """Take a conversation and its ticket out."""
        del self.conversations[conversation.id]
        if conversation.external_id is not None:
            held = [copy for copy in self.copies.pop(conversation.external_id) if copy is not conversation]
            if held:
                self.copies[conversation.external_id] = held
        if conversation.ticket is not None:
            self.remove_ticket(conversation.ticket)

    def delete(self, conversation: DeskConversation) -> None:
        """Take a conversation out with its ticket and the bytes of its attachments."""
        self.remove(conversation)
        for message in conversation.messages:
            for attachment in message.attachments:
                self.attachments.pop(attachment.id, None)

    def forget_attachments_of(self, external_id: str) -> None:
        """Delete the bytes that were uploaded for a conversation."""
        for identifier in self.uploaded_for.pop(external_id, set()):
            self.attachments.pop(identifier, None)

    def remove_ticket(self, ticket: DeskTicket) -> None:
        """Take a ticket out."""
        self.tickets.pop(ticket.id, None)
        if ticket.external_id is not None and self.ticket_of_external_id.get(ticket.external_id) == ticket.id:
            del self.ticket_of_external_id[ticket.external_id]

    def conversation(self, identifier: str) -> DeskConversation | None:
        """Return a conversation by its id, or by the id that it had in the inbox."""
        found = self.conversations.get(identifier)
        if found is None and identifier in self.copies:
            found = self.copies[identifier][0]
        return found

    def ticket(self, identifier: str) -> DeskTicket | None:
        """Return a ticket by its id, or by the id that it had in the inbox."""
        return self.tickets.get(identifier) or self.tickets.get(self.ticket_of_external_id.get(identifier, ""))

    def as_read(self, conversation: DeskConversation) -> DeskConversation:
        """Bring the attachments' sizes and digests in line with the bytes that are held, and return it."""
        for message in conversation.messages:
            for attachment in message.attachments:
                self.measure(attachment)
        return conversation

    def measure(self, attachment: Attachment) -> None:
        """Set an attachment's size and digest from the bytes that are held for it."""
        blob = self.attachments[attachment.id]
        attachment.size = len(blob.data)
        attachment.sha256 = blob.sha256
