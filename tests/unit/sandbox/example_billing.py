"""A small billing.json, made in memory: a monthly chat with a part-paid invoice beside an annual support."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def charge(product: str, price: str, quantity: int, **changes: object) -> Json:
    return {
        "id": f"{product}-seats",
        "plan": f"{product}-team",
        "description": f"{product.title()} Team",
        "unit_price": price,
        "seats": [{"start": "2020-01-01", "quantity": quantity}],
        "tax_rate": "23",
        **changes,
    }


def line(number: int, amount: int, **changes: object) -> Json:
    return {
        "id": f"chat-line-{number}",
        "charge_id": "chat-seats",
        "description": "Chat Team",
        "start": "2022-11-10",
        "end": "2022-12-10",
        "amount_minor": amount,
        "tax_rate": "23",
        **changes,
    }


def account(product: str, *charges: Json, **changes: object) -> Json:
    terms: Json = {
        "chat": {"cycle": "month", "anchor": "2022-01-10", "term": {"start": "2022-01-10"}},
        "support": {
            "cycle": "year",
            "anchor": "2022-03-01",
            "term": {"start": "2022-03-01", "end": "2023-03-01", "months": 12},
        },
    }
    return {
        "id": f"billing-{product}",
        "number": f"A-{product}",
        "product": product,
        "currency": "EUR",
        "legal_entity": "Acme Lda",
        "tax_id": "PT500000000",
        "payment_method_id": f"card-{product}",
        "contacts": [
            {"id": f"contact-{product}", "role": "bill_to", "name": "Ana", "email": f"{product}@acme.example"}
        ],
        "payment_methods": [
            {"id": f"card-{product}", "gateway_id": f"gw-{product}", "kind": "card", "label": "ends in 4242"}
        ],
        "subscriptions": [{"id": product, "state": "paid", **terms[product], "charges": list(charges)}],
        "invoices": [],
        "payments": [],
        "credits": [],
        **changes,
    }


def example_billing() -> Json:
    """Of the chat's 100.00 with 23.00 tax one half was paid: 61.50 of 123.00."""
    discount = {"percent": "10", "start": "2022-06-10", "end": "2023-06-10"}
    chat = account(
        "chat",
        charge("chat", "20", 5, discounts=[discount]),
        charge("chat", "0", 5, id="chat-bots", plan="chat-bots"),
        invoices=[
            {
                "id": "chat-invoice",
                "number": "INV-1",
                "issued": "2022-11-10",
                "currency": "EUR",
                "lines": [line(1, 9000), line(2, 1000)],
                "tax": [{"rate": "23", "amount_minor": 2300}],
            }
        ],
        payments=[
            {
                "id": "chat-payment",
                "currency": "EUR",
                "amount_minor": 6150,
                "applied": [{"invoice_id": "chat-invoice", "amount_minor": 6150, "line_id": None}],
            }
        ],
    )
    return {
        "accounts": [chat, account("support", charge("support", "600", 10))],
        "prices": [
            {"plan": "chat-team", "cycle": "month", "currency": "EUR", "unit_price": "20"},
            {"plan": "chat-team", "cycle": "year", "currency": "EUR", "unit_price": "210"},
        ],
        "contracts": [
            {
                "id": "contract-1",
                "executed_at": "2022-11-20T15:00:00Z",
                "start": "2022-12-01",
                "end": "2023-12-01",
                "cycle": "year",
                "prices": {"chat-team": "180", "support-team": "540"},
            }
        ],
    }
