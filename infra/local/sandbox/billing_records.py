"""The billing of one account as the sandbox holds it: mutable, in the contract's own form."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

Date = dt.date
Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,128}\Z")]
Code = Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z")]
Price = Annotated[str, Meta(pattern=r"^[0-9]{1,15}(\.[0-9]{1,12})?\Z|^[0-9]{1,36}/[1-9][0-9]{0,35}\Z")]
Rate = Annotated[str, Meta(pattern=r"^(100(\.0{1,6})?|[0-9]{1,2}(\.[0-9]{1,6})?)\Z")]
Cycle = Literal["month", "quarter", "year"]
Minor = Annotated[int, Meta(ge=0, le=10**15)]


def _plain(rate: str | None) -> str | None:
    """Return a rate without zeros that say nothing: what is taxed at 23.0 and at 23 is taxed at one rate."""
    return None if rate is None else format(Decimal(rate).normalize(), "f")


class Contact(Struct, kw_only=True):
    """Whom bills are sent to."""

    id: Id
    role: Literal["bill_to", "sold_to"]
    name: str
    email: str
    active: bool = True


class PaymentMethod(Struct, kw_only=True):
    """How an account pays."""

    id: Id
    gateway_id: Id
    kind: str
    label: str
    active: bool = True


class Discount(Struct, kw_only=True):
    """A percentage off a price, for a time."""

    percent: Rate
    start: Date
    end: Date | None = None


class Seats(Struct, kw_only=True):
    """Seats from a day on."""

    start: Date
    quantity: Annotated[int, Meta(ge=0, le=1_000_000)]


class Charge(Struct, kw_only=True):
    """One thing that is billed."""

    id: Id
    plan: str
    description: str
    unit_price: Price
    seats: list[Seats]
    discounts: list[Discount] = msgspec.field(default_factory=list)
    tax_rate: Rate | None = None

    def __post_init__(self) -> None:
        """Bring the rate into its one form."""
        self.tax_rate = _plain(self.tax_rate)


class Term(Struct, kw_only=True):
    """How long a subscription lasts."""

    start: Date
    end: Date | None = None
    months: Annotated[int, Meta(ge=1, le=120)] | None = None
    renews: bool = True


class Subscription(Struct, kw_only=True):
    """What an account has subscribed to."""

    id: Id
    state: Literal["paid", "free", "trial"]
    cycle: Cycle
    anchor: Date
    timing: Literal["advance", "arrears"] = "advance"
    term: Term
    charges: list[Charge]
    billed_until: Date | None = None


class InvoiceLine(Struct, kw_only=True):
    """A line of an invoice, after discount, without tax."""

    id: Id
    charge_id: Id
    description: str
    start: Date
    end: Date
    amount_minor: Minor
    tax_rate: Rate | None = None

    def __post_init__(self) -> None:
        """Bring the rate into its one form."""
        self.tax_rate = _plain(self.tax_rate)


class Tax(Struct, kw_only=True):
    """A document's tax at a rate."""

    rate: Rate
    amount_minor: int

    def __post_init__(self) -> None:
        """Bring the rate into its one form."""
        self.rate = _plain(self.rate) or self.rate


class Invoice(Struct, kw_only=True):
    """A posted invoice."""

    id: Id
    number: str
    issued: Date
    currency: Code
    lines: list[InvoiceLine]
    tax: list[Tax] = msgspec.field(default_factory=list)


class Applied(Struct, kw_only=True):
    """Money on an invoice or one of its lines."""

    invoice_id: Id
    amount_minor: Minor
    line_id: Id | None = None


class Payment(Struct, kw_only=True):
    """Money that came in."""

    id: Id
    currency: Code
    amount_minor: Minor
    applied: list[Applied] = msgspec.field(default_factory=list)
    returned: list[Applied] = msgspec.field(default_factory=list)


class Credit(Struct, kw_only=True):
    """A credit memo, with tax."""

    id: Id
    currency: Code
    amount_minor: Minor
    applied: list[Applied] = msgspec.field(default_factory=list)


class BillingAccount(Struct, kw_only=True):
    """One product's billing account."""

    id: Id
    number: str
    product: Literal["chat", "support"]
    version: int = 1
    status: Literal["active", "closed"] = "active"
    currency: Code
    legal_entity: str
    tax_id: str | None = None
    payment_method_id: Id | None = None
    autopay: bool = True
    dunning: bool = True
    renewal: bool = True
    renews_at: dt.datetime | None = None
    contacts: list[Contact] = msgspec.field(default_factory=list)
    payment_methods: list[PaymentMethod] = msgspec.field(default_factory=list)
    subscriptions: list[Subscription] = msgspec.field(default_factory=list)
    invoices: list[Invoice] = msgspec.field(default_factory=list)
    payments: list[Payment] = msgspec.field(default_factory=list)
    credits: list[Credit] = msgspec.field(default_factory=list)


class ListPrice(Struct, kw_only=True):
    """An entry of the price list."""

    plan: str
    cycle: Cycle
    currency: Code
    unit_price: Price


class Contract(Struct, kw_only=True):
    """A combined contract."""

    id: Id
    executed_at: dt.datetime
    start: Date
    end: Date
    cycle: Cycle
    prices: dict[str, Price]


class Billing(Struct, kw_only=True):
    """Everything; `orders` and `answers` are what the sandbox remembers of calls."""

    shared_account_id: Id | None = None
    accounts: list[BillingAccount]
    prices: list[ListPrice] = msgspec.field(default_factory=list)
    contracts: list[Contract] = msgspec.field(default_factory=list)

    def account(self, identifier: str) -> BillingAccount | None:
        """Find a billing account."""
        return next((one for one in self.accounts if one.id == identifier), None)


class OrderBook(Struct):
    """What the sandbox remembers of orders by number: the body as it came, and the answer."""

    placed: dict[str, tuple[Any, Any]] = msgspec.field(default_factory=dict)
