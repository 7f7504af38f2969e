"""Contacts and payment methods of both accounts, without doubles: support's count, chat's are kept inactive."""

from collections.abc import Iterable, Iterator

import msgspec

from deskshift.domain.billing.details import normalised
from deskshift.model.billing import BillingAccount, Contact, PaymentMethod


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """What the shared account has: ids of what is there already (`kept`), and of chat's what is added, inactive.

    `doubles` are chat's that the shared account has already, under the id given.
    """

    kept: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    doubles: dict[str, str] = msgspec.field(default_factory=dict)


def inventory(accounts: Iterable[BillingAccount]) -> Inventory:
    """Tell what becomes of contacts and payment methods, by their ids."""
    every = list(accounts)
    contacts = [one.id for one in added_contacts(every)]
    methods = [one.id for one in added_methods(every)]
    support = [one for one in every if one.product == "support"]
    theirs = {one for account in support for one in _ids(account)}
    doubles = {one: same for account in every if account.product == "chat" for one, same in _doubles(account, support)}
    return Inventory(kept=tuple(sorted(theirs)), added=tuple(sorted([*contacts, *methods])), doubles=doubles)


def added_contacts(accounts: Iterable[BillingAccount]) -> list[Contact]:
    """Give chat's contacts that support does not have, inactive; two are the same by role and address."""
    every = list(accounts)
    known = {normalised(one) for account in every if account.product == "support" for one in account.contacts}
    found: dict[tuple[str, str], Contact] = {}
    for account in every:
        if account.product == "chat":
            for one in account.contacts:
                if normalised(one) not in known:
                    found.setdefault(normalised(one), msgspec.structs.replace(one, active=False))
    return list(found.values())


def added_methods(accounts: Iterable[BillingAccount]) -> list[PaymentMethod]:
    """Give chat's payment methods that support does not have, inactive; two are the same by the gateway's id alone."""
    every = list(accounts)
    known = {one.gateway_id for account in every if account.product == "support" for one in account.payment_methods}
    found: dict[str, PaymentMethod] = {}
    for account in every:
        if account.product == "chat":
            for one in account.payment_methods:
                if one.gateway_id not in known:
                    found.setdefault(one.gateway_id, msgspec.structs.replace(one, active=False))
    return list(found.values())


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
