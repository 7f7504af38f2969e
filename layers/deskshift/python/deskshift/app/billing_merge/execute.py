"""Carry a preview out: checked, with one irreversible step that is claimed before and recorded after."""

import msgspec

from deskshift.app.billing_merge.check import checked
from deskshift.app.billing_merge.collection import switch_off, undo_late
from deskshift.app.billing_merge.ending import done, ended
from deskshift.app.billing_merge.kept import Kept, kept_preview
from deskshift.app.billing_merge.keys import outcome_key
from deskshift.app.billing_merge.settle import settle
from deskshift.app.events import Event
from deskshift.app.log import logger, working_on
from deskshift.app.wiring import Wiring
from deskshift.connectors.billing.ports import BillingSystem
from deskshift.domain.billing import refusals
from deskshift.domain.billing.attempts import recorded, tried_again
from deskshift.model.errors import LateWriter, VendorRefused
from deskshift.model.merge import Merge, MergeRequest


def execute(wiring: Wiring, request: MergeRequest) -> Merge:
    """Carry out the preview that a request names, once however often it is asked for; gives the record of its end.

    Before the claim everything can be taken back. After it the order is looked up by its number before it is placed, so
    that a run that died in between goes on where it was.

    A refused merge changed nothing: a request with another id tries it again; with the same one it has the same end.

    Raises:
        UnknownPreview: the account has no such preview.
        RequestDiffers: its id was used for another request before.
        VendorUnavailable: the billing system does not answer; what has been done stays, and the next run goes on.
        LateWriter: another run works on it at the same time.
    """
    stored = wiring.merges.preview(request.account_id, request.preview_id)
    working_on(stored.merge_id, account_id=request.account_id)
    merge = wiring.merges.create(
        Merge(
            account_id=request.account_id,
            merge_id=stored.merge_id,
            request=request,
            status="running",
            created_at=wiring.now(),
        )
    )
    own = recorded(merge, request)
    if merge.status == "running":
        merge = _carried_on(wiring, merge)
        own = recorded(merge, request)
    if own is None and merge.status == "refused":
        merge = own = _carried_on(wiring, wiring.merges.save(tried_again(merge, request)))
    return own or merge


def _carried_on(wiring: Wiring, merge: Merge) -> Merge:
    """Go on with what is recorded, which may be another request's than the one that woke us."""
    kept = kept_preview(wiring, wiring.merges.preview(merge.account_id, merge.request.preview_id))
    system = wiring.billing(merge.account_id)
    if merge.claimed_at is None:
        merge = _up_to_the_claim(wiring, system, kept, merge)
    if merge.status != "running":
        return merge
    return _from_the_claim_on(wiring, system, kept, merge)


def _up_to_the_claim(wiring: Wiring, system: BillingSystem, kept: Kept, merge: Merge) -> Merge:
    why = list(merge.refusals) if merge.ending is not None else checked(wiring, system, kept, merge)
    if why:
        return ended(wiring, system, kept, merge, why)
    if kept.preview.order is not None:
        try:
            merge = switch_off(wiring, system, kept, merge)
        except VendorRefused as error:
            now = wiring.merges.get(merge.account_id, merge.merge_id)
            return ended(wiring, system, kept, now, [refusals.vendor_refused_before(error.vendor_code)])
    try:
        claimed = wiring.merges.save(msgspec.structs.replace(merge, claimed_at=wiring.now()))
    except LateWriter:
        undo_late(wiring, system, kept, merge)
        raise
    logger.info(Event.MERGE_CLAIMED, extra={"decision": kept.preview.decision})
    return claimed


def _from_the_claim_on(wiring: Wiring, system: BillingSystem, kept: Kept, merge: Merge) -> Merge:
    order = kept.preview.order
    if merge.ending is not None:
        return ended(wiring, system, kept, merge, list(merge.refusals))
    if order is not None and merge.posted_at is None:
        try:
            outcome = system.placed(order.number) or system.place(order, f"{merge.merge_id}/order")
        except VendorRefused as error:
            return ended(wiring, system, kept, merge, [refusals.vendor_refused(error.vendor_code)])
        wiring.files.put(outcome_key(merge.account_id, merge.merge_id), msgspec.json.encode(outcome))
        merge = wiring.merges.save(msgspec.structs.replace(merge, posted_at=outcome.posted_at or wiring.now()))
    return done(wiring, kept, settle(wiring, system, kept, merge))
