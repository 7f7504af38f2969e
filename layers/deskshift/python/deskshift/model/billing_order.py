"""What is asked of a billing system in one order, and the lines that it reckons and posts for it."""

from datetime import date
from typing import Literal

import msgspec

from deskshift.model.billing import Charge, Cycle, TaxAmount

LineKind = Literal["credit", "reduction", "arrears", "charge"]


class SubscriptionChange(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one subscription on a day: it goes on with these terms on that account, or it ends.

    From `effective` on the old terms bill nothing. The new ones bill `[effective, until)` by the anchored periods of
    `anchor` and `cycle`: `charges` with their price for each seat and cycle, seats and discounts. Without `until` the
    subscription is cancelled, and `charges` is empty. `credit_unused` says whether what was paid beyond `effective`
    is credited; what was not paid reduces its invoice in any case. With `owner_only` the subscription goes on as it
    was on the other account, and no line is made. With `evergreen` the subscription has no end, and `until` is only
    how far is reckoned. `term_months` and `renews` describe what follows `until`.
    """

    subscription_id: str
    account_id: str
    to_account_id: str
    effective: date
    until: date | None
    cycle: Cycle
    anchor: date
    currency: str
    charges: tuple[Charge, ...]
    credit_unused: bool = True
    owner_only: bool = False
    evergreen: bool = False
    term_months: int | None = None
    renews: bool = True


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one merge changes, in one step. `number` is the merge's id: the order can be found by it."""

    number: str
    effective: date
    changes: tuple[SubscriptionChange, ...]


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that an order leads to, without tax, rounded once.

    `credit`: paid and unused, negative, becomes a credit memo. `reduction`: billed, unpaid and unused, negative,
    reduces its invoice. `arrears`: used before `effective` and not billed yet. `charge`: a stub or a run of whole
    periods from `effective` on. `invoice_id` is set for the first two. `due_minor` is what of it is posted with the
    order: all of it, but of charges only the period that starts at `effective`.
    """

    kind: LineKind
    account_id: str
    subscription_id: str
    charge_id: str
    start: date
    end: date
    amount_minor: int
    due_minor: int
    currency: str
    tax_rate: str | None = None
    invoice_id: str | None = None


class DocumentTax(msgspec.Struct, frozen=True, kw_only=True):
    """The tax of one document: of the credits or reductions of one invoice, of the new invoice, or of later ones."""

    document: str
    currency: str
    tax: tuple[TaxAmount, ...]


class OrderOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a billing system reckoned for an order, or did for it; `posted_at` is None for a preview."""

    number: str
    lines: tuple[OrderLine, ...]
    tax: tuple[DocumentTax, ...]
    posted_at: str | None = None


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an account's bills are collected, chased and renewed by themselves."""

    autopay: bool
    dunning: bool
    renewal: bool
