"""Pages of a platform's listings. Cursors are the platform's own words and are never looked into (X-02)."""

from typing import Literal

import msgspec

from deskshift.model.conversation import Conversation, HelpDeskConversation, Status


class Window(msgspec.Struct, frozen=True, gc=False):
    """The exclusive lower bound of a listing by (started_at, id): how a listing goes on past a paging limit (X-05)."""

    started_at: str
    id: str


class Query(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One listing of a channel's conversations; platforms list archived and open ones apart (X-04)."""

    channel_id: str
    status: Status
    archived: bool
    window: Window | None = None
    cursor: str | None = None
    limit: int = 100


class Unreadable(msgspec.Struct, frozen=True, gc=False):
    """A conversation that the platform lists in a form that no adapter can read, and where it does not fit."""

    id: str
    version: int
    reason: str


class ConversationPage(msgspec.Struct, frozen=True, gc=False):
    """A page of whole conversations; `next_cursor` is None at the end."""

    items: tuple[Conversation, ...]
    next_cursor: str | None
    unreadable: tuple[Unreadable, ...] = ()


class InventoryRow(msgspec.Struct, frozen=True, gc=False):
    """A conversation as the second, independent listing counts it."""

    id: str
    version: int
    status: Status
    archived: bool
    started_at: str
    messages: int
    attachments: int


class InventoryPage(msgspec.Struct, frozen=True, gc=False):
    """A page of the second listing; `total` counts all of the channel that are not released."""

    items: tuple[InventoryRow, ...]
    next_cursor: str | None
    total: int


class Change(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something happened to a conversation: read it again. The kind only helps to skip a useless read."""

    conversation_id: str
    channel_id: str
    kind: str
    version: int
    previous_channel_id: str | None = None


class ChangesPage(msgspec.Struct, frozen=True, gc=False):
    """A page of the changes; `next_cursor` is where to go on, also when `end` says that nothing is left now."""

    items: tuple[Change, ...]
    next_cursor: str
    end: bool


class Missing(msgspec.Struct, frozen=True, gc=False):
    """A conversation that was asked for and is not there, and why."""

    id: str
    reason: Literal["not_found", "deleted", "privacy_deleted"]
    version: int | None = None


class ReadAnswer(msgspec.Struct, frozen=True, gc=False):
    """Conversations read by id, and those that are not there."""

    items: tuple[Conversation, ...]
    missing: tuple[Missing, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


class HeldAnswer(msgspec.Struct, frozen=True, gc=False):
    """What the help desk holds for source ids; all copies where there are two, and the ids that it lacks."""

    items: tuple[HelpDeskConversation, ...]
    missing: tuple[str, ...] = ()


class ImportedRow(msgspec.Struct, frozen=True, gc=False):
    """An imported conversation as the help desk's own listing counts it."""

    id: str
    external_id: str
    state: Literal["staged", "live"]


class ImportedPage(msgspec.Struct, frozen=True, gc=False):
    """A page of what was imported into a channel of the help desk."""

    items: tuple[ImportedRow, ...]
    next_cursor: str | None
