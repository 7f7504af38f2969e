"""After the order: one account is shared, chat's contacts and methods are kept there, and the old account is closed."""

from collections.abc import Callable
from functools import partial

import msgspec

from deskshift.app.billing_merge.collection import collect_the_rest
from deskshift.app.billing_merge.kept import Kept
from deskshift.app.billing_merge.keys import outcome_key
from deskshift.app.wiring import Wiring
from deskshift.connectors.billing.ports import BillingSystem
from deskshift.domain.billing.comparison import first_difference
from deskshift.domain.billing.decision import JOINS
from deskshift.domain.billing.inventory import added_contacts, added_methods
from deskshift.domain.billing.position import is_settled
from deskshift.domain.billing.preview import reckoned_outcome
from deskshift.domain.billing.tasks import Step, not_done, posted_otherwise, tasks
from deskshift.model.billing_order import OrderOutcome
from deskshift.model.errors import VendorRefused
from deskshift.model.merge import Merge, OperatorTask


def settle(wiring: Wiring, system: BillingSystem, kept: Kept, merge: Merge) -> Merge:
    """Do what follows the order; each call may be repeated, for the ids are the same each time.

    The order cannot be taken back any more, so what the billing system refuses here is left to a person. A cancelled
    chat joins nothing: its account is closed as soon as it is settled. Where nothing is billed the account is only
    linked (Z-22).
    """
    name, support = merge.merge_id, kept.support
    refused = _Refused()
    if kept.preview.decision in JOINS:
        _join(system, kept, name, refused)
    if kept.preview.decision != "cancel":
        refused.unless("share", support.number, partial(system.share, support.id, f"{name}/share"))
    left: list[OperatorTask] = []
    if kept.preview.order is not None:
        left = [*_otherwise(wiring, kept, merge), *_old_account(system, kept, merge, refused)]
    return wiring.merges.save(msgspec.structs.replace(merge, tasks=(*left, *refused.tasks)))


def _join(system: BillingSystem, kept: Kept, name: str, refused: "_Refused") -> None:
    support, accounts = kept.support.id, kept.facts.billing.accounts
    for contact in added_contacts(accounts):
        key = f"{name}/contact/{contact.id}"
        refused.unless("keep_contact", contact.id, partial(system.keep_contact, support, contact, key))
    for method in added_methods(accounts):
        key = f"{name}/payment-method/{method.id}"
        refused.unless("keep_payment_method", method.id, partial(system.keep_payment_method, support, method, key))


def _old_account(system: BillingSystem, kept: Kept, merge: Merge, refused: "_Refused") -> list[OperatorTask]:
    """Close the chat account, or let what is open on it be collected; gives what is left to people."""
    chat, transfer = kept.chat, system.offers.owner_transfer
    try:
        now = system.account(chat.id)
    except VendorRefused as error:
        refused.tasks.append(not_done("look", chat.number, error.vendor_code))
        return tasks(kept.preview, chat, settled=True, owner_transfer=transfer)
    settled = not now.subscriptions and is_settled(now)
    if not settled:
        refused.unless("collect", chat.number, partial(collect_the_rest, system, kept, merge))
    elif now.status == "active":
        refused.unless("close", chat.number, partial(system.close, chat.id, f"{merge.merge_id}/close"))
    return tasks(kept.preview, now, settled=settled, owner_transfer=transfer)


def _otherwise(wiring: Wiring, kept: Kept, merge: Merge) -> list[OperatorTask]:
    """Compare what was posted with what was approved; what cannot be read back as lines was compared before."""
    outcome = wiring.files.read(outcome_key(merge.account_id, merge.merge_id), OrderOutcome)
    if kept.preview.order is None or outcome is None or not outcome.lines:
        return []
    difference = first_difference(reckoned_outcome(kept.preview.order, kept.facts), outcome)
    return [] if difference is None else [posted_otherwise(difference)]


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
