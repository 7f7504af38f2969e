"""What Zuora reckons for an order, as the lines and taxes of an outcome."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import msgspec

from deskshift.connectors.zuora.amounts import Source, minor
from deskshift.connectors.zuora.answers import ChargeAnswer, PreviewItem, PreviewResult
from deskshift.connectors.zuora.days import is_boundary, next_boundary
from deskshift.connectors.zuora.invoices import rate_of
from deskshift.connectors.zuora.orders import PREVIEW
from deskshift.connectors.zuora.paid import paid_share
from deskshift.connectors.zuora.subscriptions import Read, timing_of
from deskshift.model.billing import BillingAccount, TaxAmount
from deskshift.model.billing_order import DocumentTax, LineKind, Order, OrderLine, OrderOutcome, SubscriptionChange

_DAY = timedelta(days=1)
_ZERO = Decimal(0)
_SOURCE = Source("POST", PREVIEW)
INVOICE, LATER = "invoice", "later"
"""The names of the documents that an outcome's taxes are of: what is due with the order, and what is invoiced later."""


class Reckoned(msgspec.Struct, frozen=True, kw_only=True):
    """An item with what it is taxed; `tax_minor` has the sign of the amount."""

    line: OrderLine
    tax_minor: int


def outcome(
    order: Order, result: PreviewResult, reads: Mapping[str, Read], accounts: Mapping[str, BillingAccount]
) -> OrderOutcome:
    """Read a preview.

    Args:
        order: what was asked.
        result: Zuora's answer.
        reads: the subscriptions by their number.
        accounts: the accounts that have them, by their id, with their invoices.

    Raises:
        VendorAnswerInvalid: an item is of no charge that is changed, or an amount has more decimals than its currency.
    """
    reader = _Reader(order, reads, accounts)
    items = [item for one in result.invoices or () for item in reader.folded(one.invoice_items)]
    memo = [item for one in result.credit_memos or () for item in reader.folded(one.credit_memo_items)]
    charged = [one for item in items if item.amount >= 0 for one in reader.charged(item)]
    charged.sort(key=lambda one: (one.line.subscription_id, one.line.charge_id, one.line.start))
    credited = [
        one
        for item in [*memo, *(item for item in items if item.amount < 0)]
        for one in reader.credited(msgspec.structs.replace(item, amount=-abs(item.amount), tax=-abs(item.tax)))
    ]
    return OrderOutcome(
        number=order.number,
        lines=(*(one.line for one in credited), *_runs(charged, order)),
        tax=tuple(_taxes([*credited, *charged])),
    )


class _Item(msgspec.Struct, frozen=True, kw_only=True):
    """A charge's item with its discounts, in minor units."""

    item: PreviewItem
    amount: int
    tax: int
    rate: str | None


class _Reader:
    def __init__(self, order: Order, reads: Mapping[str, Read], accounts: Mapping[str, BillingAccount]) -> None:
        self._order = order
        self._changes = {change.subscription_id: change for change in order.changes}
        self._reads = reads
        self._accounts = accounts

    def folded(self, items: Iterable[PreviewItem]) -> list[_Item]:
        """Put each discount into the item that it reduces, and leave out what is nothing."""
        every = list(items)
        found = [self._item(item) for item in every if item.processing_type == "Charge"]
        for item in every:
            if item.processing_type == "Charge":
                continue
            if item.processing_type != "Discount":
                raise _SOURCE.invalid("processingType", "neither Charge nor Discount")
            index = next((i for i, one in enumerate(found) if _reduces(item, one.item)), None)
            if index is None:
                raise _SOURCE.invalid("appliedToChargeNumber", "a discount on no charge of the same document")
            less, one = self._item(item), found[index]
            found[index] = msgspec.structs.replace(one, amount=one.amount + less.amount, tax=one.tax + less.tax)
        return [one for one in found if one.amount or one.tax]

    def charged(self, one: _Item) -> Iterator[Reckoned]:
        """Give what is charged: the days before the change at the old price, or a period of the new terms."""
        change, item = self._change(one.item), one.item
        end = item.service_end_date + _DAY
        if end <= change.effective:
            yield self._line(one, "arrears", (one.amount, one.tax))
            return
        first_ends = next_boundary(change.effective, change.anchor, change.cycle)
        due = self._in_advance(item) and item.service_start_date < first_ends
        yield self._line(one, "charge", (one.amount, one.tax), due=due)

    def credited(self, one: _Item) -> Iterator[Reckoned]:
        """Divide what is credited: of what was paid it becomes a credit memo, of the rest it reduces the invoice.

        Raises:
            VendorAnswerInvalid: no invoice that was read bills the charge for these days.
        """
        change, item = self._change(one.item), one.item
        charge_id, account = self._charge(item).number, self._accounts[change.account_id]
        for invoice in account.invoices:
            for line in invoice.lines:
                if line.charge_id == charge_id and line.start <= item.service_start_date < line.end:
                    share = paid_share(account, invoice)
                    paid, tax = _rounded(one.amount * share), _rounded(one.tax * share)
                    if paid or tax:
                        yield self._line(one, "credit", (paid, tax), invoice_id=invoice.id)
                    if one.amount - paid or one.tax - tax:
                        rest = (one.amount - paid, one.tax - tax)
                        yield self._line(one, "reduction", rest, invoice_id=invoice.id)
                    return
        raise _SOURCE.invalid("creditMemoItems", f"{charge_id} is credited for days that no invoice bills")

    def _line(
        self, one: _Item, kind: LineKind, sums: tuple[int, int], *, invoice_id: str | None = None, due: bool = True
    ) -> Reckoned:
        """Make a line of an item, with these sums: the amount without tax, and its tax."""
        change, item, (amount, tax) = self._change(one.item), one.item, sums
        stays = kind in {"credit", "reduction"}
        line = OrderLine(
            kind=kind,
            account_id=change.account_id if stays else change.to_account_id,
            subscription_id=change.subscription_id,
            charge_id=self._charge(item).number,
            start=item.service_start_date,
            end=item.service_end_date + _DAY,
            amount_minor=amount,
            due_minor=amount if due else 0,
            currency=change.currency,
            tax_rate=one.rate,
            invoice_id=invoice_id,
        )
        return Reckoned(line=line, tax_minor=tax)

    def _item(self, item: PreviewItem) -> _Item:
        code = self._change(item).currency
        taxes = item.taxation_items or ()
        tax = minor(item.tax_amount or _ZERO, code, "taxAmount", _SOURCE)
        if tax != sum(minor(one.tax_amount, code, "taxationItems.taxAmount", _SOURCE) for one in taxes):
            raise _SOURCE.invalid("taxAmount", "not the sum of the taxation items")
        amount = minor(item.amount_without_tax, code, "amountWithoutTax", _SOURCE)
        return _Item(item=item, amount=amount, tax=tax, rate=rate_of(taxes, _SOURCE))

    def _change(self, item: PreviewItem) -> SubscriptionChange:
        found = self._changes.get(item.subscription_number)
        if found is None:
            raise _SOURCE.invalid("subscriptionNumber", "an item of a subscription that is not changed")
        return found

    def _in_advance(self, item: PreviewItem) -> bool:
        return timing_of(self._reads[item.subscription_number], self._charge(item)) == "advance"

    def _charge(self, item: PreviewItem) -> ChargeAnswer:
        """Find the charge: a replaced rate plan has new numbers, but the price list's own ids."""
        charges = [charge for _, charge in self._reads[item.subscription_number].priced]
        for charge in charges:
            if charge.number == item.charge_number:
                return charge
        for charge in charges:
            if charge.product_rate_plan_charge_id == item.product_rate_plan_charge_id:
                return charge
        raise _SOURCE.invalid("productRatePlanChargeId", "an item of a charge that the subscription does not have")


