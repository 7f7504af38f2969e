"""How the chat account's bills are collected: off while the merge is carried out, then as it should be for good."""

import msgspec

from deskshift.app.billing_merge.kept import Kept
from deskshift.app.wiring import Wiring
from deskshift.connectors.billing.ports import BillingSystem
from deskshift.domain.billing.tasks import not_done
from deskshift.model.billing_order import Collection
from deskshift.model.errors import VendorRefused
from deskshift.model.merge import Merge, OperatorTask

OFF = Collection(autopay=False, dunning=False, renewal=False)


def noted(wiring: Wiring, system: BillingSystem, kept: Kept, merge: Merge) -> Merge:
    """Record how the account is collected, before that changes."""
    if merge.collection_before is not None:
        return merge
    chat = system.account(kept.chat.id)
    before = Collection(autopay=chat.autopay, dunning=chat.dunning, renewal=chat.renewal)
    return wiring.merges.save(msgspec.structs.replace(merge, collection_before=before))


def switch_off(system: BillingSystem, kept: Kept, merge: Merge) -> None:
    """Let nothing be collected, chased or renewed meanwhile."""
    system.collect(kept.chat.id, OFF, f"{merge.merge_id}/collection-off")


def restore(system: BillingSystem, kept: Kept, merge: Merge) -> list[OperatorTask]:
    """Let the account be collected as it was, for nothing was merged; what is refused is left to a person."""
    if merge.collection_before is None:
        return []
    try:
        system.collect(kept.chat.id, merge.collection_before, f"{merge.merge_id}/collection-restored")
    except VendorRefused as error:
        return [not_done("restore", kept.chat.number, error.vendor_code)]
    return []


def collect_the_rest(system: BillingSystem, kept: Kept, merge: Merge) -> None:
    """Let what is still open on the account be collected as it was.

    Nothing of it renews, unless the subscription waits there for its owner to be transferred by a person.
    """
    if merge.collection_before is not None:
        before = merge.collection_before
        waits = kept.preview.decision != "cancel" and not system.offers.owner_transfer
        wanted = Collection(autopay=before.autopay, dunning=before.dunning, renewal=before.renewal and waits)
        system.collect(kept.chat.id, wanted, f"{merge.merge_id}/collection-on")


def undo_late(wiring: Wiring, system: BillingSystem, kept: Kept, merge: Merge) -> None:
    """Take back what was switched off so late that the merge has ended meanwhile: nobody comes afterwards to do it."""
    now = wiring.merges.get(merge.account_id, merge.merge_id)
    if now.status == "done" and system.account(kept.chat.id).status == "active":
        collect_the_rest(system, kept, merge)
    elif now.status in {"refused", "failed"}:
        restore(system, kept, merge)
