"""Contacts and payment methods of both accounts, without doubles: support's count, chat's are kept inactive."""

import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from deskshift.domain.billing.details import normalised
from deskshift.model.billing import BillingAccount, Contact, PaymentMethod

_ID_LENGTH = 24


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """What the shared account has: ids of what is there already (`kept`), and of chat's what is added, inactive.

    `doubles` are chat's that the shared account has already, under the id given. `taken_over` says of what support has
    none, so that chat's stay active: "contacts", "payment_method".
    """

    kept: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    doubles: dict[str, str] = msgspec.field(default_factory=dict)
    taken_over: tuple[str, ...] = ()


def inventory(accounts: Iterable[BillingAccount], *, joins: bool) -> Inventory:
    """Tell what becomes of contacts and payment methods, by their ids.

    Args:
        accounts: both.
        joins: whether chat joins support; of an account that is only linked, or cancelled, nothing is added.
    """
    every = list(accounts)
    contacts, methods = (added_contacts(every), added_methods(every)) if joins else ([], [])
    support = [one for one in every if one.product == "support"]
    theirs = {one for account in support for one in _ids(account)}
    doubles = {one: same for account in every if account.product == "chat" for one, same in _doubles(account, support)}
    return Inventory(
        kept=tuple(sorted(theirs)),
        added=tuple(sorted([*(one.id for one in contacts), *(one.id for one in methods)])),
        doubles=doubles,
        taken_over=tuple(_taken_over(contacts, methods)),
    )


def added_contacts(accounts: Iterable[BillingAccount]) -> list[Contact]:
    """Give chat's contacts that support does not have; two are the same by role and address.

    They are inactive, unless support has none of its own: somebody has to be written to.
    Where support has another contact under the same id, chat's gets one of its own: nothing of support's is replaced.
    """
    every = list(accounts)
    support = [one for account in every if account.product == "support" for one in account.contacts]
    known, taken = {normalised(one) for one in support}, {one.id for one in support}
    alone = not any(one.active for one in support)
    found: dict[tuple[str, str], Contact] = {}
    for account in (one for one in every if one.product == "chat"):
        for contact in account.contacts:
            if normalised(contact) not in known:
                own = _free(contact.id, account, taken)
                new = msgspec.structs.replace(contact, id=own, active=alone and contact.active)
                found.setdefault(normalised(contact), new)
    return list(found.values())


def added_methods(accounts: Iterable[BillingAccount]) -> list[PaymentMethod]:
    """Give chat's payment methods that support does not have; two are the same by the gateway's id alone.

    They are inactive, unless support has none of its own: something has to pay.
    Where support has another method under the same id, chat's gets one of its own: nothing of support's is replaced.
    """
    every = list(accounts)
    support = [one for account in every if account.product == "support" for one in account.payment_methods]
    known, taken = {one.gateway_id for one in support}, {one.id for one in support}
    alone = not any(one.active for one in support)
    found: dict[str, PaymentMethod] = {}
    for account in (one for one in every if one.product == "chat"):
        for method in account.payment_methods:
            if method.gateway_id not in known:
                own = _free(method.id, account, taken)
                new = msgspec.structs.replace(method, id=own, active=alone and method.active)
                found.setdefault(method.gateway_id, new)
    return list(found.values())


def _taken_over(contacts: Iterable[Contact], methods: Iterable[PaymentMethod]) -> Iterator[str]:
    if any(one.active for one in contacts):
        yield "contacts"
    if any(one.active for one in methods):
        yield "payment_method"


def _free(own: str, account: BillingAccount, taken: set[str]) -> str:
    """Give an id that support has not given to something else; the same one each time."""
    if own not in taken:
        return own
    digest = hashlib.sha256(f"{account.id}\0{own}".encode()).hexdigest()[:_ID_LENGTH]
    return f"chat-{digest}"


def _ids(account: BillingAccount) -> list[str]:
    return [*(one.id for one in account.contacts), *(one.id for one in account.payment_methods)]


def _doubles(chat: BillingAccount, support: list[BillingAccount]) -> Iterator[tuple[str, str]]:
    for account in support:
        contacts = {normalised(one): one.id for one in account.contacts}
        methods = {one.gateway_id: one.id for one in account.payment_methods}
        for contact in chat.contacts:
            if normalised(contact) in contacts:
                yield contact.id, contacts[normalised(contact)]
        for method in chat.payment_methods:
            if method.gateway_id in methods:
                yield method.id, methods[method.gateway_id]
