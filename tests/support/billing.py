"""Billing of an account for tests: a paid chat, monthly, beside a paid support, annual."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec

from deskshift.domain.billing.choices import Choice, Upgrade
from deskshift.domain.billing.facts import Facts
from deskshift.domain.billing.policy import BillingPolicy
from deskshift.domain.billing.preview import Preview, preview
from deskshift.model.billing import (
    Applied,
    Billing,
    BillingAccount,
    Charge,
    Contact,
    Invoice,
    InvoiceLine,
    Payment,
    PaymentMethod,
    Price,
    Seats,
    Subscription,
    TaxAmount,
    Term,
)

DEADLINE = date(2022, 11, 15)
AFTER, BEFORE = date(2022, 12, 1), DEADLINE
"""Days of an upgrade after the deadline, and on it."""
LONG_AGO = date(2020, 1, 1)


def charge(product: str, price: str, seats: int = 3, **fields: Any) -> Charge:  # noqa: ANN401 - by name
    """A charge for some seats."""
    made: dict[str, Any] = {
        "id": f"charge-{product}",
        "plan": f"{product}-pro",
        "description": f"{product.capitalize()} Pro",
        "unit_price": price,
        "seats": (Seats(start=LONG_AGO, quantity=seats),),
        "tax_rate": "23",
    }
    return Charge(**{**made, **fields})


def subscription(product: str, price: str, **fields: Any) -> Subscription:  # noqa: ANN401 - by name
    """A paid subscription: chat's is evergreen by months, support's has an annual term."""
    terms = {
        "chat": {"cycle": "month", "anchor": date(2022, 1, 10), "term": Term(start=date(2022, 1, 10))},
        "support": {
            "cycle": "year",
            "anchor": date(2022, 3, 1),
            "term": Term(start=date(2022, 3, 1), end=date(2023, 3, 1), months=12),
        },
    }
    made: dict[str, Any] = {
        "id": f"sub-{product}",
        "state": "paid",
        "charges": (charge(product, price),),
        **terms[product],
    }
    return Subscription(**{**made, **fields})


def account(product: Any, price: str = "20", **fields: Any) -> BillingAccount:  # noqa: ANN401 - by name
    """A billing account of a product, with its own contact and card."""
    made: dict[str, Any] = {
        "id": f"billing-{product}",
        "number": f"A-{product}",
        "product": product,
        "currency": "EUR",
        "legal_entity": "Acme Lda",
        "tax_id": "PT500000000",
        "payment_method_id": f"card-{product}",
        "contacts": (Contact(id=f"contact-{product}", role="bill_to", name="Ana", email=f"{product}@acme.example"),),
        "payment_methods": (
            PaymentMethod(id=f"card-{product}", gateway_id=f"gw-{product}", kind="card", label="Visa 4242"),
        ),
        "subscriptions": (subscription(product, price),),
    }
    return BillingAccount(**{**made, **fields})


def invoice(  # noqa: PLR0913 - what an invoice of one line is made of
    of: str, amount: int, start: date, end: date, *, tax: int = 0, currency: str = "EUR", one: str = "inv-1"
) -> Invoice:
    """An invoice of one line; with tax it is at 23 %."""
    rate = "23" if tax else None
    line = InvoiceLine(
        id=f"{one}-line",
        charge_id=f"charge-{of}",
        description=f"{of.capitalize()} Pro",
        start=start,
        end=end,
        amount_minor=amount,
        tax_rate=rate,
    )
    taxes = (TaxAmount(rate="23", amount_minor=tax),) if tax else ()
    return Invoice(id=one, number=one.upper(), issued=start, currency=currency, lines=(line,), tax=taxes)


def paid(of: Invoice, amount: int) -> Payment:
    """A payment put on an invoice."""
    applied = (Applied(invoice_id=of.id, amount_minor=amount),)
    return Payment(id=f"pay-{of.id}", currency=of.currency, amount_minor=amount, applied=applied)


def billing(*accounts: BillingAccount, **fields: Any) -> Billing:  # noqa: ANN401 - by name
    """The billing of an account; both products unless accounts are given."""
    made: dict[str, Any] = {
        "account_id": "acme",
        "time_zone": "Europe/Lisbon",
        "locale": "pt-PT",
        "accounts": accounts or (account("chat"), account("support", "600")),
        "prices": (Price(plan="chat-pro", cycle="year", currency="EUR", unit_price="210"),),
    }
    return Billing(**{**made, **fields})


POLICY = BillingPolicy(
    edition="2022-09",
    version=1,
    deadline=DEADLINE,
    increments={"CHF": 5},
    cancel_credits=False,
    window_starts="22:00",
    preview_days=7,
    quiet_hours=24,
)


def facts(of: Billing, day: date, choice: Choice | None = None, **policy: Any) -> Facts:  # noqa: ANN401 - by name
    """Put facts together for an upgrade at noon (UTC) of a day."""
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return Facts(
        billing=of,
        policy=msgspec.structs.replace(POLICY, **policy),
        choice=choice or Choice(),
        upgrade=Upgrade(at=at, time_zone=of.time_zone),
    )


def made(of: Billing, day: date, choice: Choice | None = None, **policy: object) -> Preview:
    """Make a preview for an upgrade at noon (UTC) of a day."""
    return preview(facts(of, day, choice, **policy), "merge-1")


def lines(of: Preview) -> list[tuple[str, str, str, str, int, int]]:
    """Tell a preview's lines: kind, product, first day, day after the last, amount, what of it is due."""
    return [(x.kind, x.product, str(x.period.start), str(x.period.end), x.amount_minor, x.due_minor) for x in of.lines]
