"""The billing details that two accounts can have in common (Z-22): which of them differ."""

from deskshift.domain.billing.periods import Series
from deskshift.model.billing import BillingAccount, Contact, PaymentMethod, Subscription


def differing(chat: tuple[BillingAccount, Subscription], support: tuple[BillingAccount, Subscription]) -> list[str]:
    """Name the details that differ, by the names that a preview shows.

    Anchors are the same if the periods are: 31 January and 31 March are, for months.

    Args:
        chat: the chat product's account and subscription.
        support: the support product's.
    """
    mine, theirs = _details(*chat), _details(*support)
    return [name for name, value in mine.items() if value != theirs[name]]


def payment_method(account: BillingAccount) -> PaymentMethod | None:
    """Give the method that an account pays by."""
    return next((one for one in account.payment_methods if one.id == account.payment_method_id), None)


def normalised(contact: Contact) -> tuple[str, str]:
    """Bring a contact into the form in which two are the same one: role, and address without case and blanks."""
    return contact.role, contact.email.strip().casefold()


def _details(account: BillingAccount, subscription: Subscription) -> dict[str, object]:
    method = payment_method(account)
    return {
        "currency": account.currency,
        "cycle": subscription.cycle,
        "anchor": Series(subscription.anchor, subscription.cycle).phase,
        "term": subscription.term.months,
        "term_end": subscription.term.end,
        "payment_method": None if method is None else method.gateway_id,
        "contacts": frozenset(normalised(contact) for contact in account.contacts if contact.active),
        "legal_entity": " ".join(account.legal_entity.split()).casefold(),
        "tax_id": "".join((account.tax_id or "").split()).casefold(),
    }
