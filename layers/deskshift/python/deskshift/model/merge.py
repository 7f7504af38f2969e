"""A billing merge: what was asked for, where it stands, and what became of every line."""

from typing import Literal

import msgspec

from deskshift.model.billing_order import Collection
from deskshift.model.move import Notice

ChoiceKind = Literal["none", "cancel", "co_term"]
MergeStatus = Literal["running", "done", "refused", "failed"]
"""`refused`: nothing was changed. `failed`: what was changed before the irreversible step was taken back."""


class PreviewRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a preview is asked for; times are RFC 3339 in UTC to the second.

    `upgrade_at` is when the upgrade is scheduled, or its local date alone: the date decides (Z-53). `chosen_at` is
    when the customer made the choice; None where there is none. `edition` None means the newest policy.
    """

    request_id: str
    account_id: str
    requested_by: str
    upgrade_at: str
    choice: ChoiceKind = "none"
    chosen_at: str | None = None
    edition: str | None = None


class StoredPreview(msgspec.Struct, frozen=True, kw_only=True):
    """A preview as it is kept until it expires; the whole of it, and the facts that it rests on, are in the bucket."""

    account_id: str
    preview_id: str
    merge_id: str
    request: PreviewRequest
    decision: str
    made_at: str
    expires_at: str
    lines: int
    edition: str
    policy_version: int


class MergeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request to carry out a preview; the body of a queue message.

    `upgrade_passed` says that the upgrade's checks passed: what is decided after the deadline is posted only then.
    `forced` passes over the quiet time before a renewal run.
    """

    request_id: str
    account_id: str
    preview_id: str
    approved_by: str
    upgrade_passed: bool = False
    forced: bool = False


class OperatorTask(msgspec.Struct, frozen=True, kw_only=True):
    """Something that no API can do, or that money forbids to do by itself: a person does it."""

    code: str
    what: str
    what_to_do: str


class LedgerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one line of the preview.

    `moved`: it was posted, or is billed later as the preview says. `skipped`: it stays where it is, for a reason.
    `failed`: the merge did not come to it.
    """

    line: int
    outcome: Literal["moved", "skipped", "failed"]
    amount_minor: int
    currency: str
    document: str
    reason: str


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A request to merge that was refused, and why: sent again it has the same result."""

    request: MergeRequest
    refusals: tuple[Notice, ...]


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    """The record of a merge; `lock` makes a late writer lose.

    `collection_before` is how the chat account's bills were collected, recorded before that is switched off, and None
    again once it is restored. `claimed_at` is set before the irreversible step, `posted_at` after it (the order's
    lines are a file). `ending` is how a merge will end that is not carried out, recorded before anything is taken
    back: whoever claims or ends it first wins. `earlier` are requests of it that were refused before `request` came.
    """

    account_id: str
    merge_id: str
    request: MergeRequest
    status: MergeStatus
    created_at: str
    finished_at: str | None = None
    collection_before: Collection | None = None
    claimed_at: str | None = None
    ending: MergeStatus | None = None
    posted_at: str | None = None
    tasks: tuple[OperatorTask, ...] = ()
    refusals: tuple[Notice, ...] = ()
    earlier: tuple[Refused, ...] = ()
    lock: int = 0
