"""What a merge changes of Zuora's accounts; a PUT is left out where nothing would change, and else read back."""

from collections.abc import Callable
from http import HTTPStatus

import msgspec

from deskshift.connectors.http import segment
from deskshift.connectors.zuora.accounts import NO, YES, Accounts, Head, account_path
from deskshift.connectors.zuora.answers import MethodAnswer, Nothing, Person
from deskshift.connectors.zuora.client import ZuoraClient
from deskshift.connectors.zuora.people import FIELDS, fields, is_same
from deskshift.connectors.zuora.subscriptions import Read
from deskshift.model.billing import Contact, PaymentMethod
from deskshift.model.billing_order import Collection
from deskshift.model.errors import VendorAnswerInvalid, VendorRefused
from deskshift.model.zuora_connection import CustomFields

_METHODS = "/v1/payment-methods"
_TOKENISED = "CreditCardReferenceTransaction"


class _Created(msgspec.Struct):
    id: str


class Changes:
    """Changes the accounts of one customer."""

    def __init__(self, client: ZuoraClient, accounts: Accounts, names: CustomFields) -> None:
        self._client = client
        self._accounts = accounts
        self._names = names

    def collect(self, account_id: str, wanted: Collection) -> None:
        """Switch autopay and dunning of an account, and the renewal of its subscriptions.

        Renewal is switched off for those that renew, and on again for these alone.

        Raises:
            VendorAnswerInvalid: what is read afterwards is not what was set; it names the field.
        """
        self._put_account(
            account_id,
            {"autoPay": wanted.autopay, self._names.dunning_paused: NO if wanted.dunning else YES},
            {
                "autoPay": lambda head: head.answer.billing_and_payment.auto_pay == wanted.autopay,
                self._names.dunning_paused: lambda head: head.dunning == wanted.dunning,
            },
        )
        changed = [one for one in self._accounts.subscriptions(account_id) if _differs(one, wanted)]
        for one in changed:
            body = {"autoRenew": wanted.renewal, self._names.renewal_paused: NO if wanted.renewal else YES}
            self._client.put(f"/v1/subscriptions/{segment(one.answer.subscription_number)}", body)
        if changed:
            for one in self._accounts.subscriptions(account_id):
                if _differs(one, wanted):
                    raise _not_kept(f"/v1/subscriptions/{segment(one.answer.subscription_number)}", "autoRenew")

    def share(self, account_id: str, other_ids: list[str]) -> None:
        """Make an account the parent of the others."""
        shared = self._accounts.head(account_id).info.id
        for other in other_ids:
            self._put_account(other, {"parentId": shared}, {"parentId": lambda head: head.info.parent_id == shared})

    def close(self, account_id: str) -> None:
        """Mark an account as closed and let nothing be collected on it: Zuora has no call that cancels it."""
        self._put_account(
            account_id,
            {"autoPay": False, self._names.closed: YES},
            {
                "autoPay": lambda head: not head.answer.billing_and_payment.auto_pay,
                self._names.closed: lambda head: head.closed,
            },
        )

    def keep_contact(self, account_id: str, contact: Contact, idempotency_key: str) -> None:
        """Put a contact into its role on an account; an inactive one is kept with the account, and in no role."""
        if contact.active:
            self._put_account(
                account_id,
                {FIELDS[contact.role]: fields(contact)},
                {FIELDS[contact.role]: lambda head: is_same(head.person(contact.role), contact)},
            )
            return
        head = self._accounts.head(account_id)
        path = f"/v1/contacts/{segment(contact.id)}"
        held = self._client.find(path, Person)
        if held is None or held.account_id != head.info.id:
            body = {"accountId": head.info.id, **fields(contact)}
            self._client.post("/v1/contacts", Nothing, body, idempotency_key)
        elif not is_same(held, contact):
            self._client.put(path, fields(contact))
            if not is_same(self._client.get(path, Person), contact):
                raise _not_kept(path, "firstName, lastName, workEmail")

    def keep_payment_method(self, account_id: str, method: PaymentMethod, idempotency_key: str) -> None:
        """Add a payment method to an account by the gateway's token; the same token is there once.

        Zuora has no call that makes a method inactive: one that is not the account's default is charged by nobody
        unless a person chooses it.

        Raises:
            VendorRefused: `payment_method_without_token`: it cannot be given to another account.
        """
        head = self._accounts.head(account_id)
        held = self._accounts.methods(account_id)
        if any(method.gateway_id in {one.token_id, one.id} for one in held):
            return
        given = self._client.find(f"{_METHODS}/{segment(method.id)}", MethodAnswer)
        if method.kind != _TOKENISED or given is None or given.token_id != method.gateway_id:
            raise VendorRefused("POST", _METHODS, HTTPStatus.UNPROCESSABLE_ENTITY, "payment_method_without_token")
        body = {
            "type": _TOKENISED,
            "accountKey": head.info.id,
            "tokenId": method.gateway_id,
            "secondTokenId": given.second_token_id,
            "creditCardMaskNumber": given.credit_card_mask_number,
            "makeDefault": False,
        }
        sent = {field: value for field, value in body.items() if value is not None}
        self._client.post(_METHODS, _Created, sent, idempotency_key)
        if not any(one.token_id == method.gateway_id for one in self._accounts.methods(account_id)):
            raise _not_kept(f"{account_path(account_id)}/payment-methods", "tokenId")

    def _put_account(self, key: str, body: dict[str, object], kept: dict[str, Callable[[Head], bool]]) -> None:
        """Change fields of an account.

        Args:
            key: the account's id or number.
            body: what to set; what is not named stays.
            kept: by field, whether an account has it as it should be.

        Raises:
            VendorAnswerInvalid: a field is not what was set.
        """
        head = self._accounts.head(key)
        if all(is_kept(head) for is_kept in kept.values()):
            return
        self._client.put(account_path(key), body)
        head = self._accounts.head(key)
        for field, is_kept in kept.items():
            if not is_kept(head):
                raise _not_kept(account_path(key), field)


def _differs(one: Read, wanted: Collection) -> bool:
    return one.paused if wanted.renewal else one.answer.auto_renew


def _not_kept(path: str, field: str) -> VendorAnswerInvalid:
    return VendorAnswerInvalid("PUT", path, f"{field}: what is read afterwards is not what was set")
