"""End a merge: take back what can be taken back, write ledger and report, then its status."""

import msgspec

from deskshift.app.billing_merge.collection import restore
from deskshift.app.billing_merge.kept import Kept
from deskshift.app.billing_merge.keys import report_key
from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.app.metrics import Metric, count
from deskshift.app.wiring import Wiring
from deskshift.connectors.billing.ports import BillingSystem
from deskshift.domain.billing.ledger import ledger
from deskshift.domain.billing.merge_report import merge_report
from deskshift.model.merge import LedgerEntry, Merge, MergeStatus
from deskshift.model.move import Notice


def ended(wiring: Wiring, system: BillingSystem, kept: Kept, merge: Merge, why: list[Notice]) -> Merge:
    """End a merge whose order was not carried out: the chat account is collected as before.

    It is refused if its turn never came, failed if the billing system refused it. That it ends so is recorded first,
    for somebody else may have claimed it meanwhile.

    Raises:
        LateWriter: somebody has.
    """
    status: MergeStatus = "refused" if merge.claimed_at is None else "failed"
    if merge.ending is None:
        merge = wiring.merges.save(msgspec.structs.replace(merge, ending=status, refusals=tuple(why)))
    left = tuple(restore(system, kept, merge))
    over = msgspec.structs.replace(merge, status=status, finished_at=wiring.now(), collection_before=None, tasks=left)
    entries = ledger(kept.preview, posted=False, reason=why[0].message)
    over = _written(wiring, kept, over, entries)
    count(Metric.MERGES_REFUSED)
    logger.warning(Event.MERGE_REFUSED, extra={"status": status, "error_code": why[0].code})
    return over


def done(wiring: Wiring, kept: Kept, merge: Merge) -> Merge:
    """End a merge that was carried out."""
    over = msgspec.structs.replace(merge, status="done", finished_at=wiring.now())
    over = _written(wiring, kept, over, ledger(kept.preview, posted=True))
    count(Metric.MERGES_DONE)
    logger.info(Event.MERGE_DONE, extra={"decision": kept.preview.decision, "tasks": [t.code for t in over.tasks]})
    return over


def _written(wiring: Wiring, kept: Kept, over: Merge, entries: list[LedgerEntry]) -> Merge:
    """Write ledger and report before the status: whoever sees the end finds both."""
    wiring.merges.write_ledger(over.account_id, over.merge_id, entries)
    report = merge_report(kept.preview, over, entries)
    wiring.files.put(report_key(over.account_id, over.merge_id), msgspec.json.encode(report))
    return wiring.merges.save(over)
