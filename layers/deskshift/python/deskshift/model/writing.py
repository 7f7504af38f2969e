"""What is written to a platform, item by item, and how it answered each."""

import msgspec

from deskshift.model.conversation import Contact, Message, MovedTo, Status


class TicketDraft(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The ticket that a moved conversation gets: an existing one (`external_id` set, H-16) or a new one (H-17)."""

    external_id: str | None
    subject: str
    status: str
    created_at: str
    owner_id: str | None

    def __repr__(self) -> str:
        return f"TicketDraft(external_id={self.external_id!r})"


class ImportItem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One conversation to be written to the help desk under its id in the source; twice is as good as once."""

    external_id: str
    source_version: int
    channel_id: str
    original_channel_id: str
    status: Status
    started_at: str
    updated_at: str
    owner_id: str | None
    archived: bool
    contact: Contact | None
    messages: tuple[Message, ...]
    ticket: TicketDraft

    def __repr__(self) -> str:
        return f"ImportItem(external_id={self.external_id!r}, source_version={self.source_version})"


class ImportOutcome(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How the help desk answered one item.

    `code` is one of created, updated, unchanged (it holds what was sent); stale, live, tombstoned (it holds something
    newer and changed nothing). Any other code means that it will not take the item; `reason` is the platform's code.
    """

    external_id: str
    code: str
    reason: str | None = None
    conversation_id: str | None = None
    ticket_id: str | None = None
    source_version: int | None = None

    @property
    def holds_what_was_sent(self) -> bool:
        """Whether the help desk now holds this very version."""
        return self.code in {"created", "updated", "unchanged"}

    @property
    def refused(self) -> bool:
        """Whether the same item will be refused again."""
        return not self.holds_what_was_sent and self.code not in {"stale", "live", "tombstoned"}


class PendingImport(msgspec.Struct, frozen=True, gc=False):
    """A platform that works in batch jobs took the items and will have the outcomes later; `wait` is in seconds."""

    job: str
    wait: float


class Release(msgspec.Struct, frozen=True, gc=False):
    """A verified conversation to let go from the inbox, with the version that was verified."""

    id: str
    version: int
    moved_to: MovedTo


class ReleaseOutcome(msgspec.Struct, frozen=True, gc=False):
    """How the inbox answered one release; everything but released and already_released means: look at it again."""

    id: str
    code: str
    version: int | None = None

    @property
    def done(self) -> bool:
        """Whether the conversation now lives in the help desk."""
        return self.code in {"released", "already_released"}
