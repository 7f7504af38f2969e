"""After the order: one account is shared, chat's contacts and methods are kept there, and the old account is closed."""

import msgspec

from deskshift.app.billing_merge.collection import collect_the_rest
from deskshift.app.billing_merge.kept import Kept
from deskshift.app.wiring import Wiring
from deskshift.connectors.billing.ports import BillingSystem
from deskshift.domain.billing.inventory import added_contacts, added_methods
from deskshift.domain.billing.position import position
from deskshift.domain.billing.tasks import tasks
from deskshift.model.merge import Merge


def settle(wiring: Wiring, system: BillingSystem, kept: Kept, merge: Merge) -> Merge:
    """Do what follows the order; each call may be repeated, for the ids are the same each time.

    A cancelled chat joins nothing: its account is closed as soon as it is settled.
    """
    name, support, chat = merge.merge_id, kept.support, kept.chat
    if kept.preview.decision != "cancel":
        accounts = kept.facts.billing.accounts
        for contact in added_contacts(accounts):
            system.keep_contact(support.id, contact, f"{name}/contact/{contact.id}")
        for method in added_methods(accounts):
            system.keep_payment_method(support.id, method, f"{name}/payment-method/{method.id}")
        system.share(support.id, f"{name}/share")
    if kept.preview.order is None:
        return merge
    now = system.account(chat.id)
    settled = not now.subscriptions and not any(position([now]).values())
    if settled:
        if now.status == "active":
            system.close(chat.id, f"{name}/close")
    else:
        collect_the_rest(system, kept, merge)
    left = tasks(kept.preview, [] if settled else [chat.number], owner_transfer=system.offers.owner_transfer)
    return wiring.merges.save(msgspec.structs.replace(merge, tasks=tuple(left)))
