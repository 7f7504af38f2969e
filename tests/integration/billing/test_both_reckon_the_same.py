"""deskshift and the sandbox reckon every order by ways of their own, and come to the same, to the cent."""

import time
from typing import Any

import msgspec
import pytest
import urllib3
from hypothesis import HealthCheck, given, settings

from deskshift.connectors.http import VendorClient
from deskshift.connectors.pace import Pace
from deskshift.connectors.platform.billing import PlatformBilling
from deskshift.domain.billing.comparison import first_difference
from deskshift.domain.billing.facts import Facts
from deskshift.domain.billing.position import position, posted
from deskshift.domain.billing.preview import preview, reckoned_outcome
from deskshift.domain.billing.settlement import Settlement
from deskshift.model.billing import Billing
from deskshift.model.billing_order import Order
from infra.local.accounts import new_token, new_webhook_secret
from infra.local.sandbox.client import Sandbox
from tests.support import exports
from tests.support.billing_invariants import check_given_back
from tests.support.billing_strategies import merge_facts


def opened(sandbox: Sandbox, facts: Facts) -> PlatformBilling:
    """Seed the billing and open it as the product does."""
    form: Any = msgspec.to_builtins(facts.billing)
    billing = {name: form[name] for name in ("shared_account_id", "accounts", "prices", "contracts")}
    export = exports.export("acme", channels=[exports.channel("chat")], billing=billing)
    token = new_token()
    sandbox.add_account(export, token=token, webhook_secret=new_webhook_secret())
    pace = Pace(10_000.0, time.monotonic, time.sleep)
    return PlatformBilling(VendorClient(sandbox.url, token, pace, urllib3.Timeout(connect=5, read=30), time.sleep))


@pytest.mark.requirement("Z-21", "Z-25")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(facts=merge_facts())
def test_the_preview_is_what_is_posted(sandbox: Sandbox, facts: Facts) -> None:
    made = preview(facts, "merge-1")
    if made.order is None:
        assert made.lines == ()
        return
    system = opened(sandbox, facts)
    ours = reckoned_outcome(made.order, facts)
    assert first_difference(ours, system.preview(made.order)) is None
    assert position(system.read().accounts) == made.before
    outcome = system.place(made.order, "merge-1/order")
    assert first_difference(ours, outcome) is None
    after = system.read()
    assert {code: amount for code, amount in position(after.accounts).items() if amount} == {
        code: amount for code, amount in made.after.items() if amount
    }
    for each in facts.billing.accounts:
        check_given_back(each, outcome, facts.policy.increments)
    # Twice is once.
    assert system.place(made.order, "merge-1/order") == outcome == system.placed("merge-1")
    assert system.read() == after


@pytest.mark.requirement("Z-21", "Z-25")
@settings(max_examples=75, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(facts=merge_facts())
def test_aligning_twice_changes_nothing(sandbox: Sandbox, facts: Facts) -> None:
    """What was aligned is one account, of which a preview posts nothing; and to align it again comes to the same.

    An order at the same day for a subscription that has moved takes back all of what the first one posted of its new
    terms, and posts the same again: no position changes. That is said of a shared account without invoices of its own
    (an account bills one subscription, so that an order would give back another's too), and of a subscription that goes
    on under new terms. What the first order credited stays where it was put, and no reckoning of the shared account has
    its invoice, which is on the old one.
    """
    chat, support = facts.billing.accounts
    alone = msgspec.structs.replace(support, invoices=(), payments=(), credits=())
    facts = msgspec.structs.replace(facts, billing=msgspec.structs.replace(facts.billing, accounts=(chat, alone)))
    first = preview(facts, "merge-1").order
    if first is None:
        return
    system = opened(sandbox, facts)
    system.place(first, "merge-1/order")
    system.share(support.id, "merge-1/share")
    once = msgspec.structs.replace(facts, billing=as_read(system, facts))
    again = preview(once, "merge-2")
    assert (again.order, again.lines, again.before) == (None, (), again.after)
    for each in once.billing.accounts:
        for invoice in each.invoices:
            for line in Settlement(each).lines(invoice).values():
                assert line.paid + line.credited + line.open == line.amount
                assert min(line.paid, line.credited, line.open) >= 0
    changes = tuple(
        msgspec.structs.replace(one, account_id=one.to_account_id)
        for one in first.changes
        if one.until is not None and not one.owner_only
    )
    # Each by itself: both would give back both.
    if len(changes) != 1:
        return
    second = Order(number="merge-2", effective=first.effective, changes=changes)
    before = position(once.billing.accounts)
    ours = reckoned_outcome(second, once)
    assert first_difference(ours, system.place(second, "merge-2/order")) is None
    assert not any(line.kind == "credit" for line in ours.lines)
    assert {code: amount for code, amount in posted(ours).items() if amount} == {}
    assert position(system.read().accounts) == before


def as_read(system: PlatformBilling, facts: Facts) -> Billing:
    """Read the billing back, under the account's own time zone and language."""
    return msgspec.structs.replace(
        system.read(),
        account_id=facts.billing.account_id,
        time_zone=facts.billing.time_zone,
        locale=facts.billing.locale,
    )
