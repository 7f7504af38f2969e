"""A small Zuora on 127.0.0.1: it keeps what is put, remembers idempotency keys, and misbehaves when told to."""

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import unquote, urlencode

import msgspec

from tests.integration.zuora.tenant_data import CHAT, SUPPORT, Json, account, charge, june, plan, subscription
from tests.support import vendor_server
from tests.support.vendor_server import LOST, Asked

SECRET, CLIENT_ID, TOKEN = "client-secret-canary", "client-id", "token-canary-"
_encode = msgspec.json.Encoder(decimal_format="number").encode


def refusal(*codes: int) -> Json:
    return {"success": False, "processId": "P", "reasons": [{"code": c, "message": "customer words"} for c in codes]}


@dataclass
class Tenant:
    """State, faults and what was seen. `faults` are used up one by one; `ignored` fields are answered, and not kept."""

    url: str = ""
    accounts: dict[str, Json] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    subscriptions: dict[str, list[Json]] = field(default_factory=dict)
    invoices: dict[str, list[Json]] = field(default_factory=dict)
    methods: dict[str, list[Json]] = field(default_factory=dict)
    contacts: dict[str, Json] = field(default_factory=dict)
    orders: dict[str, Json] = field(default_factory=dict)
    preview: Json = field(default_factory=dict)
    keys: dict[str, tuple[Any, Json]] = field(default_factory=dict)
    faults: dict[tuple[str, str], list[Any]] = field(default_factory=lambda: defaultdict(list))
    ignored: set[str] = field(default_factory=set)
    page: int = 40
    page_step: int = 1
    token_seconds: int = 3600
    tokens: list[str] = field(default_factory=list)
    seen: list[Asked] = field(default_factory=list)

    def sent(self, method: str, path: str) -> list[Asked]:
        return [one for one in self.seen if (one.method, one.path) == (method, path)]

    def answer(self, asked: Asked) -> tuple[int, Any] | None:
        self.seen.append(asked)
        waiting = self.faults[asked.method, asked.path]
        fault = waiting.pop(0) if waiting else None
        if fault is not None and fault != LOST:
            return fault if isinstance(fault, tuple) else (200, fault)
        if asked.path == "/oauth/token":
            return self._token()
        if asked.headers.get("authorization") != f"Bearer {self.tokens[-1] if self.tokens else ''}":
            return 401, refusal(90000011)
        done = self._keyed(asked) if asked.method == "POST" else self._done(asked)
        return None if fault == LOST else done

    def _token(self) -> tuple[int, Json]:
        self.tokens.append(f"{TOKEN}{len(self.tokens)}")
        return 200, {"access_token": self.tokens[-1], "expires_in": self.token_seconds, "token_type": "bearer"}

    def _keyed(self, asked: Asked) -> tuple[int, Json]:
        key = asked.headers.get("idempotency-key")
        if key in self.keys:
            body, answer = self.keys[key]
            return (200, answer) if body == asked.body else (422, refusal(50000020))
        status, answer = self._done(asked)
        if key is not None:
            self.keys[key] = (asked.body, answer)
        return status, answer

    def _done(self, asked: Asked) -> tuple[int, Json]:
        _, _, kind, *rest = (unquote(one) for one in asked.path.split("/"))
        serve = {
            "accounts": self._account,
            "subscriptions": self._subscription,
            "invoices": self._invoice,
            "contacts": self._contact,
            "payment-methods": self._method,
            "orders": self._order,
        }[kind]
        return serve(asked, rest)

    def _account(self, asked: Asked, rest: list[str]) -> tuple[int, Json]:
        account_id = self._id(rest[0])
        match asked.method, rest[1:]:
            case "PUT", []:
                return self._put_account(account_id, asked.body)
            case "GET", ["summary"]:
                heads = [one["head"] for one in self.invoices[account_id]]
                return 200, {"invoices": [{"id": one["id"], "status": one["status"]} for one in heads], "success": True}
            case "GET", ["payment-methods"]:
                held = self.methods[account_id]
                return 200, {"defaultPaymentMethodId": "x", "creditcardreferencetransaction": held, "success": True}
        return 200, self.accounts[account_id]

    def _subscription(self, asked: Asked, rest: list[str]) -> tuple[int, Json]:
        if asked.method == "GET":
            return self._paged("subscriptions", self.subscriptions[self._id(rest[1])], asked)
        every = (one for held in self.subscriptions.values() for one in held)
        own = next(one for one in every if one["subscriptionNumber"] == rest[0])
        own.update({name: value for name, value in asked.body.items() if name not in self.ignored})
        return 200, {"success": True}

    def _method(self, asked: Asked, rest: list[str]) -> tuple[int, Json]:
        if asked.method == "POST":
            self.methods[asked.body["accountKey"]].append({**asked.body, "id": "new-method", "status": "Active"})
            return 200, {"success": True, "id": "new-method"}
        every = [one for held in self.methods.values() for one in held if one["id"] == rest[0]]
        return 200, every[0] | {"success": True} if every else refusal(50000040)

    def _id(self, key: str) -> str:
        return self.numbers.get(key, key)

    def _paged(self, name: str, every: list[Json], asked: Asked) -> tuple[int, Json]:
        size, number = min(self.page, int(asked.query.get("pageSize", "40"))), int(asked.query.get("page", "1"))
        answer: Json = {name: every[(number - 1) * size : number * size], "success": True}
        if number * size < len(every):
            following = urlencode(asked.query | {"page": number + self.page_step})
            answer["nextPage"] = f"https://rest.example{asked.path}?{following}"
        return 200, answer

    def _invoice(self, asked: Asked, rest: list[str]) -> tuple[int, Json]:
        every = (one for held in self.invoices.values() for one in held)
        own = next(one for one in every if one["head"]["id"] == rest[0])
        match rest[1:]:
            case ["items"]:
                return self._paged("invoiceItems", own["items"], asked)
            case ["application-parts"]:
                return self._paged("applicationParts", own["parts"], asked)
        return 200, own["head"]

    def _put_account(self, account_id: str, body: Json) -> tuple[int, Json]:
        own = self.accounts[account_id]
        for name, value in body.items():
            if name in self.ignored:
                continue
            if name in {"autoPay", "billCycleDay"}:
                own["billingAndPayment"][name] = value
            elif name in {"billToContact", "soldToContact"}:
                own[name] = own[name] | value
            else:
                own["basicInfo"][name] = value
        return 200, {"success": True}

    def _contact(self, asked: Asked, rest: list[str]) -> tuple[int, Json]:
        if asked.method == "POST":
            made = {**asked.body, "id": f"contact-{len(self.contacts)}"}
            self.contacts[made["id"]] = made
            return 200, made | {"success": True}
        held = self.contacts.get(rest[0])
        if held is None:
            return 404, refusal(50000040)
        if asked.method == "PUT":
            held.update({name: value for name, value in asked.body.items() if name not in self.ignored})
        return 200, held | {"success": True}

    def _order(self, asked: Asked, rest: list[str]) -> tuple[int, Json]:
        if rest == ["preview"]:
            return 200, {"success": True, "previewResult": self.preview}
        if asked.method == "GET":
            held = self.orders.get(rest[0])
            return 200, {"success": True, "order": held} if held else refusal(50000040)
        number = asked.body["orderNumber"]
        if number in self.orders:
            return 200, refusal(58560030)
        kept: Json = {name: asked.body[name] for name in ("orderNumber", "orderDate", "existingAccountNumber")}
        kept["subscriptions"] = [
            {
                "subscriptionNumber": one["subscriptionNumber"],
                "orderActions": [{"type": action["type"]} for action in one["orderActions"]],
            }
            for one in asked.body["subscriptions"]
        ]
        self.orders[number] = kept | {"status": "Completed", "createdDate": "2026-06-16 08:00:00"}
        return 200, {"success": True, "orderNumber": number, "status": "Completed"}


