"""The billing port over the platform's contract."""

import msgspec

from deskshift.connectors.billing.ports import BillingOffers
from deskshift.connectors.http import VendorClient, decoded, segment
from deskshift.model.billing import Billing, BillingAccount, Contact, PaymentMethod
from deskshift.model.billing_order import Collection, Order, OrderOutcome

_BASE = "/v1/billing"
_NOT_FOUND = 404


class PlatformBilling:
    """The billing of one account of a platform that serves the contract; fits `BillingSystem`.

    Every write is a PUT, or is known by the order's number: it may be sent again, and the key is for the platform's own
    records.
    """

    def __init__(self, client: VendorClient) -> None:
        self._client = client

    @property
    def offers(self) -> BillingOffers:
        """The contract has everything."""
        return BillingOffers(owner_transfer=True, previews=True, moves_credits=True)

    def read(self) -> Billing:
        """Read everything that a merge is decided by."""
        return self._client.json("GET", _BASE, Billing)

    def account(self, account_id: str) -> BillingAccount:
        """Read one billing account."""
        return self._client.json("GET", _account(account_id), BillingAccount)

    def preview(self, order: Order) -> OrderOutcome:
        """Let the platform reckon the order's lines."""
        return self._client.json("POST", f"{_BASE}/orders/preview", OrderOutcome, body=order)

    def place(self, order: Order, idempotency_key: str) -> OrderOutcome:
        """Carry the order out, once for its number."""
        path = f"{_BASE}/orders"
        got = self._send("POST", path, order, idempotency_key)
        return decoded(got, OrderOutcome, "POST", path)

    def placed(self, number: str) -> OrderOutcome | None:
        """Find an order by its number."""
        path = f"{_BASE}/orders/{segment(number)}"
        got = self._client.call("GET", path, allow=frozenset({_NOT_FOUND}))
        return None if got.status == _NOT_FOUND else decoded(got.body, OrderOutcome, "GET", path)

    def collect(self, account_id: str, wanted: Collection, idempotency_key: str) -> None:
        """Switch autopay, dunning and renewal."""
        self._send("PUT", f"{_account(account_id)}/collection", wanted, idempotency_key)

    def keep_contact(self, account_id: str, contact: Contact, idempotency_key: str) -> None:
        """Add or replace a contact."""
        self._send("PUT", f"{_account(account_id)}/contacts/{segment(contact.id)}", contact, idempotency_key)

    def keep_payment_method(self, account_id: str, method: PaymentMethod, idempotency_key: str) -> None:
        """Add or replace a payment method."""
        self._send("PUT", f"{_account(account_id)}/payment-methods/{segment(method.id)}", method, idempotency_key)

    def share(self, account_id: str, idempotency_key: str) -> None:
        """Make a billing account the shared one."""
        self._send("PUT", f"{_BASE}/shared-account", {"account_id": account_id}, idempotency_key)

    def close(self, account_id: str, idempotency_key: str) -> None:
        """Close a billing account."""
        self._send("POST", f"{_account(account_id)}/close", None, idempotency_key)

    def _send(self, method: str, path: str, body: object, idempotency_key: str) -> bytes:
        sent = None if body is None else msgspec.json.encode(body)
        return self._client.call(method, path, body=sent, headers={"idempotency-key": idempotency_key}).body


def _account(account_id: str) -> str:
    return f"{_BASE}/accounts/{segment(account_id)}"
