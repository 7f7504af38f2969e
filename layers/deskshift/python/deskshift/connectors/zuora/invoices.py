"""An account's posted invoices, with what was paid and credited on them. Needs the tenant's Invoice Settlement."""

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import msgspec

from deskshift.connectors.http import segment
from deskshift.connectors.zuora.amounts import Source, minor, percent
from deskshift.connectors.zuora.answers import (
    ApplicationPartsAnswer,
    InvoiceAnswer,
    InvoiceItem,
    InvoiceItemsAnswer,
    SummaryAnswer,
    TaxItem,
)
from deskshift.connectors.zuora.client import PAGE, ZuoraClient
from deskshift.model.billing import Applied, Credit, Invoice, InvoiceLine, Payment, TaxAmount

SUMMARY_LIMIT = 6
"""How many invoices an account's summary lists at most; Zuora says so and pages no further."""
_DAY = timedelta(days=1)
_ZERO = Decimal(0)
ChargeNumber = Callable[[InvoiceItem], str]


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """What an account was billed, and what came in. `open_minor` is what is open of the invoices that were listed."""

    invoices: tuple[Invoice, ...]
    payments: tuple[Payment, ...]
    credits: tuple[Credit, ...]
    open_minor: int
    listed: int


def read_ledger(client: ZuoraClient, account_key: str, currency: str, number_of: ChargeNumber) -> Ledger:
    """Read an account's last invoices, and the payments and credit memos on them.

    Args:
        client: of the tenant.
        account_key: the account's id or number.
        currency: the account's; an invoice may name another one.
        number_of: gives the number of the charge that an item bills.
    """
    path = f"/v1/accounts/{segment(account_key)}/summary"
    heads = client.get(path, SummaryAnswer, {"excludeUsage": "true"}).invoices
    book = _Book()
    invoices, still_open = [], 0
    for head in heads:
        if head.status != "Posted":
            continue
        source = Source("GET", f"/v1/invoices/{segment(head.id)}")
        answer = client.get(source.path, InvoiceAnswer)
        code = answer.currency or currency
        invoice = _invoice(client, answer, code, number_of)
        invoices.append(invoice)
        balance = minor(answer.balance, code, "balance", source)
        if code == currency:
            still_open += balance
        _put(client, answer, invoice, balance, book)
    return Ledger(
        invoices=tuple(sorted(invoices, key=lambda one: (one.issued, one.number))),
        payments=book.payments(),
        credits=book.credits(),
        open_minor=still_open,
        listed=len(heads),
    )


class _Book:
    """Payments and credit memos by their id, in the order in which they are met."""

    def __init__(self) -> None:
        self._currency: dict[str, str] = {}
        self._paid: defaultdict[str, list[Applied]] = defaultdict(list)
        self._returned: defaultdict[str, list[Applied]] = defaultdict(list)
        self._credited: defaultdict[str, list[Applied]] = defaultdict(list)

    def pay(self, payment_id: str, one: Applied, currency: str) -> None:
        self._currency[payment_id] = currency
        self._paid[payment_id].append(one)

    def give_back(self, payment_id: str, one: Applied) -> None:
        self._returned[payment_id].append(one)

    def credit(self, memo_id: str, one: Applied, currency: str) -> None:
        self._currency[memo_id] = currency
        self._credited[memo_id].append(one)

    def payments(self) -> tuple[Payment, ...]:
        return tuple(
            Payment(
                id=one,
                currency=self._currency[one],
                amount_minor=sum(part.amount_minor for part in applied),
                applied=tuple(applied),
                returned=tuple(self._returned[one]),
            )
            for one, applied in self._paid.items()
        )

    def credits(self) -> tuple[Credit, ...]:
        return tuple(
            Credit(
                id=one,
                currency=self._currency[one],
                amount_minor=sum(part.amount_minor for part in applied),
                applied=tuple(applied),
            )
            for one, applied in self._credited.items()
        )


