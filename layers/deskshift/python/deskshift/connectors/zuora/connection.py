"""How one customer's billing is found in a Zuora tenant, and what the tenant has."""

import msgspec

from deskshift.model.billing import Contract, Price, Product


class CustomFields(msgspec.Struct, frozen=True, kw_only=True):
    """Names of the custom fields that the tenant has for what Zuora itself has no field for; text, "Yes" or "No".

    `dunning_paused`, of accounts: tells the tenant's dunning to leave the account alone. `closed`, of accounts: Zuora's
    calls cannot cancel an account, so an empty one is marked. `renewal_paused`, of subscriptions: tells one whose
    renewal is switched off with its account from one that never renews.
    """

    dunning_paused: str = "DunningPaused__c"
    closed: str = "Closed__c"
    renewal_paused: str = "RenewalPaused__c"


class ZuoraConnection(msgspec.Struct, frozen=True, kw_only=True):
    """The billing accounts of one customer.

    `accounts` gives each product's account number. `time_zone` (IANA) is the one that the tenant bills in. Price list
    and contracts are not part of Zuora's account, so they come with the connection; `Price.plan` is a rate plan's name.
    `owner_transfer` says that Zuora has enabled Owner Transfer for the tenant, which is of limited availability.
    """

    account_id: str
    time_zone: str
    locale: str
    accounts: dict[Product, str]
    prices: tuple[Price, ...] = ()
    contracts: tuple[Contract, ...] = ()
    owner_transfer: bool = False
    fields: CustomFields = CustomFields()
