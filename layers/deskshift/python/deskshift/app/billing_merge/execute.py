"""Carry a preview out: checked, with one irreversible step that is claimed before and recorded after."""

from datetime import timedelta

import msgspec

from deskshift.app.billing_merge.check import checked
from deskshift.app.billing_merge.collection import noted, switch_off, undo_late
from deskshift.app.billing_merge.ending import done, ended
from deskshift.app.billing_merge.kept import Kept, kept_preview
from deskshift.app.billing_merge.keys import outcome_key
from deskshift.app.billing_merge.settle import settle
from deskshift.app.events import Event
from deskshift.app.log import logger, working_on
from deskshift.app.wiring import Wiring
from deskshift.connectors.billing.ports import BillingSystem
from deskshift.domain.billing import refusals
from deskshift.domain.billing.attempts import recorded, same_preview, tried_again
from deskshift.domain.billing.choices import instant
from deskshift.model.errors import LateWriter, VendorRefused
from deskshift.model.merge import Merge, MergeRequest

CLAIM_LASTS = timedelta(minutes=15)
"""How long a Lambda function may run at most (docs.aws.amazon.com, lambda/latest/dg/configuration-timeout.html)."""


def execute(wiring: Wiring, request: MergeRequest) -> Merge:
    """Carry out the preview that a request names, once however often it is asked for; gives the record of its end.

    Before the claim everything can be taken back. After it the order is looked up by its number before it is placed, so
    that a run that died in between goes on where it was.

    A refused merge changed nothing: a request with another id tries it again; with the same one it has the same end.

    Raises:
        UnknownPreview: the account has no such preview.
        RequestDiffers: its id was used for another request before.
        AnotherPreviewCounts: the merge was carried out with another preview.
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
        return _carried_on(wiring, wiring.merges.save(tried_again(merge, request)))
    return own or same_preview(merge, request)


def _carried_on(wiring: Wiring, merge: Merge) -> Merge:
    """Go on with what is recorded, which may be another request's than the one that woke us."""
    kept = kept_preview(wiring, wiring.merges.preview(merge.account_id, merge.request.preview_id))
    system = wiring.billing(merge.account_id)
    if merge.claimed_at is None:
        merge = _up_to_the_claim(wiring, system, kept, merge)
    if merge.status == "running" and merge.ending is not None:
        return ended(wiring, system, kept, merge, list(merge.refusals))
    if merge.status == "running" and merge.posted_at is None:
        merge = _ordered(wiring, system, kept, merge)
    return merge if merge.status != "running" else done(wiring, kept, settle(wiring, system, kept, merge))


def _up_to_the_claim(wiring: Wiring, system: BillingSystem, kept: Kept, merge: Merge) -> Merge:
    why = list(merge.refusals) if merge.ending is not None else checked(wiring, system, kept, merge)
    if why:
        return ended(wiring, system, kept, merge, why)
    if kept.preview.order is not None:
        try:
            merge = noted(wiring, system, kept, merge)
            switch_off(system, kept, merge)
        except VendorRefused as error:
            # With the record as it was read: if somebody has claimed it meanwhile, this end loses.
            return ended(wiring, system, kept, merge, [refusals.vendor_refused_before(error.vendor_code)])
    try:
        claimed = wiring.merges.save(msgspec.structs.replace(merge, claimed_at=wiring.now()))
    except LateWriter:
        undo_late(wiring, system, kept, merge)
        raise
    logger.info(Event.MERGE_CLAIMED, extra={"decision": kept.preview.decision})
    return claimed


def _ordered(wiring: Wiring, system: BillingSystem, kept: Kept, merge: Merge) -> Merge:
    """Place the order, or find it placed; gives the merge as posted, or ended if it may not be placed (any more).

    Days may have passed since the claim: what was checked before it is checked again, unless the order is there.
    """
    order = kept.preview.order
    if order is None:
        return merge
    outcome = system.placed(order.number)
    if outcome is None:
        why = checked(wiring, system, kept, merge) if _is_old(wiring, merge) else []
        if why:
            return ended(wiring, system, kept, merge, why)
        try:
            outcome = system.place(order, f"{merge.merge_id}/order")
        except VendorRefused as error:
            return ended(wiring, system, kept, merge, [refusals.vendor_refused(error.vendor_code)])
    wiring.files.put(outcome_key(merge.account_id, merge.merge_id), msgspec.json.encode(outcome))
    return wiring.merges.save(msgspec.structs.replace(merge, posted_at=outcome.posted_at or wiring.now()))


def _is_old(wiring: Wiring, merge: Merge) -> bool:
    """Say whether whoever claimed the order is surely gone; until then they may place it, and nobody may end it."""
    return merge.claimed_at is not None and instant(merge.claimed_at) + CLAIM_LASTS < wiring.clock()
