"""Operations of the contract on billing: reading it, orders, and what is set on an account beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Struct

from infra.local.sandbox.billing_orders import Order, reckoned
from infra.local.sandbox.billing_posting import post
from infra.local.sandbox.billing_records import Contact, Id, PaymentMethod
from infra.local.sandbox.billing_settlement import balance
from infra.local.sandbox.call import Answer, Call, Operation, json_answer
from infra.local.sandbox.errors import ContractError, not_found

if TYPE_CHECKING:
    from infra.local.sandbox.billing_records import Billing, BillingAccount

_READ, _WRITE = "billing.read", "billing.write"
_Item = TypeVar("_Item", Contact, PaymentMethod)


class _Collection(Struct):
    autopay: bool
    dunning: bool
    renewal: bool


class _Shared(Struct):
    account_id: Id


def _billing(call: Call) -> Billing:
    if call.account.billing is None:
        raise ContractError(404, "no_billing", "The account has no billing.")
    return call.account.billing


def _account(call: Call) -> BillingAccount:
    found = _billing(call).account(call.path["id"])
    if found is None:
        raise not_found("billing account")
    return found


def _read(call: Call) -> Answer:
    billing = _billing(call)
    return json_answer(
        {
            "account_id": call.account.id,
            "time_zone": call.account.time_zone,
            "locale": call.account.locale,
            **msgspec.to_builtins(billing),
        }
    )


def _read_account(call: Call) -> Answer:
    return json_answer(_account(call))


def _preview(call: Call) -> Answer:
    return json_answer(reckoned(_billing(call), call.json(Order), call.account.rounding))


def _place(call: Call) -> Answer:
    billing, order = _billing(call), call.json(Order)
    known = call.account.orders.placed.get(order.number)
    if known is not None:
        body, answer = known
        if body != order:
            raise ContractError(409, "order_differs", "There is another order of this number.", field="number")
        return json_answer(answer)
    if call.account.faults.refuses(order.number):
        raise ContractError(422, "refused", "This order is refused.", field="number")
    made = post(billing, order, call.account.rounding)
    call.account.orders.placed[order.number] = (order, made)
    return json_answer(made, 201)


def _placed(call: Call) -> Answer:
    known = call.account.orders.placed.get(call.path["number"])
    if known is None:
        raise not_found("order")
    return json_answer(known[1])


def _collect(call: Call) -> Answer:
    account, wanted = _account(call), call.json(_Collection)
    _set(account, **msgspec.structs.asdict(wanted))
    return json_answer(account)


def _keep_contact(call: Call) -> Answer:
    account, contact = _account(call), call.json(Contact)
    _same_id(call.path["item_id"], contact.id)
    _set(account, contacts=_with(account.contacts, contact))
    return json_answer(contact)


def _keep_method(call: Call) -> Answer:
    account, method = _account(call), call.json(PaymentMethod)
    _same_id(call.path["item_id"], method.id)
    _set(account, payment_methods=_with(account.payment_methods, method))
    return json_answer(method)


def _with(kept: list[_Item], one: _Item) -> list[_Item]:
    """Return a list with one more, or with it in the place of the one of the same id."""
    return list(({each.id: each for each in kept} | {one.id: one}).values())


def _set(account: BillingAccount, **values: object) -> None:
    """Set fields; the version rises if that changes anything, so that a call sent twice is one change."""
    if any(getattr(account, name) != value for name, value in values.items()):
        for name, value in values.items():
            setattr(account, name, value)
        account.version += 1


def _same_id(path: str, body: str) -> None:
    if path != body:
        raise ContractError(400, "invalid_request", "The body bears another id than the path.", field="id")


def _share(call: Call) -> Answer:
    billing, wanted = _billing(call), call.json(_Shared).account_id
    if billing.account(wanted) is None:
        raise not_found("billing account")
    if billing.shared_account_id not in {None, wanted}:
        raise ContractError(409, "already_shared", "Another billing account is shared already.", field="account_id")
    billing.shared_account_id = wanted
    return json_answer({"account_id": wanted})


def _close(call: Call) -> Answer:
    account = _account(call)
    if account.subscriptions or any(balance(account).values()):
        raise ContractError(409, "not_settled", "The account has a subscription, or something open on it.")
    _set(account, status="closed")
    return json_answer(account)


OPERATIONS = (
    Operation("GET", "/v1/billing", _READ, _read),
    Operation("GET", "/v1/billing/accounts/{id}", _READ, _read_account),
    Operation("POST", "/v1/billing/orders/preview", _READ, _preview, is_read=True),
    Operation("POST", "/v1/billing/orders", _WRITE, _place),
    Operation("GET", "/v1/billing/orders/{number}", _READ, _placed),
    Operation("PUT", "/v1/billing/accounts/{id}/collection", _WRITE, _collect),
    Operation("PUT", "/v1/billing/accounts/{id}/contacts/{item_id}", _WRITE, _keep_contact),
    Operation("PUT", "/v1/billing/accounts/{id}/payment-methods/{item_id}", _WRITE, _keep_method),
    Operation("PUT", "/v1/billing/shared-account", _WRITE, _share),
    Operation("POST", "/v1/billing/accounts/{id}/close", _WRITE, _close),
)
