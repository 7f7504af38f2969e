"""Zuora's billing accounts, read as the model's, and the few things about them that are changed."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import msgspec

from deskshift.connectors.http import decoded, segment
from deskshift.connectors.zuora.amounts import Source, minor
from deskshift.connectors.zuora.answers import AccountAnswer, BasicInfo, InvoiceItem, MethodAnswer, Person
from deskshift.connectors.zuora.client import ZuoraClient
from deskshift.connectors.zuora.invoices import SUMMARY_LIMIT, Ledger, read_ledger
from deskshift.connectors.zuora.people import ROLES, contact
from deskshift.connectors.zuora.subscriptions import (
    Read,
    charged_through,
    custom,
    read_subscriptions,
    segments,
    subscription,
)
from deskshift.model.billing import BillingAccount, Credit, Payment, PaymentMethod, Product, Subscription
from deskshift.model.errors import InvalidField
from deskshift.model.zuora_connection import ZuoraTenant

YES, NO = "Yes", "No"


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """An account without what it was billed."""

    answer: AccountAnswer
    info: BasicInfo
    product: Product
    dunning: bool
    closed: bool
    source: Source

    @property
    def currency(self) -> str:
        """The account's currency, which never changes."""
        return self.answer.billing_and_payment.currency

    @property
    def bill_cycle_day(self) -> int | None:
        """The day of the month that its periods begin on."""
        day = str(self.answer.billing_and_payment.bill_cycle_day)
        return int(day) if day.isdecimal() else None

    def person(self, role: str) -> Person | None:
        """Give the contact in a role."""
        return self.answer.bill_to_contact if role == "bill_to" else self.answer.sold_to_contact


class Accounts:
    """The billing accounts of one customer."""

    def __init__(self, client: ZuoraClient, tenant: ZuoraTenant) -> None:
        self._client = client
        self._tenant = tenant

    def head(self, key: str) -> Head:
        """Read an account by its id or number.

        Raises:
            InvalidField: it is none of the connection's.
        """
        path = account_path(key)
        source = Source("GET", path)
        answer = self._client.get(path, AccountAnswer)
        info = decoded(answer.basic_info, BasicInfo, "GET", path)
        product = next(
            (one for one, own in self._tenant.accounts.items() if own in {info.id, info.account_number}), None
        )
        if product is None:
            raise InvalidField("account_id", repr(key)[:40], "an account of this customer's connection")
        fields = self._tenant.fields
        return Head(
            answer=answer,
            info=info,
            product=product,
            dunning=custom(answer.basic_info, fields.dunning_paused, source) != YES,
            closed=info.status == "Canceled" or custom(answer.basic_info, fields.closed, source) == YES,
            source=source,
        )

    def subscriptions(self, key: str) -> list[Read]:
        """Read an account's active subscriptions."""
        return read_subscriptions(self._client, key, self._tenant.fields.renewal_paused)

    def methods(self, key: str) -> list[MethodAnswer]:
        """Read an account's payment methods; Zuora lists them by their type."""
        path = f"{account_path(key)}/payment-methods"
        listed = self._client.get(path, dict[str, msgspec.Raw])
        return [
            method
            for raw in listed.values()
            if bytes(raw).lstrip().startswith(b"[")
            for method in decoded(raw, tuple[MethodAnswer, ...], "GET", path)
        ]

    def read(self, key: str) -> BillingAccount:
        """Read an account with all that it has.

        Raises:
            VendorAnswerInvalid: something of it has no place in the model, or older invoices matter that Zuora does not
                list any more; the message names the field.
        """
        head, reads = self.head(key), self.subscriptions(key)
        names = _ChargeNumbers(reads)
        ledger = read_ledger(self._client, key, head.currency, names.of)
        rates = {line.charge_id: line.tax_rate for one in ledger.invoices for line in one.lines if line.tax_rate}
        subscriptions = tuple(subscription(one, head.bill_cycle_day, rates) for one in reads)
        _complete(head, reads, ledger)
        return BillingAccount(
            id=head.info.id,
            number=head.info.account_number,
            product=head.product,
            version=1 + sum(one.answer.version for one in reads),
            status="closed" if head.closed else "active",
            currency=head.currency,
            legal_entity=_legal_entity(head),
            tax_id=head.answer.tax_info.vat_id if head.answer.tax_info else None,
            payment_method_id=head.answer.billing_and_payment.default_payment_method_id,
            autopay=head.answer.billing_and_payment.auto_pay,
            dunning=head.dunning,
            renewal=not any(one.paused for one in reads),
            renews_at=self._renews_at(subscriptions),
            contacts=tuple(contact(one, role) for role in ROLES if (one := head.person(role)) is not None),
            payment_methods=tuple(method(one) for one in self.methods(key)),
            subscriptions=subscriptions,
            invoices=ledger.invoices,
            payments=ledger.payments + _unapplied_payment(head),
            credits=ledger.credits + _unapplied_credit(head),
        )

    def _renews_at(self, subscriptions: tuple[Subscription, ...]) -> str | None:
        """Give the instant, in UTC, at which the first subscription renews: its term ends, in the tenant's zone."""
        ends = [one.term.end for one in subscriptions if one.term.end is not None and one.term.renews]
        if not ends:
            return None
        at = datetime.combine(min(ends), time(), ZoneInfo(self._tenant.time_zone)).astimezone(UTC)
        return f"{at:%Y-%m-%dT%H:%M:%SZ}"


