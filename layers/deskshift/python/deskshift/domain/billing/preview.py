"""What a merge will do, to the cent, before anything is done (Z-25): decision, lines, tax, totals and positions."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction

import msgspec

from deskshift.domain.billing.decision import JOINS, Decision, DecisionKind, Pair, decide
from deskshift.domain.billing.details import payment_method
from deskshift.domain.billing.facts import Facts
from deskshift.domain.billing.inventory import Inventory, inventory
from deskshift.domain.billing.line_tax import tax_of_lines
from deskshift.domain.billing.lines import Reckoned, reckon
from deskshift.domain.billing.ordering import Ordered, PriceChange, order_for
from deskshift.domain.billing.position import Position, after, position_of
from deskshift.domain.billing.pricing import written
from deskshift.domain.billing.settlement import Settlement
from deskshift.domain.billing.steps import steps
from deskshift.domain.billing.tax import taxes
from deskshift.domain.billing.totals import Totals, totals
from deskshift.model.billing import Billing, BillingAccount, Product
from deskshift.model.billing_order import DocumentTax, LineKind, Order, OrderOutcome
from deskshift.model.move import Notice

_ID_LENGTH = 24


class Period(msgspec.Struct, frozen=True):
    """A service period of local dates, `[start, end)`."""

    start: date
    end: date


class PreviewLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line as a person can follow it: quantity x unit price x numerator / denominator, rounded once.

    `unit_price` is in major units for a whole period (of a credit: what was paid for the service period), not rounded;
    a price that no decimal says exactly is a fraction. `due_minor` is what of it is posted with the merge, `tax_minor`
    its part of the tax, which is rounded for each document and rate and not for the line.
    """

    kind: LineKind
    product: Product
    description: str
    period: Period
    quantity: int
    unit_price: str
    numerator: int
    denominator: int
    amount_minor: int
    due_minor: int
    tax_minor: int
    currency: str
    tax_rate: str | None
    invoice_id: str | None


class Taken(msgspec.Struct, frozen=True):
    """A detail of chat's before and after."""

    before: str | None
    after: str | None


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """A merge as it will be. `preview_id` is made of everything that it rests on: other facts give another id."""

    preview_id: str
    decision: DecisionKind
    reason: str
    differing: tuple[str, ...]
    scheduled_on: date
    policy: str
    lines: tuple[PreviewLine, ...]
    tax: tuple[DocumentTax, ...]
    currency: str
    total_minor: int
    due_now_minor: int
    credit_minor: int
    committed_minor: int
    before: Position
    after: Position
    inherited: dict[str, Taken]
    prices: tuple[PriceChange, ...]
    inventory: Inventory
    refusals: tuple[Notice, ...]
    steps: tuple[str, ...]
    order: Order | None


def preview(facts: Facts, merge_id: str) -> Preview:
    """Reckon a merge; `merge_id` is its order's number."""
    billing = facts.billing
    decision, pair = decide(facts)
    ordered = Ordered() if pair is None else order_for(merge_id, decision, pair, facts)
    if ordered.refusals:
        why = ordered.refusals
        decision = msgspec.structs.replace(decision, kind="refused", reason=why[0].message, refusals=why)
    settlements = {one.id: Settlement(one) for one in billing.accounts}
    lines = [] if ordered.order is None else _lines(ordered.order, settlements, facts)
    outcome = _outcome(merge_id, lines, settlements, facts)
    before = position_of(settlements.values())
    code = _main_currency(billing, pair)
    products = {one.id: account.product for account in billing.accounts for one in account.subscriptions}
    return Preview(
        preview_id=_id(facts, decision, merge_id),
        decision=decision.kind,
        reason=decision.reason,
        differing=decision.differing,
        scheduled_on=facts.upgrade.day,
        policy=f"{facts.policy.edition}.v{facts.policy.version}",
        lines=_all_shown(lines, outcome, products, facts),
        tax=outcome.tax,
        currency=code,
        **_sums(totals(outcome, code, facts.policy.increments)),
        before=before,
        after=after(before, outcome),
        inherited=_inherited(pair, ordered.order, decision.differing),
        prices=ordered.prices,
        inventory=inventory(billing.accounts, joins=decision.kind in JOINS),
        refusals=decision.refusals,
        steps=steps(decision.kind),
        order=ordered.order,
    )