def _reduces(discount: PreviewItem, item: PreviewItem) -> bool:
    """Tell whether a discount is on an item: on its charge, for days of its period."""
    return (
        discount.subscription_number == item.subscription_number
        and discount.applied_to_charge_number == item.charge_number
        and item.service_start_date <= discount.service_start_date <= item.service_end_date
    )


def _runs(charged: list[Reckoned], order: Order) -> Iterator[OrderLine]:
    """Make one line of whole periods that follow each other: Zuora gives each of them. They come in their order."""
    changes = {change.subscription_id: change for change in order.changes}
    last: OrderLine | None = None
    for line in (one.line for one in charged):
        change = changes[line.subscription_id]
        if last is not None and _follows(last, line) and _whole(line, change) and _starts_whole(last, change):
            last = msgspec.structs.replace(
                last,
                end=line.end,
                amount_minor=last.amount_minor + line.amount_minor,
                due_minor=last.due_minor + line.due_minor,
            )
            continue
        if last is not None:
            yield last
        last = line
    if last is not None:
        yield last


def _follows(one: OrderLine, other: OrderLine) -> bool:
    return (one.kind, one.subscription_id, one.charge_id, one.end, one.tax_rate) == (
        "charge",
        other.subscription_id,
        other.charge_id,
        other.start,
        other.tax_rate,
    )


def _whole(line: OrderLine, change: SubscriptionChange) -> bool:
    """Tell a whole period from a stub."""
    return _starts_whole(line, change) and line.end == next_boundary(line.start, change.anchor, change.cycle)


def _starts_whole(line: OrderLine, change: SubscriptionChange) -> bool:
    """Tell whether a line is of whole periods: a run, or one period."""
    return is_boundary(line.start, change.anchor, change.cycle) and is_boundary(line.end, change.anchor, change.cycle)


def _taxes(every: list[Reckoned]) -> Iterator[DocumentTax]:
    found: defaultdict[tuple[str, str], defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in every:
        if one.line.tax_rate is not None and one.tax_minor:
            found[_document(one.line), one.line.currency][one.line.tax_rate] += one.tax_minor
    for (document, currency), rates in found.items():
        taxes = tuple(TaxAmount(rate=rate, amount_minor=amount) for rate, amount in sorted(rates.items()))
        yield DocumentTax(document=document, currency=currency, tax=taxes)


def _document(line: OrderLine) -> str:
    if line.invoice_id is not None:
        return f"{line.kind}:{line.invoice_id}"
    return INVOICE if line.due_minor else LATER


def _rounded(exact: Fraction) -> int:
    """Round to a whole minor unit, a tie away from zero."""
    whole, rest = divmod(abs(exact.numerator), exact.denominator)
    found = whole + (2 * rest >= exact.denominator)
    return found if exact >= 0 else -found
