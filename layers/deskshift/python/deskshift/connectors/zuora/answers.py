"""What Zuora answers, as far as it is read. Amounts are decoded as decimals from the very digits of the answer."""

from datetime import date
from decimal import Decimal

import msgspec

Nothing = dict[str, msgspec.Raw]
"""An answer of which nothing is read."""


class Person(msgspec.Struct, frozen=True, rename="camel"):
    """A contact."""

    id: str = ""
    first_name: str | None = None
    last_name: str | None = None
    work_email: str | None = None
    account_id: str | None = None


class BasicInfo(msgspec.Struct, frozen=True, rename="camel"):
    """Which account it is."""

    id: str
    account_number: str
    name: str
    status: str = "Active"
    parent_id: str | None = None


class BillingAndPayment(msgspec.Struct, frozen=True, rename="camel"):
    """How an account is billed; the day of the month is 1 to 31."""

    currency: str
    auto_pay: bool = False
    bill_cycle_day: int | str | None = None
    default_payment_method_id: str | None = None


class Metrics(msgspec.Struct, frozen=True, rename="camel"):
    """Sums over an account."""

    total_invoice_balance: Decimal | None = None
    unapplied_payment_amount: Decimal | None = None
    unapplied_credit_memo_amount: Decimal | None = None


class TaxInfo(msgspec.Struct, frozen=True):
    """An account's tax id."""

    vat_id: str | None = msgspec.field(default=None, name="VATId")


class LegalEntity(msgspec.Struct, frozen=True, rename="camel"):
    """An account's legal name, where it has electronic invoices."""

    business_name: str | None = None


class AccountAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """`GET /v1/accounts/{key}`; `basic_info` also holds the custom fields."""

    basic_info: msgspec.Raw
    billing_and_payment: BillingAndPayment
    metrics: Metrics = Metrics()
    bill_to_contact: Person | None = None
    sold_to_contact: Person | None = None
    tax_info: TaxInfo | None = None
    einvoice_profile: LegalEntity | None = None


class SegmentAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A charge's terms from one day to another."""

    id: str | None = None
    price: Decimal | None = None
    quantity: Decimal | None = None
    effective_start_date: date | None = None
    effective_end_date: date | None = None
    charged_through_date: date | None = None


class ChargeAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A charge of a rate plan: its last segment, and all of them where they were asked for."""

    number: str
    product_rate_plan_charge_id: str
    type: str
    model: str
    name: str | None = None
    description: str | None = None
    id: str | None = None
    original_charge_id: str | None = None
    price: Decimal | None = None
    quantity: Decimal | None = None
    discount_percentage: Decimal | None = None
    discount_level: str | None = None
    billing_period: str | None = None
    billing_day: str | None = None
    billing_timing: str | None = None
    billing_period_alignment: str | None = None
    list_price_base: str | None = None
    trigger_date: date | None = None
    effective_start_date: date | None = None
    effective_end_date: date | None = None
    charged_through_date: date | None = None
    end_date_condition: str | None = None
    done: bool = False
    charge_segments: tuple[SegmentAnswer, ...] | None = None


class RatePlanAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A rate plan of a subscription."""

    id: str
    product_rate_plan_id: str
    rate_plan_name: str
    last_change_type: str | None = None
    rate_plan_charges: tuple[ChargeAnswer, ...] = ()


class SubscriptionAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A subscription in its latest version."""

    subscription_number: str
    status: str
    term_type: str
    version: int = 1
    account_id: str | None = None
    subscription_start_date: date | None = None
    term_start_date: date | None = None
    term_end_date: date | None = None
    auto_renew: bool = False
    renewal_setting: str | None = None
    renewal_term: int | None = None
    renewal_term_period_type: str | None = None
    rate_plans: tuple[RatePlanAnswer, ...] = ()


class SubscriptionsAnswer(msgspec.Struct, frozen=True):
    """A page of an account's subscriptions, which also hold custom fields."""

    subscriptions: tuple[msgspec.Raw, ...] = ()


class InvoiceHead(msgspec.Struct, frozen=True, rename="camel"):
    """An invoice in an account's summary."""

    id: str
    status: str


class SummaryAnswer(msgspec.Struct, frozen=True):
    """`GET /v1/accounts/{key}/summary`: the last six invoices."""

    invoices: tuple[InvoiceHead, ...] = ()


class InvoiceAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """`GET /v1/invoices/{key}`; `amount` and `balance` include tax."""

    id: str
    invoice_number: str
    invoice_date: date
    amount: Decimal | None = None
    balance: Decimal | None = None
    refund_amount: Decimal | None = None
    adjustment_amount: Decimal | None = None
    credit_balance_adjustment_amount: Decimal | None = None
    currency: str | None = None


class TaxItem(msgspec.Struct, frozen=True, rename="camel"):
    """A tax of an item; `tax_rate` is a fraction: 0.19."""

    tax_amount: Decimal | None = None
    tax_rate: Decimal | None = None
    tax_rate_type: str = "Percentage"


class TaxItems(msgspec.Struct, frozen=True):
    """The taxes of an invoice's item."""

    data: tuple[TaxItem, ...] = ()


class InvoiceItem(msgspec.Struct, frozen=True, rename="camel"):
    """An item of an invoice, without tax; its service ends with the whole of its last day."""

    id: str
    service_start_date: date
    service_end_date: date
    processing_type: str = "Charge"
    charge_amount: Decimal | None = None
    tax_amount: Decimal | None = None
    charge_id: str | None = None
    charge_name: str | None = None
    charge_description: str | None = None
    applied_to_item_id: str | None = None
    subscription_name: str | None = None
    product_rate_plan_charge_id: str | None = None
    taxation_items: TaxItems | None = None


class InvoiceItemsAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A page of an invoice's items."""

    invoice_items: tuple[InvoiceItem, ...] = ()


class ApplicationPart(msgspec.Struct, frozen=True, rename="camel"):
    """What one payment or credit memo was put on an invoice."""

    applied_amount: Decimal | None = None
    payment_id: str | None = None
    credit_memo_id: str | None = None


class ApplicationPartsAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A page of what was put on an invoice."""

    application_parts: tuple[ApplicationPart, ...] = ()


class MethodAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """A payment method; a tokenised one has the gateway's token."""

    id: str
    type: str | None = None
    status: str | None = None
    is_default: bool = False
    token_id: str | None = None
    second_token_id: str | None = None
    credit_card_type: str | None = None
    credit_card_mask_number: str | None = None
    card_number: str | None = None


class PreviewItem(msgspec.Struct, frozen=True, rename="camel"):
    """An item of a previewed invoice or credit memo, without tax; its service ends with the whole of its last day."""

    service_start_date: date
    service_end_date: date
    subscription_number: str
    product_rate_plan_charge_id: str | None = None
    charge_number: str | None = None
    processing_type: str = "Charge"
    amount_without_tax: Decimal | None = None
    tax_amount: Decimal | None = None
    applied_to_charge_number: str | None = None
    taxation_items: tuple[TaxItem, ...] | None = None


class PreviewInvoice(msgspec.Struct, frozen=True, rename="camel"):
    """A previewed invoice."""

    invoice_items: tuple[PreviewItem, ...] = ()


class PreviewMemo(msgspec.Struct, frozen=True, rename="camel"):
    """A previewed credit memo."""

    credit_memo_items: tuple[PreviewItem, ...] = ()


class PreviewResult(msgspec.Struct, frozen=True, rename="camel"):
    """The documents that an order would lead to."""

    invoices: tuple[PreviewInvoice, ...] | None = None
    credit_memos: tuple[PreviewMemo, ...] | None = None


class PreviewAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """`POST /v1/orders/preview`."""

    preview_result: PreviewResult


class OrderAction(msgspec.Struct, frozen=True):
    """What was done to a subscription."""

    type: str


class OrderedSubscription(msgspec.Struct, frozen=True, rename="camel"):
    """A subscription that an order changed."""

    subscription_number: str
    order_actions: tuple[OrderAction, ...] = ()


class OrderHead(msgspec.Struct, frozen=True, rename="camel"):
    """An order as it was placed; `created_date` is in the tenant's own time zone."""

    order_number: str
    order_date: date
    status: str
    created_date: str
    subscriptions: tuple[OrderedSubscription, ...] = ()


class OrderAnswer(msgspec.Struct, frozen=True):
    """`GET /v1/orders/{number}`."""

    order: OrderHead


class PlacedAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """`POST /v1/orders`."""

    order_number: str
    status: str
