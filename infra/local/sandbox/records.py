"""What the sandbox holds, in the shapes that the contract puts on the wire.

The field order is the wire's. Times are RFC 3339 in UTC with milliseconds, as text: the sandbox never reorders by them
except where the contract says so, and never changes one that it was given.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

Time = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")]
Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,128}\Z")]
Status = Literal["open", "closed"]


class Contact(Struct):
    """The customer of a conversation."""

    id: Id
    name: str
    email: str | None


class Author(Struct):
    """Who wrote a message. ``system`` is written by a help desk alone, on what was not imported as history."""

    kind: Literal["visitor", "agent", "bot", "system"]
    id: str


class Attachment(Struct):
    """A file of a message, without its bytes."""

    id: Id
    name: str
    content_type: str
    size: int
    sha256: str


class Message(Struct):
    """One message; the order in its conversation's list is its order."""

    id: Id
    at: Time
    author: Author
    text: str
    attachments: list[Attachment]


class InboxTicket(Struct):
    """A ticket that is associated with a conversation of the inbox."""

    id: Id
    subject: str
    status: str
    created_at: Time
    owner_id: str | None


class MovedTo(Struct):
    """The pointer that a release leaves: where the conversation is in the help desk."""

    conversation_id: Id
    ticket_id: Id


class InboxConversation(Struct):
    """A conversation of the inbox; once released it keeps ids and pointer alone."""

    id: str
    channel_id: str
    original_channel_id: str
    status: Status
    started_at: str
    updated_at: str
    owner_id: str | None
    archived: bool
    contact: Contact | None
    messages: list[Message]
    ticket: InboxTicket | None
    version: int
    moved_to: MovedTo | None


class DeskTicket(Struct):
    """A ticket of the help desk. ``external_id`` is the id that it had in the inbox; None if the desk made it."""

    id: str
    external_id: str | None
    subject: str
    status: str
    created_at: str
    owner_id: str | None
    conversation_id: str
    sla: dict[str, Any] | None


class DeskConversation(Struct):
    """A conversation of the help desk: imported (staged until it is released) or born there."""

    id: str
    external_id: str | None
    channel_id: str
    original_channel_id: str
    status: Status
    started_at: str
    updated_at: str
    owner_id: str | None
    archived: bool
    contact: Contact
    messages: list[Message]
    origin: Literal["imported", "live"]
    state: Literal["staged", "live"]
    source_version: int | None
    ticket_id: str | None
    ticket: DeskTicket | None


class Channel(Struct):
    """A channel or chat tool."""

    id: str
    kind: str
    name: str
    address: str | None
    settings: dict[str, Any]
    bot: dict[str, Any] | None
    answers_forms_of: list[str]


class Agent(Struct, omit_defaults=True):
    """An agent of the account. ``locale`` None: the account's."""

    id: str
    name: str
    email: str
    role: str
    help_desk_access: bool
    locale: str | None = None


class SentMessage(Struct):
    """A message to a person. ``cause`` is ``live:<conversation id>`` or ``backfill:<conversation id>``."""

    at: str
    to_kind: Literal["customer", "agent"]
    to: str
    cause: str


@dataclass(frozen=True, slots=True)
class Blob:
    """An attachment's bytes, with the size and digest that were computed from them."""

    data: bytes
    content_type: str
    name: str
    sha256: str

    @classmethod
    def of(cls, data: bytes, content_type: str, name: str) -> Blob:
        """Return a blob whose digest is computed from the bytes."""
        return cls(data, content_type, name, hashlib.sha256(data).hexdigest())


_Record = TypeVar("_Record", bound=Struct)


def copied(record: _Record) -> _Record:
    """Return a deep copy."""
    return msgspec.convert(msgspec.to_builtins(record), type(record))
