"""What Zuora reckons for an order: items of an invoice and of a credit memo, of the customer's chat."""

from typing import Any

from tests.integration.zuora.tenant_data import D, tax


def item(start: str, end: str, amount: str, taxed: str, **fields: object) -> dict[str, Any]:
    return {
        "subscriptionNumber": "A-S1",
        "chargeNumber": "C-00000999",
        "productRatePlanChargeId": "product-charge-chat",
        "processingType": "Charge",
        "serviceStartDate": start,
        "serviceEndDate": end,
        "amountWithoutTax": D(amount),
        "taxAmount": D(taxed),
        "taxationItems": [tax(taxed)] if D(taxed) else [],
    } | fields


def reckoned(items: list[dict[str, Any]], memo: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    memos = [] if memo is None else [{"creditMemoItems": memo}]
    return {"invoices": [{"invoiceItems": items}], "creditMemos": memos}


# Two seats at 30.00 a month: half of June, paid, is unused. From 16 June they cost 90.00 a quarter each, of which 77 of
# 92 days are left; then two whole quarters until support's term ends on 1 March 2027.
UNUSED = item("2026-06-16", "2026-06-30", "-30.00", "-5.70", chargeNumber="C-1")
STUB = item("2026-06-16", "2026-08-31", "150.65", "28.62")
QUARTERS = [item("2026-09-01", "2026-11-30", "180.00", "34.20"), item("2026-12-01", "2027-02-28", "180.00", "34.20")]
AGREED = reckoned([STUB, *QUARTERS], [UNUSED])
