"""What has to hold of every order's lines and tax, told from the records alone: no reckoner's way is followed here."""

from collections.abc import Iterable
from fractions import Fraction

from deskshift.model.billing import Applied, BillingAccount, Credit, Invoice
from deskshift.model.billing_order import OrderLine, OrderOutcome

_ZERO = Fraction(0)


def check_given_back(account: BillingAccount, outcome: OrderOutcome, increments: dict[str, int]) -> None:
    """Check of an account's invoices that nothing is given back that was not paid, or was given back before."""
    for invoice in account.invoices:
        lines = [one for one in outcome.lines if one.invoice_id == invoice.id]
        assert all(one.kind in {"credit", "reduction"} and one.amount_minor < 0 for one in lines)
        _check_lines(account, invoice, lines, increments.get(invoice.currency, 1))
        _check_sum(account, invoice, outcome, increments.get(invoice.currency, 1))


def _check_lines(account: BillingAccount, invoice: Invoice, lines: list[OrderLine], step: int) -> None:
    """Check each line: at most its amount in all, and at most the cash on it as credit; half a step is rounding."""
    for line in invoice.lines:
        of = [one for one in lines if (one.charge_id, one.end) == (line.charge_id, line.end)]
        twins = [one for one in invoice.lines if (one.charge_id, one.end) == (line.charge_id, line.end)]
        slack = Fraction(step * len(of), 2)
        assert -sum(one.amount_minor for one in of) <= sum(one.amount_minor for one in twins) + slack
        limit = sum((_cash_on(account, invoice, one.id) for one in twins), _ZERO)
        assert -sum(one.amount_minor for one in of if one.kind == "credit") <= limit + slack


def _cash_on(account: BillingAccount, invoice: Invoice, line_id: str) -> Fraction:
    """Give at most how much of a line, without tax, the customer has paid and has not got back by now."""
    line = next(one for one in invoice.lines if one.id == line_id)
    same = [one for one in invoice.lines if one.tax_rate == line.tax_rate]
    net = sum(one.amount_minor for one in same)
    if not line.amount_minor:
        return _ZERO
    taxed = 1 + Fraction(sum(one.amount_minor for one in invoice.tax if one.rate == line.tax_rate), net)
    came = _sum(_paid(account), invoice, {line_id, None}) - _sum(_returned(account), invoice, {line_id})
    unpaid = line.amount_minor * taxed - _sum(_credited(account), invoice, {line_id})
    return max(_ZERO, min(Fraction(came), unpaid) - _elsewhere(account, invoice, {line_id})) / taxed


def _check_sum(account: BillingAccount, invoice: Invoice, outcome: OrderOutcome, step: int) -> None:
    """Check an invoice's credits with tax against its cash, but for what each line and rate is rounded by."""
    lines = [one for one in outcome.lines if one.invoice_id == invoice.id and one.kind == "credit"]
    tax = [one.amount_minor for each in outcome.tax if each.document == f"credit:{invoice.id}" for one in each.tax]
    total = sum(one.amount_minor for one in invoice.lines) + sum(one.amount_minor for one in invoice.tax)
    every = {None, *(one.id for one in invoice.lines)}
    came = _sum(_paid(account), invoice, every) - _sum(_returned(account), invoice, every)
    unpaid = total - _sum(_credited(account), invoice, every)
    cash = max(0, min(came, unpaid) - _elsewhere(account, invoice, every))
    assert all(one <= 0 for one in tax)
    slack = step * (len(lines) + 3 * len(tax)) + sum(2 for _ in tax)
    assert -sum(one.amount_minor for one in lines) - sum(tax) <= cash + slack


def _sum(put: Iterable[Applied], invoice: Invoice, on: set[str | None]) -> int:
    return sum(one.amount_minor for one in put if one.invoice_id == invoice.id and one.line_id in on)


def _elsewhere(account: BillingAccount, invoice: Invoice, of: set[str | None]) -> int:
    memos = [one for one in account.credits if one.of_invoice_id == invoice.id and one.of_line_id in of]
    return sum(one.amount_minor - _here(one, invoice) for one in memos)


def _here(memo: Credit, invoice: Invoice) -> int:
    return sum(one.amount_minor for one in memo.applied if one.invoice_id == invoice.id)


def _paid(account: BillingAccount) -> list[Applied]:
    return [one for payment in account.payments for one in payment.applied]


def _returned(account: BillingAccount) -> list[Applied]:
    return [one for payment in account.payments for one in payment.returned]


def _credited(account: BillingAccount) -> list[Applied]:
    return [one for credit in account.credits for one in credit.applied]