def _invoice(client: ZuoraClient, answer: InvoiceAnswer, currency: str, number_of: ChargeNumber) -> Invoice:
    """Read an invoice's items; discounts go into the lines that they reduce.

    Raises:
        VendorAnswerInvalid: the items do not add up to the invoice, or a discount belongs to none of them.
    """
    source = Source("GET", f"/v1/invoices/{segment(answer.id)}/items")
    items = [one for page in client.pages(source.path, InvoiceItemsAnswer, PAGE) for one in page.invoice_items]
    lines: dict[str, InvoiceLine] = {}
    for item in items:
        if item.processing_type == "Charge":
            lines[item.id] = _line(item, currency, number_of, source)
    tax: defaultdict[str, int] = defaultdict(int)
    for item in items:
        _taxes(item, currency, tax, source)
        if item.processing_type in {"Charge", "Tax"}:
            continue
        reduced = lines.get(item.applied_to_item_id or "")
        if item.processing_type != "Discount" or reduced is None:
            raise source.invalid("processingType", f"{item.processing_type!r} that belongs to no charge of the invoice")
        amount = reduced.amount_minor + minor(item.charge_amount, currency, "chargeAmount", source)
        lines[reduced.id] = msgspec.structs.replace(reduced, amount_minor=amount)
    total = minor(answer.amount, currency, "amount", source)
    if total != sum(line.amount_minor for line in lines.values()) + sum(tax.values()):
        raise source.invalid("invoiceItems", "they do not add up to the invoice's amount")
    return Invoice(
        id=answer.id,
        number=answer.invoice_number,
        issued=answer.invoice_date,
        currency=currency,
        lines=tuple(lines.values()),
        tax=tuple(TaxAmount(rate=rate, amount_minor=amount) for rate, amount in tax.items()),
    )


def _line(item: InvoiceItem, currency: str, number_of: ChargeNumber, source: Source) -> InvoiceLine:
    return InvoiceLine(
        id=item.id,
        charge_id=number_of(item),
        description=item.charge_description or item.charge_name or item.id,
        start=item.service_start_date,
        end=item.service_end_date + _DAY,
        amount_minor=minor(item.charge_amount, currency, "chargeAmount", source),
        tax_rate=rate_of(item.taxation_items.data if item.taxation_items else (), source),
    )


def rate_of(items: tuple[TaxItem, ...], source: Source) -> str | None:
    """Give the rate that an item is taxed at, in per cent: of several taxes their sum; None without any.

    Raises:
        VendorAnswerInvalid: a tax is a flat fee, which is no rate.
    """
    if any(one.tax_rate_type != "Percentage" for one in items):
        raise source.invalid("taxRateType", "no percentage")
    if not items:
        return None
    rates = [source.needed(one.tax_rate, "taxRate") for one in items]
    return percent(sum(rates, _ZERO), "taxRate", source)


def _taxes(item: InvoiceItem, currency: str, tax: defaultdict[str, int], source: Source) -> None:
    """Add an item's tax at its rate."""
    items = item.taxation_items.data if item.taxation_items else ()
    rate = rate_of(items, source)
    amount = sum(minor(one.tax_amount, currency, "taxationItems.taxAmount", source) for one in items)
    if item.processing_type != "Tax" and amount != minor(item.tax_amount or _ZERO, currency, "taxAmount", source):
        raise source.invalid("taxAmount", "not the sum of the taxation items")
    if rate is not None:
        tax[rate] += amount


def _put(client: ZuoraClient, answer: InvoiceAnswer, invoice: Invoice, balance: int, book: _Book) -> None:
    """Book what was put on an invoice, and what went back of it.

    Raises:
        VendorAnswerInvalid: what was put on the invoice does not explain its balance.
    """
    head = Source("GET", f"/v1/invoices/{segment(answer.id)}")
    if answer.adjustment_amount or answer.credit_balance_adjustment_amount:
        raise head.invalid("adjustmentAmount", "not 0: adjustments cannot be told from payments")
    source = Source("GET", f"{head.path}/application-parts")
    paid: list[tuple[str, int]] = []
    left = minor(answer.amount, invoice.currency, "amount", head)
    for part in (part for page in client.pages(source.path, ApplicationPartsAnswer) for part in page.application_parts):
        amount = minor(part.applied_amount, invoice.currency, "appliedAmount", source)
        left -= amount
        one = Applied(invoice_id=invoice.id, amount_minor=amount)
        if part.payment_id is not None:
            book.pay(part.payment_id, one, invoice.currency)
            paid.append((part.payment_id, amount))
        elif part.credit_memo_id is not None:
            book.credit(part.credit_memo_id, one, invoice.currency)
        else:
            raise source.invalid("applicationParts", "neither a payment nor a credit memo")
    if left != balance:
        refunded = minor(answer.refund_amount or _ZERO, invoice.currency, "refundAmount", head)
        _refund(refunded, balance - left, paid, invoice, book)


def _refund(refunded: int, missing: int, paid: list[tuple[str, int]], invoice: Invoice, book: _Book) -> None:
    """Take refunds from the payments on an invoice, the first one first: Zuora tells their sum alone."""
    if refunded != missing or refunded > sum(amount for _, amount in paid):
        source = Source("GET", f"/v1/invoices/{segment(invoice.id)}")
        raise source.invalid("balance", "not explained by the payments, credit memos and refunds of the invoice")
    for payment_id, amount in paid:
        part_of = min(refunded, amount)
        if part_of > 0:
            book.give_back(payment_id, Applied(invoice_id=invoice.id, amount_minor=part_of))
        refunded -= part_of