class _ChargeNumbers:
    """Finds the charge that an invoice's item bills: by the id of any of its versions, else by the price list's."""

    def __init__(self, reads: list[Read]) -> None:
        self._by_id: dict[str, str] = {}
        self._by_product: dict[tuple[str, str], str] = {}
        for one in reads:
            for plan in one.answer.rate_plans:
                for charge in plan.rate_plan_charges:
                    ids = {charge.id, charge.original_charge_id, *(run.id for run in segments(charge))}
                    self._by_id |= {known: charge.number for known in ids if known is not None}
            for _, charge in one.priced:
                key = (one.answer.subscription_number, charge.product_rate_plan_charge_id)
                self._by_product[key] = charge.number

    def of(self, item: InvoiceItem) -> str:
        """Give the charge's number; of a charge that is there no longer, its id."""
        known = self._by_id.get(item.charge_id or "")
        key = (item.subscription_name or "", item.product_rate_plan_charge_id or "")
        return known or self._by_product.get(key) or item.charge_id or item.id


def account_path(key: str) -> str:
    """Give an account's path."""
    return f"/v1/accounts/{segment(key)}"


def method(one: MethodAnswer) -> PaymentMethod:
    """Give a payment method; one that has no token at a gateway is only the same as itself."""
    number = (one.credit_card_mask_number or one.card_number or "")[-4:]
    return PaymentMethod(
        id=one.id,
        gateway_id=one.token_id or one.id,
        kind=one.type or "unknown",
        label=" ".join(part for part in (one.credit_card_type, number) if part) or one.type or "unknown",
        active=one.status in {None, "Active"},
    )


def _legal_entity(head: Head) -> str:
    profile = head.answer.einvoice_profile
    return (profile.business_name if profile else None) or head.info.name


def _unapplied_payment(head: Head) -> tuple[Payment, ...]:
    """Give all that was paid and put on no invoice as one payment: Zuora tells its sum alone."""
    amount = head.answer.metrics.unapplied_payment_amount
    if not amount:
        return ()
    whole = minor(amount, head.currency, "metrics.unappliedPaymentAmount", head.source)
    return (Payment(id=f"{head.info.id}-unapplied-payments", currency=head.currency, amount_minor=whole),)


def _unapplied_credit(head: Head) -> tuple[Credit, ...]:
    """Give all credit memos that reduce no invoice as one."""
    amount = head.answer.metrics.unapplied_credit_memo_amount
    if not amount:
        return ()
    whole = minor(amount, head.currency, "metrics.unappliedCreditMemoAmount", head.source)
    return (Credit(id=f"{head.info.id}-unapplied-credits", currency=head.currency, amount_minor=whole),)


def _complete(head: Head, reads: list[Read], ledger: Ledger) -> None:
    """Make sure that no invoice is missing that a merge is decided by: an open one, or one of the latest period."""
    if ledger.listed < SUMMARY_LIMIT:
        return
    total = minor(head.answer.metrics.total_invoice_balance, head.currency, "metrics.totalInvoiceBalance", head.source)
    if total != ledger.open_minor:
        raise head.source.invalid(
            "metrics.totalInvoiceBalance", f"an invoice is open that is not among the last {SUMMARY_LIMIT}"
        )
    billed: dict[str, date] = {}
    for line in (line for invoice in ledger.invoices for line in invoice.lines):
        billed[line.charge_id] = max(billed.get(line.charge_id, line.end), line.end)
    for one in reads:
        for _, charge in one.priced:
            through = charged_through(charge)
            if through is None or not any(run.price for run in segments(charge)):
                continue
            if billed.get(charge.number, date.min) < through:
                raise one.invalid(
                    charge, "chargedThroughDate", f"billed by an invoice that is not among the last {SUMMARY_LIMIT}"
                )
