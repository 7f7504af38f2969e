"""The platform's billing adapter against the sandbox, over HTTP."""

from __future__ import annotations

import time
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import urllib3

from deskshift.connectors.http import VendorClient
from deskshift.connectors.pace import Pace
from deskshift.connectors.platform.billing import PlatformBilling
from deskshift.model.billing import Charge, Contact, PaymentMethod, Seats
from deskshift.model.billing_order import Collection, Order, SubscriptionChange
from deskshift.model.errors import VendorRefused, VendorUnavailable
from tests.integration.sandbox.platform_client import SECRET
from tests.unit.sandbox.example_account import example_export
from tests.unit.sandbox.example_billing import example_billing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deskshift.connectors.billing.ports import BillingSystem
    from deskshift.connectors.http import Answer
    from infra.local.sandbox.client import Sandbox

ACCOUNT = "adapted"
CHANGE = SubscriptionChange(
    subscription_id="chat",
    account_id="billing-chat",
    to_account_id="billing-support",
    effective=date(2022, 11, 25),
    until=date(2023, 3, 1),
    cycle="year",
    anchor=date(2022, 3, 1),
    currency="EUR",
    charges=(
        Charge(
            id="chat-seats",
            plan="chat-team",
            description="Chat Team",
            unit_price="2880/12",
            seats=(Seats(start=date(2020, 1, 1), quantity=5),),
            tax_rate="23",
        ),
    ),
)
ORDER = Order(number="merge-1.2:x", effective=CHANGE.effective, changes=(CHANGE,))


@pytest.fixture
def system(sandbox: Sandbox) -> Iterator[BillingSystem]:
    export = {**example_export(ACCOUNT), "billing": example_billing()}
    sandbox.add_account(export, token="token-adapted", webhook_secret=SECRET)
    pace = Pace(10_000.0, time.monotonic, lambda _: None)
    timeout = urllib3.Timeout(connect=5, read=30)
    yield PlatformBilling(VendorClient(sandbox.url, "token-adapted", pace, timeout, lambda _: None))
    sandbox.remove_account(ACCOUNT)


def test_it_reads_everything_and_one_account(system: BillingSystem) -> None:
    read = system.read()
    assert (read.account_id, read.time_zone, read.locale) == (ACCOUNT, "America/Sao_Paulo", "pt-BR")
    assert [each.id for each in read.accounts] == ["billing-chat", "billing-support"]
    assert read.contracts[0].prices == {"chat-team": "180", "support-team": "540"}
    assert system.account("billing-chat") == read.accounts[0]
    assert (system.offers.previews, system.offers.owner_transfer) == (True, True)


def test_it_previews_places_and_finds_an_order(system: BillingSystem) -> None:
    before = system.read()
    previewed = system.preview(ORDER)
    assert [(each.kind, each.amount_minor) for each in previewed.lines] == [
        ("credit", -2250),
        ("reduction", -2250),
        ("credit", -250),
        ("reduction", -250),
        ("charge", 31562),
    ]
    assert previewed.posted_at is None
    assert system.read() == before
    assert system.placed(ORDER.number) is None
    outcome = system.place(ORDER, "merge-1/order")
    assert msgspec.structs.replace(outcome, posted_at=None) == previewed
    after = system.read()
    assert system.placed(ORDER.number) == outcome == system.place(ORDER, "merge-1/order")
    assert system.read() == after


def test_another_order_of_the_number_is_refused(system: BillingSystem) -> None:
    system.place(ORDER, "merge-1/order")
    other = msgspec.structs.replace(ORDER, changes=(msgspec.structs.replace(CHANGE, credit_unused=False),))
    with pytest.raises(VendorRefused, match="order_differs"):
        system.place(other, "merge-1/order-again")


def test_it_switches_keeps_shares_and_closes(system: BillingSystem) -> None:
    contact = Contact(id="contact-chat", role="bill_to", name="Rui", email="rui@acme.example", active=False)
    method = PaymentMethod(id="card-chat", gateway_id="gw-chat", kind="card", label="ends in 1", active=False)
    for _ in range(2):
        system.collect("billing-chat", Collection(autopay=False, dunning=False, renewal=True), "merge-1/collect")
        system.keep_contact("billing-support", contact, "merge-1/contact")
        system.keep_payment_method("billing-support", method, "merge-1/method")
        system.share("billing-support", "merge-1/share")
    chat, support = system.read().accounts
    assert (chat.autopay, chat.dunning, chat.renewal, chat.version) == (False, False, True, 2)
    assert (support.contacts[1:], support.payment_methods[1:], support.version) == ((contact,), (method,), 3)
    assert system.read().shared_account_id == "billing-support"
    with pytest.raises(VendorRefused, match="not_settled"):
        system.close("billing-chat", "merge-1/close")


def test_an_account_without_billing_is_refused_not_empty(sandbox: Sandbox, system: BillingSystem) -> None:
    sandbox.add_account(example_export(ACCOUNT), token="token-adapted", webhook_secret=SECRET)
    with pytest.raises(VendorRefused, match="no_billing"):
        system.read()


def test_lost_answers_change_nothing_twice(sandbox: Sandbox, system: BillingSystem) -> None:
    sandbox.faults(ACCOUNT, "lost_response=0.5")
    outcome = system.place(ORDER, "merge-1/order")
    system.share("billing-support", "merge-1/share")
    sandbox.faults(ACCOUNT, "")
    assert system.placed(ORDER.number) == outcome
    chat, support = system.read().accounts
    assert (len(chat.credits), len(support.credits), len(support.invoices)) == (1, 1, 1)
    lost = [each for each in sandbox.calls(ACCOUNT) if each["fault"] == "lost_response"]
    assert any(each["method"] == "POST" and each["path"] == "/v1/billing/orders" for each in lost)


def test_every_write_bears_its_key(system: BillingSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    keys: list[tuple[str, str]] = []
    call = VendorClient.call

    def heard(client: VendorClient, method: str, path: str, **parts: Any) -> Answer:  # noqa: ANN401 - as they come
        if method != "GET":
            keys.append((path.rpartition("/")[2], parts["headers"]["idempotency-key"]))
        return call(client, method, path, **parts)

    monkeypatch.setattr(VendorClient, "call", heard)
    contact = Contact(id="c.1", role="bill_to", name="Rui", email="rui@acme.example")
    method = PaymentMethod(id="p.1", gateway_id="gw-1", kind="card", label="ends in 1")
    system.place(ORDER, "m/order")
    system.collect("billing-chat", Collection(autopay=True, dunning=True, renewal=False), "m/collect")
    system.keep_contact("billing-chat", contact, "m/contact")
    system.keep_payment_method("billing-chat", method, "m/method")
    system.share("billing-support", "m/share")
    with pytest.raises(VendorRefused):
        system.close("billing-chat", "m/close")
    assert keys == [
        ("orders", "m/order"),
        ("collection", "m/collect"),
        ("c%2E1", "m/contact"),
        ("p%2E1", "m/method"),
        ("shared-account", "m/share"),
        ("close", "m/close"),
    ]
    assert [each.id for each in system.account("billing-chat").contacts] == ["contact-chat", "c.1"]


def test_a_platform_that_stays_down_is_unavailable(sandbox: Sandbox, system: BillingSystem) -> None:
    sandbox.faults(ACCOUNT, "500=0.99")
    with pytest.raises(VendorUnavailable):
        system.place(ORDER, "merge-1/order")
