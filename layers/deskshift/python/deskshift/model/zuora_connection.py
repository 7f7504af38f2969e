"""How one customer's billing is reached in a Zuora tenant, how it is found there, and what the tenant has."""

import msgspec

from deskshift.model.billing import Contract, Price, Product


class CustomFields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names of the custom fields that the tenant has for what Zuora itself has no field for; text, "Yes" or "No".

    `dunning_paused`, of accounts: tells the tenant's dunning to leave the account alone. `closed`, of accounts: Zuora's
    calls cannot cancel an account, so an empty one is marked. `renewal_paused`, of subscriptions: tells one whose
    renewal is switched off with its account from one that never renews.
    """

    dunning_paused: str = "DunningPaused__c"
    closed: str = "Closed__c"
    renewal_paused: str = "RenewalPaused__c"


class ZuoraTenant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator says of the billing accounts of one customer.

    `base_url` is the tenant's REST endpoint without a path. `chat_account` and `support_account` are account numbers;
    None where the customer has no account for that product. `time_zone` (IANA) is the one that the tenant bills in.
    Price list and contracts are not part of Zuora's account, so they come with the connection; `Price.plan` is a rate
    plan's name. `owner_transfer` says that Zuora has enabled Owner Transfer for the tenant, which is of limited
    availability. `requests_per_second` is what deskshift may take of the tenant's budget for this customer; timeouts
    are seconds.
    """

    base_url: str
    time_zone: str
    locale: str
    chat_account: str | None = None
    support_account: str | None = None
    prices: tuple[Price, ...] = ()
    contracts: tuple[Contract, ...] = ()
    owner_transfer: bool = False
    fields: CustomFields = CustomFields()
    requests_per_second: float = 10.0
    connect_timeout: float = 3.0
    read_timeout: float = 30.0

    @property
    def accounts(self) -> dict[Product, str]:
        """Each product's account number."""
        given: tuple[tuple[Product, str | None], ...] = (("chat", self.chat_account), ("support", self.support_account))
        return {product: number for product, number in given if number is not None}


class ZuoraConnection(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's tenant and where its OAuth client's id and secret lie; they are named by ARN, never held."""

    account_id: str
    secret_arn: str
    tenant: ZuoraTenant
