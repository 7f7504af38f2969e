"""How much of an invoice has been paid."""

from fractions import Fraction

from deskshift.model.billing import BillingAccount, Invoice

_NOTHING, _ALL = Fraction(0), Fraction(1)


def paid_share(account: BillingAccount, invoice: Invoice) -> Fraction:
    """Give which part of what credit memos have left of an invoice has been paid, less refunds: between 0 and 1."""
    applied = [one for payment in account.payments for one in payment.applied]
    returned = [one for payment in account.payments for one in payment.returned]
    credited = [one for credit in account.credits for one in credit.applied]
    paid, back, less = (
        sum(one.amount_minor for one in parts if one.invoice_id == invoice.id)
        for parts in (applied, returned, credited)
    )
    total = sum(line.amount_minor for line in invoice.lines) + sum(tax.amount_minor for tax in invoice.tax) - less
    if total <= 0:
        return _NOTHING
    return max(_NOTHING, min(_ALL, Fraction(paid - back, total)))
