"""The adapter at a tenant, as it would be wired, and the orders that the tests place."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import urllib3

from deskshift.connectors.http import VendorClient
from deskshift.connectors.pace import Pace
from deskshift.connectors.zuora.billing import ZuoraBilling
from deskshift.connectors.zuora.client import VERSION, ZuoraClient
from deskshift.connectors.zuora.connection import ZuoraConnection
from deskshift.connectors.zuora.oauth import Tokens
from deskshift.model.billing import Charge, Seats
from deskshift.model.billing_order import Order, SubscriptionChange
from tests.integration.zuora.tenant import CLIENT_ID, SECRET, Tenant
from tests.integration.zuora.tenant_data import CHAT, SUPPORT

DAY = date(2026, 6, 16)


@dataclass
class Clock:
    """Time that passes only by sleeping, and when told to."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


Billed = Callable[..., ZuoraBilling]


def client(tenant: Tenant, clock: Clock) -> ZuoraClient:
    pace, timeout = Pace(1e9, clock.time, clock.sleep), urllib3.Timeout(connect=2, read=2)
    bare = VendorClient(tenant.url, None, pace, timeout, clock.sleep)
    tokens = Tokens(bare, CLIENT_ID, SECRET, clock.time)
    calls = VendorClient(tenant.url, tokens.bearer, pace, timeout, clock.sleep, headers={"zuora-version": VERSION})
    return ZuoraClient(calls, tokens)


def billing(tenant: Tenant, clock: Clock, **options: Any) -> ZuoraBilling:  # noqa: ANN401 - a connection's fields
    connection = ZuoraConnection(
        account_id="acme",
        time_zone="Europe/Berlin",
        locale="de-DE",
        accounts={"chat": "A-CHAT", "support": "A-SUPPORT"},
        **options,
    )
    return ZuoraBilling(client(tenant, clock), connection)


def change(**fields: Any) -> SubscriptionChange:  # noqa: ANN401 - a change's fields
    """Chat goes on with support's quarters, from the day to 1 December."""
    made: dict[str, Any] = {
        "subscription_id": "A-S1",
        "account_id": CHAT,
        "to_account_id": SUPPORT,
        "effective": DAY,
        "until": date(2026, 12, 1),
        "cycle": "quarter",
        "anchor": date(2026, 3, 1),
        "currency": "EUR",
        "charges": (
            Charge(
                id="C-1",
                plan="Chat Team",
                description="Seats",
                unit_price="90.00",
                seats=(Seats(start=date(2026, 3, 1), quantity=2),),
                tax_rate="19",
            ),
        ),
        "term_months": 12,
    }
    return SubscriptionChange(**(made | fields))


def order(*changes: SubscriptionChange, number: str = "merge-1") -> Order:
    every = changes or (change(),)
    return Order(number=number, effective=every[0].effective, changes=every)
