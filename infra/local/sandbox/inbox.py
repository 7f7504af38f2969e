"""The inbox of one account: its channels, conversations, their two listings, and the changes in order."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import msgspec

from infra.local.sandbox import clock

if TYPE_CHECKING:
    from infra.local.sandbox.records import Blob, Channel, InboxConversation, MovedTo

Kind = Literal["created", "message", "changed", "deleted", "privacy_deleted"]


class Change(msgspec.Struct):
    """One line of the changes listing: which conversation to read again."""

    conversation_id: str
    channel_id: str
    previous_channel_id: str | None
    kind: Kind
    version: int


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a deleted conversation."""

    reason: Literal["deleted", "privacy_deleted"]
    version: int


@dataclass(slots=True)
class Inbox:
    """State of the inbox. Methods keep both listings and the changes in step with the conversations."""

    channels: dict[str, Channel] = field(default_factory=dict)
    switched: set[str] = field(default_factory=set)
    removed_channels: set[str] = field(default_factory=set)
    conversations: dict[str, InboxConversation] = field(default_factory=dict)
    tombstones: dict[str, Tombstone] = field(default_factory=dict)
    attachments: dict[str, tuple[str, Blob]] = field(default_factory=dict)
    by_start: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    by_id: dict[str, list[str]] = field(default_factory=dict)
    visible_since: dict[str, float] = field(default_factory=dict)
    changes: list[tuple[float, Change]] = field(default_factory=list)

    def seed(self, conversations: list[InboxConversation]) -> None:
        """Take the conversations that the account starts with. They are no changes and never lag."""
        for conversation in conversations:
            self.conversations[conversation.id] = conversation
            self.by_start.setdefault(conversation.channel_id, []).append((conversation.started_at, conversation.id))
            self.by_id.setdefault(conversation.channel_id, []).append(conversation.id)
        for starts in self.by_start.values():
            starts.sort()
        for ids in self.by_id.values():
            ids.sort()

    def add(self, conversation: InboxConversation) -> Change:
        """Take a new conversation."""
        self.conversations[conversation.id] = conversation
        self._list(conversation)
        return self._record("created", conversation)

    def changed(self, conversation: InboxConversation, kind: Literal["message", "changed"]) -> Change:
        """Raise the version of a conversation that was changed in place, and record the change."""
        conversation.version += 1
        return self._record(kind, conversation)

    def moved(self, conversation: InboxConversation, channel_id: str) -> Change:
        """Give a conversation to another channel of the inbox; its original channel stays."""
        previous = conversation.channel_id
        self._unlist(conversation)
        conversation.channel_id = channel_id
        conversation.version += 1
        self._list(conversation)
        return self._record("changed", conversation, previous)

    def delete(self, conversation: InboxConversation, reason: Literal["deleted", "privacy_deleted"]) -> Change:
        """Delete a conversation with its attachments and its ticket; its version rises once more."""
        self._unlist(conversation)
        del self.conversations[conversation.id]
        conversation.version += 1
        self.tombstones[conversation.id] = Tombstone(reason, conversation.version)
        return self._record(reason, conversation)

    def release(self, conversation: InboxConversation, moved_to: MovedTo) -> None:
        """Keep nothing but the pointer. A release is no change: its version stays and no listing tells of it."""
        self._unlist(conversation)
        conversation.moved_to = moved_to
        conversation.messages = []
        conversation.contact = None
        conversation.ticket = None

    def visible_changes(self, lag_ms: int) -> int:
        """Return how many changes, from the first, are old enough to be listed."""
        horizon = clock.milliseconds() - lag_ms
        count = len(self.changes)
        while count and self.changes[count - 1][0] > horizon:
            count -= 1
        return count

    def is_listed(self, conversation_id: str, lag_ms: int) -> bool:
        """Tell whether the listings know of a conversation yet: it came into its channel long enough ago."""
        since = self.visible_since.get(conversation_id)
        return since is None or since <= clock.milliseconds() - lag_ms

    def _record(self, kind: Kind, conversation: InboxConversation, previous: str | None = None) -> Change:
        change = Change(conversation.id, conversation.channel_id, previous, kind, conversation.version)
        self.changes.append((clock.milliseconds(), change))
        return change

    def _list(self, conversation: InboxConversation) -> None:
        self.visible_since[conversation.id] = clock.milliseconds()
        starts = self.by_start.setdefault(conversation.channel_id, [])
        bisect.insort(starts, (conversation.started_at, conversation.id))
        bisect.insort(self.by_id.setdefault(conversation.channel_id, []), conversation.id)

    def _unlist(self, conversation: InboxConversation) -> None:
        starts = self.by_start[conversation.channel_id]
        del starts[bisect.bisect_left(starts, (conversation.started_at, conversation.id))]
        ids = self.by_id[conversation.channel_id]
        del ids[bisect.bisect_left(ids, conversation.id)]
