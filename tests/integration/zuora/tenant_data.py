"""A tenant with a customer's two accounts, in Zuora's own words: chat by the month, support by the quarter."""

from decimal import Decimal
from typing import Any

Json = dict[str, Any]
CHAT, SUPPORT = "chat-id", "support-id"
D = Decimal


def account(account_id: str, number: str, **billing: object) -> Json:
    return {
        "basicInfo": {"id": account_id, "accountNumber": number, "name": "Example GmbH", "status": "Active"},
        "billingAndPayment": {
            "currency": "EUR",
            "autoPay": True,
            "billCycleDay": 1,
            "defaultPaymentMethodId": f"{account_id}-method",
            **billing,
        },
        "metrics": {
            "totalInvoiceBalance": D("0"),
            "unappliedPaymentAmount": D("0"),
            "unappliedCreditMemoAmount": D("0"),
        },
        "billToContact": {
            "id": f"{account_id}-bill",
            "firstName": "Ada",
            "lastName": "Lovelace",
            "workEmail": "a@b.example",
        },
        "soldToContact": {"id": f"{account_id}-sold", "firstName": "-", "lastName": "Reception", "workEmail": None},
        "taxInfo": {"VATId": "DE123"},
        "success": True,
    }


def charge(number: str, product_id: str, **fields: object) -> Json:
    return {
        "id": f"{number}-v1",
        "originalChargeId": f"{number}-v1",
        "number": number,
        "productRatePlanChargeId": product_id,
        "name": "Seats",
        "type": "Recurring",
        "model": "PerUnit",
        "billingPeriod": "Month",
        "billingDay": "DefaultFromCustomer",
        "billingTiming": "IN_ADVANCE",
        "billingPeriodAlignment": "AlignToCharge",
        "listPriceBase": "Per_Billing_Period",
        "price": D("30.00"),
        "quantity": D("2"),
        "effectiveStartDate": "2026-03-01",
        "effectiveEndDate": "2027-03-01",
        "chargedThroughDate": "2026-07-01",
        "endDateCondition": "Subscription_End",
        "done": False,
    } | fields


def subscription(number: str, account_id: str, plans: list[Json], **fields: object) -> Json:
    return {
        "subscriptionNumber": number,
        "accountId": account_id,
        "status": "Active",
        "termType": "TERMED",
        "version": 3,
        "subscriptionStartDate": "2026-03-01",
        "termStartDate": "2026-03-01",
        "termEndDate": "2027-03-01",
        "autoRenew": True,
        "renewalSetting": "RENEW_WITH_SPECIFIC_TERM",
        "renewalTerm": 12,
        "renewalTermPeriodType": "Month",
        "ratePlans": plans,
    } | fields


def plan(plan_id: str, name: str, charges: list[Json], **fields: object) -> Json:
    return {
        "id": plan_id,
        "productRatePlanId": f"product-{plan_id}",
        "ratePlanName": name,
        "ratePlanCharges": charges,
    } | fields


def discount(number: str, per_cent: str, **fields: object) -> Json:
    return (
        charge(
            number,
            f"product-{number}",
            model="DiscountPercentage",
            discountPercentage=D(per_cent),
            discountLevel="Subscription",
            price=None,
            quantity=None,
        )
        | fields
    )


def tax(amount: str, rate: str = "0.19") -> Json:
    return {"taxAmount": D(amount), "taxRate": D(rate), "taxRateType": "Percentage"}


def item(item_id: str, charge_id: str, amount: str, taxed: Json | None, **fields: object) -> Json:
    return {
        "id": item_id,
        "chargeId": charge_id,
        "chargeName": "Seats",
        "processingType": "Charge",
        "chargeAmount": D(amount),
        "taxAmount": taxed["taxAmount"] if taxed else D("0"),
        "taxationItems": {"data": [taxed] if taxed else []},
        "serviceStartDate": "2026-06-01",
        "serviceEndDate": "2026-06-30",
        "subscriptionName": "A-S1",
    } | fields


def invoice(invoice_id: str, amount: str, balance: str, items: list[Json], parts: list[Json], **fields: object) -> Json:
    head = {
        "id": invoice_id,
        "invoiceNumber": f"INV-{invoice_id}",
        "invoiceDate": "2026-06-01",
        "status": "Posted",
        "amount": D(amount),
        "balance": D(balance),
    } | fields
    return {"head": head, "items": items, "parts": parts}


def june(paid: str = "71.40", balance: str = "0.00") -> Json:
    """Chat's invoice of June: two seats, 60.00 and 11.40 tax."""
    parts = [{"paymentId": "payment-1", "creditMemoId": None, "appliedAmount": D(paid)}]
    return invoice("june", "71.40", balance, [item("june-1", "C-1-v1", "60.00", tax("11.40"))], parts)
