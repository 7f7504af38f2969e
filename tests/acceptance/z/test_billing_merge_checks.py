"""When a billing merge is carried out: what is looked at before the order, before a late one, and what stops it."""

import msgspec
import pytest

from deskshift.connectors.platform.billing import PlatformBilling
from deskshift.model.billing import BillingAccount
from deskshift.model.billing_order import Order, OrderOutcome
from deskshift.model.errors import VendorRefused, VendorUnavailable
from deskshift.store.merges import Merges
from infra.local.stack.errors import FunctionFailed
from tests.acceptance.z.conftest import MakeMerging
from tests.support.merging import PAID, SUPPORT, at, of


def _down(_system: PlatformBilling, order: Order, _key: str) -> OrderOutcome:
    raise VendorUnavailable("POST", f"/v1/billing/orders/{order.number}", "no answer")


@pytest.mark.requirement("Z-24")
def test_a_failed_upgrade_posts_nothing(merging: MakeMerging) -> None:
    one = merging()
    before = one.billing()
    shown = one.merge(one.preview(), upgrade_passed=False)
    assert (shown["status"], shown["claimed"]) == ("refused", False)
    assert [r["code"] for r in shown["report"]["refusals"]] == ["upgrade_not_passed"]
    assert {entry["outcome"] for entry in shown["report"]["ledger"]} == {"failed"}
    assert one.billing() == before


@pytest.mark.requirement("Z-24")
def test_nothing_is_posted_before_the_upgrade_was_to_begin(merging: MakeMerging) -> None:
    with at("2022-12-01T21:59:59+00:00"):
        one = merging()
        early = one.merge(one.preview())
    assert (early["status"], [r["code"] for r in early["report"]["refusals"]]) == ("refused", ["upgrade_not_due"])
    with at("2022-12-01T22:00:00+00:00"):
        assert one.merge(one.preview(), request_id="merge-2")["status"] == "done"


