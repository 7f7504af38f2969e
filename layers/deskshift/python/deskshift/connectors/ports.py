"""What deskshift needs of a platform, as Protocols small enough to read. An adapter is a class that fits them.

A port's words are ours, its facts the vendor's: cursors encode the vendor's own time and id and are opaque here;
times may be to the whole second; a write may answer item by item, at once or as a job that is polled. `Offers`
declares what a platform's API has. Errors: `VendorUnavailable` (try again later), `VendorRefused` (never),
`AnswerTooLarge`.
"""

from collections.abc import Iterator, Sequence
from typing import IO, Protocol

import msgspec

from deskshift.model.account import Account, Agent, Channel
from deskshift.model.conversation import Attachment
from deskshift.model.listing import (
    ChangesPage,
    ConversationPage,
    HeldAnswer,
    ImportedPage,
    InventoryPage,
    Query,
    ReadAnswer,
)
from deskshift.model.writing import ImportItem, ImportOutcome, PendingImport, Release, ReleaseOutcome


class Offers(msgspec.Struct, frozen=True, kw_only=True):
    """What a platform's API has.

    `orders_by_version`: a conversation bears a version that rises with every change; without it digests are compared
    after a second read. `releases`: a conversation can be let go by a call; without it that is an operator's task.
    `content_digests`: the help desk computes the sha256 of the bytes that it holds. `batch`: items of one call.
    """

    orders_by_version: bool
    releases: bool
    content_digests: bool
    batch: int


class Directory(Protocol):
    """The account, its people and its channels."""

    def account(self) -> Account:
        """Read the account."""
        ...

    def agent(self, agent_id: str) -> Agent | None:
        """Read one agent; None if there is none of this id."""
        ...

    def agents(self) -> Iterator[Agent]:
        """Read all agents."""
        ...

    def inbox_channels(self) -> Iterator[Channel]:
        """Read the channels of the inbox."""
        ...

    def inbox_channel(self, channel_id: str) -> Channel | None:
        """Read a channel of the inbox; None if it is not there (any more)."""
        ...

    def help_desk_channel(self, channel_id: str) -> Channel | None:
        """Read a channel of the help desk; None if it is not there."""
        ...


class Inbox(Protocol):
    """The side that history comes from."""

    @property
    def offers(self) -> Offers:
        """Declare what the platform's API has."""
        ...

    def conversations(self, query: Query) -> ConversationPage | None:
        """Read a page of whole conversations; None where the listing's paging limit is reached (X-05)."""
        ...

    def read(self, ids: Sequence[str]) -> ReadAnswer:
        """Read conversations as they are now; this read never lags."""
        ...

    def attachment(self, attachment_id: str, into: IO[bytes]) -> bool:
        """Fetch a file's bytes into an empty file; False if the platform does not have it (any more)."""
        ...

    def inventory(self, channel_id: str, cursor: str | None) -> InventoryPage:
        """Read a page of the second, independent listing of what is not released (X-04)."""
        ...

    def changes_head(self) -> str:
        """Take the cursor after the newest change."""
        ...

    def changes(self, cursor: str) -> ChangesPage:
        """Read the changes after a cursor; what is younger than the declared lag may be missing."""
        ...

    def release(self, channel_id: str, releases: Sequence[Release]) -> list[ReleaseOutcome]:
        """Let verified conversations go, each only in the version that was verified."""
        ...


class HelpDesk(Protocol):
    """The side that history goes to."""

    def write(self, items: Sequence[ImportItem]) -> list[ImportOutcome] | PendingImport:
        """Write conversations without telling any customer (X-09), under their ids in the source."""
        ...

    def outcome(self, pending: PendingImport) -> list[ImportOutcome] | PendingImport:
        """Ask what became of a batch job."""
        ...

    def held(self, ids: Sequence[str]) -> HeldAnswer:
        """Read back what the help desk holds for source ids."""
        ...

    def imported(self, channel_id: str, cursor: str | None) -> ImportedPage:
        """List what was imported into a channel."""
        ...

    def take_back(self, conversation_id: str, version: int) -> bool:
        """Delete copies of `version` or older, and what was stored for them, so that they can be made anew.

        Returns:
            Whether none is left; False if what is there is live or newer, and stays.
        """
        ...

    def delete(self, conversation_id: str, version: int) -> None:
        """Delete the copy of a conversation that is gone in the source, and take none of `version` or older again."""
        ...

    def store_attachment(self, conversation_id: str, file: Attachment, content: IO[bytes]) -> None:
        """Store a file's bytes for a conversation; the platform checks the hash where it can."""
        ...

    def where_is_ticket(self, old_id: str) -> tuple[str, str | None] | None:
        """Find a ticket by its old id: its id now and its conversation's."""
        ...


class Switchboard(Protocol):
    """Where a channel's new conversations go."""

    def put_channel(self, channel: Channel) -> None:
        """Create the channel in the help desk, with all its settings (H-10)."""
        ...

    def switch(self, channel_id: str) -> None:
        """Send new conversations to the help desk from here on."""
        ...

    def remove_from_inbox(self, channel_id: str) -> None:
        """Take the channel out of the inbox (H-29)."""
        ...


class Notices(Protocol):
    """What people are told, and the stream of changes that deskshift is told."""

    def put_banner(self, channel_id: str, move_id: str, text: str) -> None:
        """Show the move's banner (H-26)."""
        ...

    def remove_banner(self, move_id: str) -> None:
        """Take the move's banner away."""
        ...

    def send(self, message_id: str, agent_id: str, subject: str, body: str) -> None:
        """Write to an agent, in plain text; the same id is sent once, however often it is asked for."""
        ...

    def notifications(self) -> dict[str, bool]:
        """Read the account's notifications."""
        ...

    def set_notifications(self, notifications: dict[str, bool]) -> None:
        """Replace the account's notifications (H-30)."""
        ...

    def subscribe(self, subscription_id: str, url: str, channel_id: str) -> None:
        """Have the channel's changes sent to `url`."""
        ...

    def unsubscribe(self, subscription_id: str) -> None:
        """End the subscription."""
        ...


class Platform(Protocol):
    """One account's platform: all its ports."""

    @property
    def directory(self) -> Directory:
        """People and channels."""
        ...

    @property
    def inbox(self) -> Inbox:
        """The source."""
        ...

    @property
    def help_desk(self) -> HelpDesk:
        """The target."""
        ...

    @property
    def switchboard(self) -> Switchboard:
        """The routing of new conversations."""
        ...

    @property
    def notices(self) -> Notices:
        """Banner, notifications, webhooks."""
        ...
