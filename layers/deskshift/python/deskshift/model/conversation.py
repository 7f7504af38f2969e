"""A conversation with its messages, contact and ticket, as an inbox gives it and a help desk keeps it.

Times are RFC 3339 strings in UTC exactly as the platform wrote them: they must survive unchanged (X-07), and they
order nothing: messages keep the order of their list. The values hold customers' words, so none of them shows more
than its id when it is printed.
"""

from typing import Literal

import msgspec

Status = Literal["open", "closed"]
AuthorKind = Literal["visitor", "agent", "bot", "system"]


class Contact(msgspec.Struct, frozen=True, gc=False):
    """The person on the other side; `email` is None where the channel does not know it."""

    id: str
    name: str
    email: str | None

    def __repr__(self) -> str:
        return f"Contact(id={self.id!r})"


class Author(msgspec.Struct, frozen=True, gc=False):
    """Who wrote a message; an agent may have left the account since."""

    kind: AuthorKind
    id: str


class Attachment(msgspec.Struct, frozen=True, gc=False):
    """A file of a message: `size` in bytes, `sha256` of its bytes in hex; the bytes travel apart (X-03)."""

    id: str
    name: str
    content_type: str
    size: int
    sha256: str

    def __repr__(self) -> str:
        return f"Attachment(id={self.id!r})"


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message; two messages of a conversation may share a time."""

    id: str
    at: str
    author: Author
    text: str
    attachments: tuple[Attachment, ...] = ()

    def __repr__(self) -> str:
        return f"Message(id={self.id!r})"


class Ticket(msgspec.Struct, frozen=True, gc=False):
    """A ticket that a conversation has already in the inbox."""

    id: str
    subject: str
    status: str
    created_at: str
    owner_id: str | None

    def __repr__(self) -> str:
        return f"Ticket(id={self.id!r})"


class MovedTo(msgspec.Struct, frozen=True, gc=False):
    """The pointer that a release leaves in the inbox."""

    conversation_id: str
    ticket_id: str


class Conversation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A conversation of the inbox, as one read gave it; `version` rises with every change of it or of its ticket."""

    id: str
    channel_id: str
    original_channel_id: str
    status: Status
    started_at: str
    updated_at: str
    owner_id: str | None
    archived: bool
    contact: Contact | None
    messages: tuple[Message, ...]
    ticket: Ticket | None
    version: int
    moved_to: MovedTo | None = None

    def __repr__(self) -> str:
        return f"Conversation(id={self.id!r}, version={self.version})"

    def attachments(self) -> list[Attachment]:
        """All files of its messages, in their order."""
        return [file for message in self.messages for file in message.attachments]


class HelpDeskTicket(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A ticket of the help desk; `external_id` is its id in the inbox where it existed there."""

    id: str
    external_id: str | None
    subject: str
    status: str
    created_at: str
    owner_id: str | None
    conversation_id: str | None
    sla: object = None

    def __repr__(self) -> str:
        return f"HelpDeskTicket(id={self.id!r})"


class HelpDeskConversation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A conversation as the help desk holds it; `state` is `staged` until the inbox has released it."""

    id: str
    external_id: str | None
    state: Literal["staged", "live"]
    source_version: int | None
    channel_id: str
    original_channel_id: str
    status: Status
    started_at: str
    updated_at: str
    owner_id: str | None
    archived: bool
    contact: Contact | None
    messages: tuple[Message, ...]
    ticket_id: str | None
    ticket: HelpDeskTicket | None

    def __repr__(self) -> str:
        return f"HelpDeskConversation(id={self.id!r}, source_version={self.source_version})"