def test_what_was_claimed_long_ago_is_checked_again_before_it_is_posted(
    merging: MakeMerging,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = merging()
    with at("2022-12-02T08:00:00+00:00"):
        preview = one.preview()
        with monkeypatch.context() as down:
            down.setattr(PlatformBilling, "place", _down)
            with pytest.raises(FunctionFailed, match="no answer"):
                one.deliver(one.request(preview))
        assert one.show(preview["merge_id"])["claimed"]
    changed = one.billing()
    payment = of(changed, "chat")["payments"][0]
    payment["returned"] = payment["applied"]
    one.account.sandbox.set_options(one.account.id, billing=changed)
    with at("2022-12-03T08:00:00+00:00"):
        one.send(one.request(preview), dedup=f"again-{one.account.id}")
        shown = one.ended(preview)
    assert (shown["status"], [r["code"] for r in shown["report"]["refusals"]]) == ("failed", ["changed_since_preview"])
    assert of(one.billing(), "support")["invoices"] == []
    assert of(one.billing(), "chat")["autopay"] is True


def test_collection_is_restored_as_it_was_at_the_time_not_at_the_preview(merging: MakeMerging) -> None:
    one = merging()
    preview = one.preview()
    changed = one.billing()
    of(changed, "chat")["autopay"] = False
    one.account.sandbox.set_options(one.account.id, billing=changed)
    one.account.sandbox.faults(one.account.id, f"refuse={preview['merge_id']}")
    assert one.merge(preview)["status"] == "failed"
    assert [of(one.billing(), "chat")[name] for name in ("autopay", "dunning", "renewal")] == [False, True, True]


def test_what_is_refused_after_the_order_stops_nothing(merging: MakeMerging, monkeypatch: pytest.MonkeyPatch) -> None:
    one = merging()
    preview = one.preview()
    asked: list[str] = []

    def refused(system: PlatformBilling, account_id: str) -> BillingAccount:
        asked.append(account_id)
        if len(asked) > 1:
            raise VendorRefused("GET", "/v1/billing", 403, "missing_scope")
        return was(system, account_id)

    was = PlatformBilling.account
    with monkeypatch.context() as patched:
        patched.setattr(PlatformBilling, "account", refused)
        shown = one.merge(preview)
    assert (shown["status"], [task["code"] for task in shown["report"]["tasks"]]) == ("done", ["look_refused"])


def test_a_preview_of_what_is_posted_after_the_upgrade_counts_from_that_on(merging: MakeMerging) -> None:
    with at("2022-11-20T08:00:00+00:00"):
        one = merging()
        preview = one.preview()
    assert preview["expires_at"] == "2022-12-08T22:00:00Z"
    with at("2022-12-02T08:00:00+00:00"):
        assert one.merge(preview)["status"] == "done"


@pytest.mark.requirement("Z-25")
def test_what_changed_since_the_preview_is_named_and_nothing_is_done(merging: MakeMerging) -> None:
    one = merging()
    preview = one.preview()
    changed = one.billing()
    of(changed, "chat")["subscriptions"][0]["charges"][0]["seats"][0]["quantity"] = 4
    one.account.sandbox.set_options(one.account.id, billing=changed)
    before = one.billing()
    shown = one.merge(preview)
    (why,) = shown["report"]["refusals"]
    assert why["code"] == "changed_since_preview"
    assert "accounts[billing-chat].subscriptions[sub-chat].charges[charge-chat].seats[0].quantity" in why["message"]
    assert one.billing() == before


def test_a_billing_system_that_reckons_otherwise_is_believed_nothing(merging: MakeMerging) -> None:
    one = merging()
    one.account.sandbox.set_options(one.account.id, rounding={"EUR": 10})
    before = one.billing()
    shown = one.merge(one.preview())
    (why,) = shown["report"]["refusals"]
    assert why["code"] == "vendor_differs"
    assert "15534" in why["message"]
    assert one.billing() == before


def test_a_preview_expires_and_is_renewed_by_asking_again(merging: MakeMerging) -> None:
    one = merging()
    with at("2022-12-02T08:00:00+00:00"):
        preview = one.preview()
    assert preview["expires_at"] == "2022-12-09T08:00:00Z"
    with at("2022-12-09T08:00:00+00:00"):
        shown = one.merge(preview)
        assert [r["code"] for r in shown["report"]["refusals"]] == ["preview_expired"]
        again = one.preview()
    assert again["preview"]["preview_id"] == preview["preview"]["preview_id"]
    assert again["expires_at"] == "2022-12-16T08:00:00Z"


def test_nothing_is_posted_shortly_before_a_renewal_unless_forced(merging: MakeMerging) -> None:
    support = msgspec.structs.replace(SUPPORT, renews_at="2022-12-03T00:00:00Z")
    with at("2022-12-02T08:00:00+00:00"):
        one = merging(PAID, support)
        shown = one.merge(one.preview())
        assert [r["code"] for r in shown["report"]["refusals"]] == ["renewal_soon"]
        forced = merging(PAID, support)
        assert forced.merge(forced.preview(), forced=True)["status"] == "done"


def test_a_refusal_loses_to_whoever_has_claimed_the_order_meanwhile(
    merging: MakeMerging, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a merge would be told to have failed whose order the other one places."""
    one = merging()
    preview = one.preview()
    merges = Merges(one.account.stack.physical_id("MergesTable"), one.account.stack.region)

    def overtaken(*_: object) -> None:
        merge = merges.get(one.account.id, preview["merge_id"])
        merges.save(msgspec.structs.replace(merge, claimed_at="2026-01-01T00:00:00.000Z"))
        raise VendorRefused("PUT", "/v1/billing", 403, "missing_scope")

    with monkeypatch.context() as patched:
        patched.setattr(PlatformBilling, "collect", overtaken)
        with pytest.raises(FunctionFailed, match="LateWriter"):
            one.deliver(one.request(preview))
    merge = merges.get(one.account.id, preview["merge_id"])
    assert (merge.status, merge.ending, merge.claimed_at) == ("running", None, "2026-01-01T00:00:00.000Z")