def stocked() -> Tenant:
    """Chat: 30.00 a seat and month, June is paid; support: 90.00 a quarter. Both terms end on 1 March 2027."""
    chat = subscription("A-S1", CHAT, [plan("plan-chat", "Chat Team", [charge("C-1", "product-charge-chat")])])
    quarterly = charge(
        "C-2", "product-charge-support", billingPeriod="Quarter", price=Decimal("90.00"), billingDay=None
    )
    support = subscription("A-S2", SUPPORT, [plan("plan-support", "Support Team", [quarterly])])
    return Tenant(
        accounts={CHAT: account(CHAT, "A-CHAT"), SUPPORT: account(SUPPORT, "A-SUPPORT")},
        numbers={"A-CHAT": CHAT, "A-SUPPORT": SUPPORT},
        subscriptions={CHAT: [chat], SUPPORT: [support]},
        invoices={CHAT: [june()], SUPPORT: []},
        methods={
            one: [
                {
                    "id": f"{one}-method",
                    "type": "CreditCardReferenceTransaction",
                    "tokenId": f"token-of-{one}",
                    "secondTokenId": f"profile-of-{one}",
                    "creditCardMaskNumber": "************1111",
                    "creditCardType": "Visa",
                    "status": "Active",
                }
            ]
            for one in (CHAT, SUPPORT)
        },
    )


def _exact(content: bytes) -> Any:  # noqa: ANN401 - decoded JSON
    return json.loads(content, parse_float=Decimal)


@contextmanager
def serving(tenant: Tenant) -> Iterator[Tenant]:
    with vendor_server.serving(tenant.answer, decode=_exact, encode=_encode) as tenant.url:
        yield tenant
