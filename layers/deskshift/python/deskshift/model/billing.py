"""The billing of an account: its products' billing accounts with subscriptions, invoices, payments and credits.

Dates are local dates in the account's time zone; `[start, end)` is half-open. Amounts are whole minor units of their
currency; prices, percentages and tax rates are decimal strings. The form is the contract's and the account export's
(docs/account-export.md).
"""

from datetime import date
from typing import Literal

import msgspec

Product = Literal["chat", "support"]
Cycle = Literal["month", "quarter", "year"]
Timing = Literal["advance", "arrears"]


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Whom bills are sent to; prints its id alone."""

    id: str
    role: Literal["bill_to", "sold_to"]
    name: str
    email: str
    active: bool = True

    def __repr__(self) -> str:
        return f"Contact({self.id!r})"


class PaymentMethod(msgspec.Struct, frozen=True, kw_only=True):
    """How an account pays. `gateway_id` is the payment gateway's own id: the same one is the same method."""

    id: str
    gateway_id: str
    kind: str
    label: str
    active: bool = True


class Discount(msgspec.Struct, frozen=True, kw_only=True):
    """A percentage off a charge's price, in `[start, end)`; without an end it runs on."""

    percent: str
    start: date
    end: date | None = None


class Seats(msgspec.Struct, frozen=True, kw_only=True):
    """How many seats a charge has from a day on."""

    start: date
    quantity: int


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a subscription bills: `unit_price` for each seat and whole cycle, in major units.

    `seats` is in the order of its days. `tax_rate` is in per cent; None is without tax.
    """

    id: str
    plan: str
    description: str
    unit_price: str
    seats: tuple[Seats, ...]
    discounts: tuple[Discount, ...] = ()
    tax_rate: str | None = None


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """How long a subscription lasts: until `end`, then again for `months` if it `renews`; evergreen without an end."""

    start: date
    end: date | None = None
    months: int | None = None
    renews: bool = True


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """What an account has subscribed to.

    `anchor` is any boundary of its billing periods. `timing` says whether a period is billed at its start or after its
    end; in arrears `billed_until` is the day up to which it has been billed.
    """

    id: str
    state: Literal["paid", "free", "trial"]
    cycle: Cycle
    anchor: date
    timing: Timing = "advance"
    term: Term
    charges: tuple[Charge, ...]
    billed_until: date | None = None


class InvoiceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an invoice: `amount_minor` after discount and without tax, for the service period `[start, end)`."""

    id: str
    charge_id: str
    description: str
    start: date
    end: date
    amount_minor: int
    tax_rate: str | None = None


class TaxAmount(msgspec.Struct, frozen=True, kw_only=True):
    """The tax of one document at one rate, in per cent."""

    rate: str
    amount_minor: int


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """A posted invoice."""

    id: str
    number: str
    issued: date
    currency: str
    lines: tuple[InvoiceLine, ...]
    tax: tuple[TaxAmount, ...] = ()


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """Money put on an invoice, tax included; on one of its lines, or on all of them."""

    invoice_id: str
    amount_minor: int
    line_id: str | None = None


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """Money that came in. `returned` is what went back of what had been applied: refunds and chargebacks."""

    id: str
    currency: str
    amount_minor: int
    applied: tuple[Applied, ...] = ()
    returned: tuple[Applied, ...] = ()

    @property
    def unapplied_minor(self) -> int:
        """What of it is on no invoice."""
        return self.amount_minor - sum(one.amount_minor for one in self.applied)


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    """A credit memo, tax included; `applied` says which invoices it reduces, the rest of it is the account's to use.

    `of_invoice_id` and `of_line_id` are its source: the invoice, and the line of it, whose time it gives back, wherever
    it is used; None where that is not known, and no line where it is for several.
    """

    id: str
    currency: str
    amount_minor: int
    applied: tuple[Applied, ...] = ()
    of_invoice_id: str | None = None
    of_line_id: str | None = None

    @property
    def unapplied_minor(self) -> int:
        """What of it is on no invoice."""
        return self.amount_minor - sum(one.amount_minor for one in self.applied)


class BillingAccount(msgspec.Struct, frozen=True, kw_only=True):
    """One product's billing account. `version` rises with every change of it; `renews_at` is its next renewal run."""

    id: str
    number: str
    product: Product
    version: int = 1
    status: Literal["active", "closed"] = "active"
    currency: str
    legal_entity: str
    tax_id: str | None = None
    payment_method_id: str | None = None
    autopay: bool = True
    dunning: bool = True
    renewal: bool = True
    renews_at: str | None = None
    contacts: tuple[Contact, ...] = ()
    payment_methods: tuple[PaymentMethod, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    payments: tuple[Payment, ...] = ()
    credits: tuple[Credit, ...] = ()


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the price list: what a plan costs for each seat and whole cycle."""

    plan: str
    cycle: Cycle
    currency: str
    unit_price: str


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """A combined contract for both products (Z-27); `prices` by plan, for each seat and whole cycle."""

    id: str
    executed_at: str
    start: date
    end: date
    cycle: Cycle
    prices: dict[str, str]


class Billing(msgspec.Struct, frozen=True, kw_only=True):
    """The whole billing of an account. `shared_account_id` is set once both products share one billing account."""

    account_id: str
    time_zone: str
    locale: str
    shared_account_id: str | None = None
    accounts: tuple[BillingAccount, ...]
    prices: tuple[Price, ...] = ()
    contracts: tuple[Contract, ...] = ()
