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
from deskshift.domain.billing.position import position
from deskshift.domain.billing.preview import preview, reckoned_outcome
from infra.local.accounts import new_token, new_webhook_secret
from infra.local.sandbox.client import Sandbox
from tests.support import exports
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
    # Twice is once.
    assert system.place(made.order, "merge-1/order") == outcome == system.placed("merge-1")
    assert system.read() == after
