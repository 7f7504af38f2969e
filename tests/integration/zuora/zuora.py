"""The adapter at a tenant, as it would be wired, and the orders that the tests place."""

from collections.abc import Callable
from datetime import date
from typing import Any

import urllib3

from deskshift.connectors.observer import Unobserved
from deskshift.connectors.zuora.billing import ZuoraBilling
from deskshift.connectors.zuora.client import ZuoraClient
from deskshift.connectors.zuora.opening import ZuoraCredentials, open_zuora
from deskshift.model.billing import Charge, Seats
from deskshift.model.billing_order import Order, SubscriptionChange
from deskshift.model.zuora_connection import ZuoraTenant
from tests.integration.zuora.tenant import CLIENT_ID, SECRET, Tenant
from tests.integration.zuora.tenant_data import CHAT, SUPPORT
from tests.support.passing_clock import Clock

DAY = date(2026, 6, 16)


Billed = Callable[..., ZuoraBilling]


def told(tenant: Tenant, **options: Any) -> ZuoraTenant:  # noqa: ANN401 - a tenant's fields
    """What an operator says of the tenant."""
    return ZuoraTenant(
        base_url=tenant.url,
        time_zone="Europe/Berlin",
        locale="de-DE",
        chat_account="A-CHAT",
        support_account="A-SUPPORT",
        **options,
    )


def client(tenant: Tenant, clock: Clock) -> ZuoraClient:
    return open_zuora(
        tenant.url,
        urllib3.Timeout(connect=2, read=2),
        ZuoraCredentials(client_id=CLIENT_ID, client_secret=SECRET),
        1e9,
        calls=Unobserved(),
        correlation=lambda: None,
        sleep=clock.sleep,
        clock=clock.time,
    )


def billing(tenant: Tenant, clock: Clock, **options: Any) -> ZuoraBilling:  # noqa: ANN401 - a tenant's fields
    return ZuoraBilling(client(tenant, clock), "acme", told(tenant, **options))


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
