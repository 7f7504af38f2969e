"""What came of a merge, for an operator and for the letter to the customer."""

import msgspec

from deskshift.domain.billing.preview import Preview
from deskshift.model.merge import LedgerEntry, Merge, MergeStatus, OperatorTask
from deskshift.model.move import Notice


class MergeReport(msgspec.Struct, frozen=True, kw_only=True):
    """The preview as it was approved, who approved it, what became of each line, and what is left to people."""

    account_id: str
    merge_id: str
    status: MergeStatus
    approved_by: str
    finished_at: str | None
    preview: Preview
    ledger: tuple[LedgerEntry, ...]
    tasks: tuple[OperatorTask, ...]
    refusals: tuple[Notice, ...]


def merge_report(preview: Preview, merge: Merge, entries: list[LedgerEntry]) -> MergeReport:
    """Put a merge's report together."""
    return MergeReport(
        account_id=merge.account_id,
        merge_id=merge.merge_id,
        status=merge.status,
        approved_by=merge.request.approved_by,
        finished_at=merge.finished_at,
        preview=preview,
        ledger=tuple(entries),
        tasks=merge.tasks,
        refusals=merge.refusals,
    )
