"""The billing port over Zuora."""

from datetime import UTC, datetime
from http import HTTPStatus
from zoneinfo import ZoneInfo

from deskshift.connectors.billing.ports import BillingOffers
from deskshift.connectors.http import segment
from deskshift.connectors.zuora.accounts import Accounts
from deskshift.connectors.zuora.answers import OrderAnswer, OrderHead, PlacedAnswer, PreviewAnswer
from deskshift.connectors.zuora.changes import Changes
from deskshift.connectors.zuora.client import ZuoraClient
from deskshift.connectors.zuora.orders import (
    ORDERS,
    PREVIEW,
    Involved,
    Json,
    actions_of,
    order_request,
    preview_request,
)
from deskshift.connectors.zuora.outcomes import outcome
from deskshift.model.billing import Billing, BillingAccount, Contact, PaymentMethod
from deskshift.model.billing_order import Collection, Order, OrderOutcome
from deskshift.model.errors import VendorAnswerInvalid, VendorRefused, VendorUnavailable
from deskshift.model.zuora_connection import ZuoraTenant

_UNDER_WAY = frozenset({"Draft", "Pending", "Scheduled", "Executing"})


class ZuoraBilling:
    """The billing of one customer in a Zuora tenant; fits `BillingSystem`.

    Zuora forgets an idempotency key after a day, so an order is looked up by its number before it is placed, and again
    if the answer was lost. What Zuora posted for an order cannot be read back as lines: the outcome of an order that
    was carried out has none, and what was agreed is its preview.
    """

    def __init__(self, client: ZuoraClient, account_id: str, tenant: ZuoraTenant) -> None:
        self._client = client
        self._account_id = account_id
        self._tenant = tenant
        self._accounts = Accounts(client, tenant)
        self._changes = Changes(client, self._accounts, tenant.fields)

    @property
    def offers(self) -> BillingOffers:
        """Owner Transfer is of limited availability; without it the order leaves the subscription where it is."""
        return BillingOffers(owner_transfer=self._tenant.owner_transfer, previews=True, moves_credits=False)

    def read(self) -> Billing:
        """Read the customer's accounts; prices and contracts are the connection's."""
        keys = self._tenant.accounts.values()
        shared = [parent for key in keys if (parent := self._accounts.head(key).info.parent_id) is not None]
        accounts = tuple(self._accounts.read(key) for key in keys)
        return Billing(
            account_id=self._account_id,
            time_zone=self._tenant.time_zone,
            locale=self._tenant.locale,
            shared_account_id=next((one.id for one in accounts if one.id in shared), None),
            accounts=accounts,
            prices=self._tenant.prices,
            contracts=self._tenant.contracts,
        )

    def account(self, account_id: str) -> BillingAccount:
        """Read one billing account."""
        return self._accounts.read(account_id)

    def preview(self, order: Order) -> OrderOutcome:
        """Let Zuora reckon the order's lines; it changes nothing, so it needs no key."""
        involved = self._involved(order)
        body = preview_request(order, involved)
        if body is None:
            return OrderOutcome(number=order.number, lines=(), tax=())
        accounts = {one: self._accounts.read(one) for one in {change.account_id for change in order.changes}}
        answer = self._client.post(PREVIEW, PreviewAnswer, body)
        return outcome(order, answer.preview_result, involved.reads, accounts)

    def place(self, order: Order, idempotency_key: str) -> OrderOutcome:
        """Carry the order out, once for its number.

        Raises:
            VendorRefused: Zuora cannot carry it out, or the number or the key was used for another order.
            VendorUnavailable: it is being worked on, or Zuora did not answer and has no such order.
        """
        held = self._held(order.number)
        if held is not None:
            return self._same(held, order)
        body = order_request(order, self._involved(order))
        if body is None:
            return OrderOutcome(number=order.number, lines=(), tax=(), posted_at=f"{order.effective}")
        try:
            self._client.post(ORDERS, PlacedAnswer, body, idempotency_key)
        except VendorUnavailable:
            held = self._held(order.number)
            if held is None:
                raise
            return self._same(held, order, body)
        held = self._held(order.number)
        if held is None:
            raise VendorUnavailable("GET", _order(order.number), "an order that was placed is not to be found yet")
        return self._same(held, order, body)

    def placed(self, number: str) -> OrderOutcome | None:
        """Find an order by its number."""
        held = self._held(number)
        return None if held is None else self._posted(held)

    def collect(self, account_id: str, wanted: Collection, idempotency_key: str) -> None:  # noqa: ARG002 - PUTs have none
        """Switch autopay, dunning and renewal."""
        self._changes.collect(account_id, wanted)

    def keep_contact(self, account_id: str, contact: Contact, idempotency_key: str) -> None:
        """Put a contact into its role; an inactive one is kept beside."""
        self._changes.keep_contact(account_id, contact, idempotency_key)

    def keep_payment_method(self, account_id: str, method: PaymentMethod, idempotency_key: str) -> None:
        """Add a payment method by its gateway's token, and never as the default."""
        self._changes.keep_payment_method(account_id, method, idempotency_key)

    def share(self, account_id: str, idempotency_key: str) -> None:  # noqa: ARG002 - PUTs have none
        """Make an account the parent of the customer's others."""
        shared = self._accounts.head(account_id).info
        keys = self._tenant.accounts.values()
        self._changes.share(account_id, [key for key in keys if key not in {shared.id, shared.account_number}])

    def close(self, account_id: str, idempotency_key: str) -> None:  # noqa: ARG002 - PUTs have none
        """Mark an account as closed."""
        self._changes.close(account_id)

    def _held(self, number: str) -> OrderHead | None:
        answer = self._client.find(_order(number), OrderAnswer)
        return None if answer is None else answer.order

    def _involved(self, order: Order) -> Involved:
        ids = {one for change in order.changes for one in (change.account_id, change.to_account_id)}
        owners = {change.account_id for change in order.changes}
        reads = [read for owner in sorted(owners) for read in self._accounts.subscriptions(owner)]
        return Involved(
            heads={one: self._accounts.head(one) for one in sorted(ids)},
            reads={read.answer.subscription_number: read for read in reads},
            fields=self._tenant.fields,
            owner_transfer=self._tenant.owner_transfer,
        )

    def _same(self, held: OrderHead, order: Order, body: Json | None = None) -> OrderOutcome:
        """Give what an order did, once it is sure that it is this one.

        Before it is placed again the subscriptions and the day are compared: what was done to them cannot be made out
        from what they are now. After it was placed, what was sent is compared.

        Raises:
            VendorRefused: the number was used for another order.
        """
        done = {
            one.subscription_number: sorted(action.type for action in one.order_actions) for one in held.subscriptions
        }
        ours = {change.subscription_id for change in order.changes}
        if (
            held.order_date != order.effective
            or not set(done) <= ours
            or (body is not None and done != actions_of(body))
        ):
            raise VendorRefused("GET", _order(order.number), HTTPStatus.CONFLICT, "order_number_taken")
        return self._posted(held)

    def _posted(self, held: OrderHead) -> OrderOutcome:
        """Give an order's outcome; Zuora writes its time in the tenant's own time zone.

        Raises:
            VendorUnavailable: it is not carried out yet.
            VendorRefused: it failed, or it was cancelled.
        """
        path = _order(held.order_number)
        if held.status in _UNDER_WAY:
            raise VendorUnavailable("GET", path, f"the order is {held.status}")
        if held.status != "Completed":
            raise VendorRefused("GET", path, HTTPStatus.CONFLICT, f"order_{held.status.lower()}")
        return OrderOutcome(number=held.order_number, lines=(), tax=(), posted_at=self._utc(held.created_date, path))

    def _utc(self, written: str, path: str) -> str:
        try:
            at = datetime.fromisoformat(written)
        except ValueError:
            raise VendorAnswerInvalid("GET", path, "order.createdDate: no time") from None
        if at.tzinfo is None:
            at = at.replace(tzinfo=ZoneInfo(self._tenant.time_zone))
        return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _order(number: str) -> str:
    return f"{ORDERS}/{segment(number)}"