def reckoned_outcome(order: Order, facts: Facts) -> OrderOutcome:
    """Reckon the lines and tax that a billing system has to come to for an order."""
    settlements = {one.id: Settlement(one) for one in facts.billing.accounts}
    return _outcome(order.number, _lines(order, settlements, facts), settlements, facts)


Settlements = Mapping[str, Settlement]


def _lines(order: Order, settlements: Settlements, facts: Facts) -> list[Reckoned]:
    increments = facts.policy.increments
    return [line for change in order.changes for line in reckon(change, settlements[change.account_id], increments)]


def _outcome(number: str, lines: list[Reckoned], settlements: Settlements, facts: Facts) -> OrderOutcome:
    found = tuple(one.line for one in lines)
    tax = tuple(taxes(found, settlements.values(), facts.policy.increments))
    return OrderOutcome(number=number, lines=found, tax=tax)


def _sums(sums: Totals) -> dict[str, int]:
    return {
        "total_minor": sums.total_minor,
        "due_now_minor": sums.due_now_minor,
        "credit_minor": sums.credit_minor,
        "committed_minor": sums.committed_minor,
    }


def _all_shown(
    lines: list[Reckoned], outcome: OrderOutcome, products: Mapping[str, Product], facts: Facts
) -> tuple[PreviewLine, ...]:
    parts = tax_of_lines(outcome.lines, outcome.tax, facts.policy.increments)
    return tuple(_shown(one, tax, products) for one, tax in zip(lines, parts, strict=True))


def _shown(reckoned: Reckoned, tax_minor: int, products: Mapping[str, Product]) -> PreviewLine:
    line = reckoned.line
    return PreviewLine(
        kind=line.kind,
        product=products[line.subscription_id],
        description=reckoned.description,
        period=Period(line.start, line.end),
        quantity=reckoned.quantity,
        unit_price=_price(reckoned.unit_price),
        numerator=reckoned.numerator,
        denominator=reckoned.denominator,
        amount_minor=line.amount_minor,
        due_minor=line.due_minor,
        tax_minor=tax_minor,
        currency=line.currency,
        tax_rate=line.tax_rate,
        invoice_id=line.invoice_id,
    )


def _price(exact: Fraction) -> str:
    return f"-{written(-exact)}" if exact < 0 else written(exact)


def _inherited(pair: Pair | None, order: Order | None, differ: Iterable[str]) -> dict[str, Taken]:
    """Tell what chat takes over, each detail before and after; what differs is told also where its ids are the same."""
    if pair is None or order is None or pair.chat_subscription is None:
        return {}
    change = next((one for one in order.changes if one.subscription_id == pair.chat_subscription.id), None)
    if change is None or change.until is None or change.owner_only:
        return {}
    chat = pair.chat_subscription
    pairs: dict[str, tuple[object, object]] = {
        "currency": (pair.chat.currency, change.currency),
        "cycle": (chat.cycle, change.cycle),
        "anchor": (chat.anchor, change.anchor),
        "term_months": (chat.term.months, change.term_months),
        "term_end": (chat.term.end, None if change.evergreen else change.until),
        "payment_method": (_method(pair.chat), _method(pair.support)),
        "contacts": (_contacts(pair.chat), _contacts(pair.support)),
    }
    told = {"payment_method", "contacts"} & set(differ)
    return {name: Taken(_text(old), _text(new)) for name, (old, new) in pairs.items() if old != new or name in told}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _method(account: BillingAccount) -> str | None:
    method = payment_method(account)
    return None if method is None else method.id


def _contacts(account: BillingAccount) -> str:
    return ", ".join(sorted(contact.id for contact in account.contacts if contact.active))


def _main_currency(billing: Billing, pair: Pair | None) -> str:
    if pair is not None:
        return pair.support.currency
    return next((one.currency for one in billing.accounts), "")


def _id(facts: Facts, decision: Decision, merge_id: str) -> str:
    content = msgspec.json.encode([facts, decision, merge_id], order="deterministic")
    return f"preview-{hashlib.sha256(content).hexdigest()[:_ID_LENGTH]}"
