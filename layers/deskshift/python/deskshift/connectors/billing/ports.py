"""What deskshift needs of a billing system. Errors are those of every port: `VendorUnavailable`, `VendorRefused`."""

from typing import Protocol

import msgspec

from deskshift.model.billing import Billing, BillingAccount, Contact, PaymentMethod
from deskshift.model.billing_order import Collection, Order, OrderOutcome


class BillingOffers(msgspec.Struct, frozen=True, kw_only=True):
    """What a billing system's API has.

    `owner_transfer`: a subscription can be given to another account by a call; without it that is an operator's task.
    `previews`: it reckons an order's lines without posting them. `moves_credits`: what of an account's credits is on no
    invoice goes with its subscription to an account of the same currency.
    """

    owner_transfer: bool
    previews: bool
    moves_credits: bool


class BillingSystem(Protocol):
    """The billing of one customer's account. Every call may be repeated: an order is posted once for its number."""

    @property
    def offers(self) -> BillingOffers:
        """Declare what the API has."""
        ...

    def read(self) -> Billing:
        """Read everything that a merge is decided by."""
        ...

    def account(self, account_id: str) -> BillingAccount:
        """Read one billing account."""
        ...

    def preview(self, order: Order) -> OrderOutcome:
        """Let the billing system reckon the order's lines; nothing is changed."""
        ...

    def place(self, order: Order, idempotency_key: str) -> OrderOutcome:
        """Carry the order out; the same number again gives what the first one did.

        Raises:
            VendorRefused: it cannot be carried out, or the number was used for another order.
        """
        ...

    def placed(self, number: str) -> OrderOutcome | None:
        """Find an order by its number; None if there is none."""
        ...

    def collect(self, account_id: str, wanted: Collection, idempotency_key: str) -> None:
        """Switch an account's autopay, dunning and renewal."""
        ...

    def keep_contact(self, account_id: str, contact: Contact, idempotency_key: str) -> None:
        """Add a contact to an account, or replace the one of the same id."""
        ...

    def keep_payment_method(self, account_id: str, method: PaymentMethod, idempotency_key: str) -> None:
        """Add a payment method to an account, or replace the one of the same id."""
        ...

    def share(self, account_id: str, idempotency_key: str) -> None:
        """Make a billing account the one that both products share."""
        ...

    def close(self, account_id: str, idempotency_key: str) -> None:
        """Close a billing account that has nothing left."""
        ...
