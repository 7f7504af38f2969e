"""A channel move: what was asked for, where it stands, and what it has done so far."""

from typing import Literal

import msgspec

from deskshift.model.listing import Window

Status = Literal["scheduled", "queued", "running", "paused", "done", "refused", "cancelled", "dry_run"]
Phase = Literal["check", "begin", "switch", "list", "import", "catch_up", "verify", "release", "settle", "finish"]
History = Literal["all", "none"]

ACTIVE: frozenset[str] = frozenset({"scheduled", "queued", "running", "paused"})
"""Statuses of a move that has not ended."""


class StatusMap(msgspec.Struct, frozen=True):
    """The ticket status that a created ticket gets for an open and for a closed conversation (H-19)."""

    open: str
    closed: str


class MoveRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request to move one channel; the body of a queue message and the console's input, with defaults filled in.

    `start_at` is RFC 3339 in UTC to the second; None means now. `status_map` None means the account's first and last
    ticket status. `edition` None means the newest policy.
    """

    request_id: str
    account_id: str
    channel_id: str
    requested_by: str
    history: History = "all"
    status_map: StatusMap | None = None
    start_at: str | None = None
    edition: str | None = None
    mute: bool = False
    dry_run: bool = False


class Notice(msgspec.Struct, frozen=True):
    """Something to tell a person: a refusal, a warning, or why a move is paused."""

    code: str
    message: str
    what_to_do: str


class ListingState(msgspec.Struct, frozen=True, kw_only=True):
    """Where the listing stands: which of its passes, the page's cursor, the window, and how many parts are written."""

    sweep: int = 0
    cursor: str | None = None
    window: Window | None = None
    last: Window | None = None
    limit: int = 100
    parts: int = 0
    listed: int = 0
    finished: bool = False


class VerifyState(msgspec.Struct, frozen=True, kw_only=True):
    """Where a round's verification stands: the second listing first, then what the help desk holds beyond it."""

    cursor: str | None = None
    inventory_done: bool = False
    held_cursor: str | None = None
    files: int = 0
    verified: int = 0
    differing: int = 0
    finished: bool = False


class ReleaseState(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the round's verified files are released, and how many conversations that were."""

    files: int = 0
    released: int = 0
    finished: bool = False


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What the move will take: conversations, seconds, calls to the platform, AWS cost in USD by dated prices."""

    conversations: int
    messages: int
    attachments: int
    seconds: int
    vendor_calls: int
    cost_usd: str
    prices_of: str


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """The record of one move. Times are RFC 3339 in UTC. `lock` is the record's version: a late writer loses.

    `rechecked_at` is when the sample of a move that is done was checked a day later, or that was given up.
    """

    account_id: str
    move_id: str
    request: MoveRequest
    status: Status
    phase: Phase = "check"
    attempt: int = 1
    number: int | None = None
    execution_arn: str | None = None
    task_token: str | None = None
    created_at: str
    started_at: str | None = None
    finished_at: str | None = None
    phase_since: str | None = None
    progressed_at: str | None = None
    rechecked_at: str | None = None
    edition: str | None = None
    policy_version: int | None = None
    status_map: StatusMap | None = None
    source_total: int = 0
    lag_ms: int = 0
    switched: bool = False
    left_inbox: bool = False
    changes_cursor: str | None = None
    listing: ListingState = msgspec.field(default_factory=ListingState)
    imported: bool = False
    round: int = 1
    first_round: int = 1
    verify: VerifyState = msgspec.field(default_factory=VerifyState)
    release: ReleaseState = msgspec.field(default_factory=ReleaseState)
    previous_notifications: dict[str, bool] | None = None
    warnings: tuple[Notice, ...] = ()
    refusals: tuple[Notice, ...] = ()
    pause: Notice | None = None
    estimate: Estimate | None = None
    channel_differences: tuple["Difference", ...] = ()
    lock: int = 0

    def __repr__(self) -> str:
        return f"Move({self.move_id!r}, {self.status}, attempt {self.attempt}, {self.phase})"

    @property
    def awaits_recheck(self) -> bool:
        """Whether a sample of what moved is still to be checked."""
        return self.status == "done" and self.takes_history and self.rechecked_at is None

    @property
    def takes_history(self) -> bool:
        """Whether existing conversations move (H-13)."""
        return self.request.history == "all"


class PartRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the history: its file, what is in it, who works on it, and what came of it.

    `attempt` is the fence: a worker of an older attempt cannot claim it any more. `ids` lets a deletion find the part
    that holds a text; `stale_keys` are files beside it that are still to be deleted. Every change of the record has a
    new `revision`.
    """

    number: int
    key: str
    sha256: str
    ids: tuple[str, ...]
    stale_keys: tuple[str, ...] = ()
    revision: int = 0
    attempt: int = 0
    done: bool = False
    done_at: str | None = None
    moved: int = 0
    quarantined: int = 0


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation that could not move, and why; it stays in the inbox and can be tried again alone (X-08)."""

    conversation_id: str
    code: str
    reason: str
    version: int


class MappedId(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What became of one conversation: where it is, its ticket, and the digest and version that were written (X-10).

    `state` is copied, deleted (gone in the source: never made again) or departed (it changed to another channel).
    `revision` is that of the entry as it was read, 0 where there was none: every write of an entry makes a new one.
    `digest` is of the whole conversation, `history_digest` of what no later reply changes (empty in older entries).
    """

    conversation_id: str
    channel_id: str
    move_id: str
    version: int
    state: Literal["copied", "deleted", "departed"]
    digest: bytes = b""
    history_digest: bytes = b""
    target_id: str = ""
    ticket_id: str = ""
    source_ticket_id: str | None = None
    messages: int = 0
    attachments: int = 0
    revision: int = 0


class Difference(msgspec.Struct, frozen=True):
    """A field that is not the same in the help desk. Customers' words appear as digest and length, never as text."""

    id: str
    field: str
    source: str
    target: str
