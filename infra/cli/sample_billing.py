"""The billing of the sample account: a monthly chat with a part-paid invoice beside an annual support."""

from __future__ import annotations

from typing import Any


def sample_billing() -> dict[str, Any]:
    """Make the content of billing.json."""
    return {
        "shared_account_id": None,
        "accounts": [_chat(), _support()],
        "prices": [
            {"plan": "chat-team", "cycle": "month", "currency": "EUR", "unit_price": "19"},
            {"plan": "chat-team", "cycle": "year", "currency": "EUR", "unit_price": "199.20"},
        ],
        "contracts": [
            {
                "id": "sample-contract",
                "executed_at": "2026-11-20T15:00:00Z",
                "start": "2026-12-01",
                "end": "2027-12-01",
                "cycle": "year",
                "prices": {"chat-team": "180", "support-pro": "540"},
            }
        ],
    }


def _chat() -> dict[str, Any]:
    line = {
        "id": "sample-chat-invoice-line",
        "charge_id": "sample-chat-seats",
        "description": "Chat Team, 8 seats",
        "start": "2026-11-10",
        "end": "2026-12-10",
        "amount_minor": 13680,
        "tax_rate": "23",
    }
    return {
        "id": "sample-billing-chat",
        "number": "A-1002",
        "product": "chat",
        "currency": "EUR",
        "legal_entity": "Sample Lda",
        "tax_id": "PT501234567",
        "payment_method_id": "sample-card-chat",
        "contacts": [
            {"id": "sample-contact-chat", "role": "bill_to", "name": "Rui Alves", "email": "chat-bills@sample.example"}
        ],
        "payment_methods": [
            {"id": "sample-card-chat", "gateway_id": "gw-7001", "kind": "card", "label": "Visa, ends in 4242"}
        ],
        "subscriptions": [
            {
                "id": "sample-chat",
                "state": "paid",
                "cycle": "month",
                "anchor": "2024-01-10",
                "term": {"start": "2024-01-10"},
                "charges": [
                    {
                        "id": "sample-chat-seats",
                        "plan": "chat-team",
                        "description": "Chat Team",
                        "unit_price": "19",
                        "seats": [{"start": "2024-01-10", "quantity": 5}, {"start": "2026-03-10", "quantity": 8}],
                        "discounts": [{"percent": "10", "start": "2026-01-10", "end": "2027-01-10"}],
                        "tax_rate": "23",
                    }
                ],
            }
        ],
        "invoices": [
            {
                "id": "sample-chat-invoice",
                "number": "INV-2211",
                "issued": "2026-11-10",
                "currency": "EUR",
                "lines": [line],
                "tax": [{"rate": "23", "amount_minor": 3146}],
            }
        ],
        "payments": [
            {
                "id": "sample-chat-payment",
                "currency": "EUR",
                "amount_minor": 10000,
                "applied": [{"invoice_id": "sample-chat-invoice", "amount_minor": 10000}],
            }
        ],
        "credits": [],
    }


def _support() -> dict[str, Any]:
    return {
        "id": "sample-billing-support",
        "number": "A-1001",
        "product": "support",
        "currency": "EUR",
        "legal_entity": "Sample Lda",
        "tax_id": "PT501234567",
        "payment_method_id": "sample-debit-support",
        "contacts": [
            {"id": "sample-contact-support", "role": "bill_to", "name": "Inês Melo", "email": "bills@sample.example"}
        ],
        "payment_methods": [
            {"id": "sample-debit-support", "gateway_id": "gw-7002", "kind": "direct_debit", "label": "SEPA, ends in 90"}
        ],
        "subscriptions": [
            {
                "id": "sample-support",
                "state": "paid",
                "cycle": "year",
                "anchor": "2025-03-01",
                "term": {"start": "2026-03-01", "end": "2027-03-01", "months": 12},
                "charges": [
                    {
                        "id": "sample-support-seats",
                        "plan": "support-pro",
                        "description": "Support Pro",
                        "unit_price": "588",
                        "seats": [{"start": "2026-03-01", "quantity": 12}],
                        "tax_rate": "23",
                    }
                ],
            }
        ],
        "invoices": [],
        "payments": [],
        "credits": [],
    }
