"""What is asked of a billing merge: again, twice, with another preview, in vain, and by a machine that waits."""

import json

import pytest

from infra.local.stack.errors import FunctionFailed
from tests.acceptance.z.conftest import MakeMerging
from tests.support.merging import DEAD_LETTERS, at, ledger_of, of


@pytest.mark.requirement("Z-24", "Z-25")
def test_what_was_refused_is_tried_again_by_another_request_and_keeps_its_own_end(merging: MakeMerging) -> None:
    one = merging()
    preview = one.preview()
    assert one.merge(preview, upgrade_passed=False)["status"] == "refused"
    done = one.merge(preview, request_id="merge-2")
    assert (done["status"], done["request_ids"]) == ("done", ["merge-1", "merge-2"])
    after = one.billing()
    answered = one.waited_for(preview, upgrade_passed=False)
    assert (answered["status"], answered["error"]) == ("FAILED", "upgrade_not_passed")
    assert (one.show(preview["merge_id"]), one.billing()) == (done, after)


def test_a_request_id_that_was_used_for_another_request_is_a_dead_letter(merging: MakeMerging) -> None:
    one = merging()
    preview = one.preview()
    refused = one.merge(preview, upgrade_passed=False)
    one.send(one.request(preview), dedup=f"differs-{one.account.id}")
    assert one.ended(preview) == refused
    letters = [m for m in one.account.stack.queue_messages(DEAD_LETTERS) if one.account.id in m.body]
    assert [m.attributes["error_code"] for m in letters] == ["request_differs"]
    assert "upgrade_passed" in letters[0].attributes["reason"]


def test_a_preview_made_anew_is_carried_out_by_its_own_order(merging: MakeMerging) -> None:
    """Both previews of one request have one merge; what was refused of the first one is not posted by the second."""
    one = merging()
    first = one.preview()
    assert one.merge(first, upgrade_passed=False)["status"] == "refused"
    changed = one.billing()
    of(changed, "chat")["subscriptions"][0]["charges"][0]["seats"][0]["quantity"] = 4
    one.account.sandbox.set_options(one.account.id, billing=changed)
    second = one.preview()
    assert second["merge_id"] == first["merge_id"]
    shown = one.merge(second, request_id="merge-2")
    assert (shown["status"], shown["preview_id"]) == ("done", second["preview"]["preview_id"])
    assert shown["report"]["preview"]["total_minor"] == second["preview"]["total_minor"]


@pytest.mark.requirement("Z-25")
def test_only_the_preview_that_was_carried_out_is_told_to_be_done(merging: MakeMerging) -> None:
    with at("2022-11-20T12:00:00+00:00"):
        one = merging()
        cancelled = one.preview(choice="cancel", chosen_at="2022-11-20T10:00:00Z")
        inherited = one.preview()
        assert cancelled["merge_id"] == inherited["merge_id"]
        assert one.merge(cancelled)["status"] == "done"
        answered = one.waited_for(inherited, request_id="merge-2")
    assert (answered["status"], answered["error"]) == ("FAILED", "another_preview_counts")


def test_the_ledger_has_the_lines_of_the_preview_that_was_carried_out_alone(merging: MakeMerging) -> None:
    one = merging()
    first = one.preview()
    one.merge(first, upgrade_passed=False)
    changed = one.billing()
    of(changed, "chat")["invoices"], of(changed, "chat")["payments"] = [], []
    one.account.sandbox.set_options(one.account.id, billing=changed)
    second = one.preview()
    shown = one.merge(second, request_id="merge-2")
    kept = ledger_of(one.account.stack, one.account.id, second["preview"]["preview_id"])
    assert kept == shown["report"]["ledger"]
    assert sum(entry["amount_minor"] for entry in kept) == second["preview"]["total_minor"]


def test_a_choice_of_tomorrow_is_none(merging: MakeMerging) -> None:
    with at("2022-11-20T12:00:00+00:00"):
        one = merging(choice="cancel", chosen_at="2022-11-20T12:06:00Z")
        with pytest.raises(FunctionFailed, match="chosen_at"):
            one.preview()
        assert one.preview(chosen_at="2022-11-20T12:05:00Z")["preview"]["decision"] == "cancel"


def test_a_message_twice_is_one_merge(merging: MakeMerging) -> None:
    one = merging()
    preview = one.preview()
    first = one.merge(preview)
    after = one.billing()
    one.send(one.request(preview), dedup="again")
    one.send(one.request(preview, request_id="merge-2"), dedup="another")
    assert one.ended(preview) == first
    assert one.billing() == after


def test_another_preview_after_the_merge_has_nothing_to_merge(merging: MakeMerging) -> None:
    one = merging()
    one.merge(one.preview())
    again = one.preview(request_id="request-2")["preview"]
    assert [r["code"] for r in again["refusals"]] == ["already_one_account"]


def test_a_preview_of_another_account_is_unknown_here(merging: MakeMerging) -> None:
    one, other = merging(), merging()
    preview = other.preview()
    one.send(one.request(preview), dedup="foreign")
    one.account.stack.drain(60)
    letters = [m for m in one.account.stack.queue_messages(DEAD_LETTERS) if one.account.id in m.body]
    assert [m.attributes["error_code"] for m in letters] == ["unknown_preview"]
    assert other.billing()["shared_account_id"] is None


def test_a_machine_that_waits_is_told_how_it_ended(merging: MakeMerging) -> None:
    one = merging()
    done = one.waited_for(one.preview())
    assert done["status"] == "SUCCEEDED"
    assert json.loads(done["output"])["status"] == "done"
    refused = one.waited_for(one.preview(request_id="request-2"), forced=True)
    assert (refused["status"], refused["error"]) == ("FAILED", "already_one_account")
    never = one.waited_for(one.preview(request_id="request-3"), preview_id="preview-none", forced=True)
    assert (never["status"], never["error"]) == ("FAILED", "unknown_preview")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("preview_id", None),
        ("approved_by", ""),
        ("upgrade_passed", "yes"),
        ("forced", 1),
        ("aproved_by", "owner"),
        ("account_id", "../x"),
        ("task_token", 5),
    ],
)
def test_a_request_that_can_never_succeed_is_a_dead_letter(merging: MakeMerging, field: str, value: object) -> None:
    one = merging()
    body = one.request(one.preview(), **{field: value})
    one.send({**body, "request_id": f"wrong-{field}-{one.account.id}"[:128]}, dedup=f"wrong-{field}-{one.account.id}")
    one.account.stack.drain(60)
    wrong = [m for m in one.account.stack.queue_messages(DEAD_LETTERS) if f"wrong-{field}-{one.account.id}" in m.body]
    assert [m.attributes["error_code"] for m in wrong] == ["invalid_field"]
    assert field in wrong[0].attributes["reason"]
