"""After the order: one account is shared, chat's contacts and methods are kept there, and the old account is closed."""

from collections.abc import Callable
from functools import partial

import msgspec

from deskshift.app.billing_merge.collection import collect_the_rest
from deskshift.app.billing_merge.kept import Kept
from deskshift.app.wiring import Wiring
from deskshift.connectors.billing.ports import BillingSystem
from deskshift.domain.billing.inventory import added_contacts, added_methods
from deskshift.domain.billing.position import position
from deskshift.domain.billing.tasks import Step, not_done, tasks
from deskshift.model.errors import VendorRefused
from deskshift.model.merge import Merge, OperatorTask


def settle(wiring: Wiring, system: BillingSystem, kept: Kept, merge: Merge) -> Merge:
    """Do what follows the order; each call may be repeated, for the ids are the same each time.

    The order cannot be taken back any more, so what the billing system refuses here is left to a person. A cancelled
    chat joins nothing: its account is closed as soon as it is settled.
    """
    name, chat = merge.merge_id, kept.chat
    refused = _Refused()
    if kept.preview.decision != "cancel":
        _join(system, kept, name, refused)
    left: list[OperatorTask] = []
    if kept.preview.order is not None:
        now = system.account(chat.id)
        settled = not now.subscriptions and not any(position([now]).values())
        if not settled:
            refused.unless("collect", chat.number, partial(collect_the_rest, system, kept, merge))
        elif now.status == "active":
            refused.unless("close", chat.number, partial(system.close, chat.id, f"{name}/close"))
        left = tasks(kept.preview, now, settled=settled, owner_transfer=system.offers.owner_transfer)
    return wiring.merges.save(msgspec.structs.replace(merge, tasks=(*left, *refused.tasks)))


def _join(system: BillingSystem, kept: Kept, name: str, refused: "_Refused") -> None:
    support, accounts = kept.support.id, kept.facts.billing.accounts
    for contact in added_contacts(accounts):
        key = f"{name}/contact/{contact.id}"
        refused.unless("keep_contact", contact.id, partial(system.keep_contact, support, contact, key))
    for method in added_methods(accounts):
        key = f"{name}/payment-method/{method.id}"
        refused.unless("keep_payment_method", method.id, partial(system.keep_payment_method, support, method, key))
    refused.unless("share", kept.support.number, partial(system.share, support, f"{name}/share"))


class _Refused:
    """Gathers what the billing system refused, as tasks."""

    def __init__(self) -> None:
        self.tasks: list[OperatorTask] = []

    def unless(self, step: Step, what: str, call: Callable[[], None]) -> None:
        """Make the call; a refusal becomes a task."""
        try:
            call()
        except VendorRefused as error:
            self.tasks.append(not_done(step, what, error.vendor_code))
