from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from infra.local.sandbox.account import Account
from infra.local.sandbox.arrivals import GAPS, Arrivals
from infra.local.sandbox.export import parse_export
from infra.local.sandbox.people import Deleted, happen
from tests.unit.sandbox.example_account import conversation, example_export

LIST = ("GET", "/v1/inbox/conversations")
IMPORT = ("POST", "/v1/help_desk/imports")
READ_BACK = ("POST", "/v1/help_desk/conversations/batch_read")
RELEASE = ("POST", "/v1/inbox/conversations/release")
Fired = list[tuple[tuple[str, str], list[int]]]


def _account(more: int = 40) -> Account:
    export = example_export()
    for number in range(more):
        export["conversations"].append(conversation(f"more-{number:03d}", 10 + number, archived=number % 5 == 0))
    return Account.of(parse_export(export), "token", "whsec_c2VjcmV0")


def _move(account: Account, arrivals: Arrivals, page: int = 10) -> Fired:
    """Make the calls of a move, as far as arrivals look at them, and return what arrived after each."""
    fired: Fired = []
    ids = list(account.inbox.by_id["chat"])
    pages = [tuple(ids[start : start + page]) for start in range(0, len(ids), page)]

    def call(method: str, path: str) -> None:
        fired.append(((method, path), arrivals.after_call(method, path)))

    call("GET", "/v1/account")
    call("PUT", "/v1/notices/banner")
    call("PUT", "/v1/help_desk/channels/{id}")
    account.inbox.switched.add("chat")
    account.desk.channels["chat"] = account.inbox.channels["chat"]
    call("POST", "/v1/inbox/channels/{id}/switch")
    for each in pages:
        account.progress.listed.update(each)
        call(*LIST)
    for each in pages:
        account.progress.importing = each
        account.progress.imported.update(each)
        call(*IMPORT)
    call("GET", "/v1/inbox/changes")
    call("GET", "/v1/inbox/inventory")
    for each in pages:
        account.progress.verified.update(each)
        call(*READ_BACK)
    for each in pages:
        account.progress.released.update(each)
        call(*RELEASE)
    call("DELETE", "/v1/inbox/channels/{id}")
    call("DELETE", "/v1/notices/banner")
    return fired


@pytest.mark.parametrize("count", [1, 5, len(GAPS) - 1, len(GAPS), 40, 200])
def test_exactly_as_many_arrive_as_asked_for(count: int) -> None:
    account = _account()
    arrivals = Arrivals(account, "chat", count)
    _move(account, arrivals)
    arrivals.finish()
    assert len(account.events) == count
    assert [event["n"] for event in account.events] == list(range(1, count + 1))
    assert arrivals.left == 0
    assert arrivals.finish() == []


def test_there_is_one_in_every_gap() -> None:
    account = _account()
    arrivals = Arrivals(account, "chat", len(GAPS))
    fired = _move(account, arrivals)
    by_step = Counter({step: 0 for step, _ in fired})
    for step, numbers in fired:
        by_step[step] += len(numbers)
    assert by_step.pop(("GET", "/v1/account")) == 0
    assert all(by_step.values())
    assert by_step[LIST] == by_step[IMPORT] == by_step[RELEASE] == 2
    assert len(arrivals.finish()) == 1


def test_a_short_count_takes_the_first_gaps_in_order() -> None:
    account = _account()
    fired = _move(account, Arrivals(account, "chat", 3))
    steps = [step for step, numbers in fired for _ in numbers]
    assert steps == [
        ("PUT", "/v1/notices/banner"),
        ("PUT", "/v1/help_desk/channels/{id}"),
        ("POST", "/v1/inbox/channels/{id}/switch"),
    ]


def test_a_move_of_one_page_has_all_gaps_too() -> None:
    account = _account(more=0)
    arrivals = Arrivals(account, "chat", len(GAPS))
    _move(account, arrivals, page=100)
    assert arrivals.left == 1


def test_many_are_spread_over_the_work() -> None:
    account = _account()
    fired = _move(account, Arrivals(account, "chat", 200))
    work = [len(numbers) for step, numbers in fired if step in {LIST, IMPORT, READ_BACK, RELEASE}]
    assert min(work) > 0
    assert max(work) <= 3 * (sum(work) // len(work))


def test_without_history_the_rest_arrives_at_the_end() -> None:
    account = _account()
    account.inbox.switched.add("chat")
    arrivals = Arrivals(account, "chat", 30)
    for method, path in (("PUT", "/v1/notices/banner"), ("DELETE", "/v1/inbox/channels/{id}")):
        arrivals.after_call(method, path)
    assert arrivals.left == 28
    arrivals.after_call("DELETE", "/v1/notices/banner")
    assert arrivals.left == 1
    assert len(arrivals.finish()) == 1


def test_every_target_meets_every_kind() -> None:
    account = _account()
    arrivals = Arrivals(account, "chat", 300)
    _move(account, arrivals)
    arrivals.finish()
    released = [event for event in account.events if event.get("conversation_id") in account.progress.released]
    late = released[len(released) // 2 :]
    kinds = {"message" if "message" in event else next(iter(event["change"])) for event in late}
    assert kinds == {"message", "status", "owner_id"}


def test_what_was_deleted_meanwhile_is_no_target() -> None:
    account = _account(more=0)
    arrivals = Arrivals(account, "chat", 60)
    arrivals.after_call("PUT", "/v1/notices/banner")
    born = account.events[0]["conversation"]["id"]
    gone = set(account.inbox.by_id["chat"])
    assert born in gone
    for identifier in sorted(gone):
        happen(account, Deleted(identifier))
    account.progress.released.add("conv-plain")
    account.inbox.switched.add("chat")
    arrivals.finish()
    assert arrivals.left == 0
    after = account.events[-59:]
    assert {event["conversation_id"] for event in after if "conversation_id" in event}.isdisjoint(gone)


def _without_times(events: list[dict[str, Any]]) -> list[object]:
    return [(event["where"], event.get("conversation_id"), sorted(event.get("change", {}))) for event in events]


def test_the_same_seed_makes_the_same_events() -> None:
    told = []
    for seed in (1, 1, 2):
        account = _account()
        arrivals = Arrivals(account, "chat", 60, seed)
        _move(account, arrivals)
        told.append(_without_times(account.events))
    assert told[0] == told[1]
    assert told[0] != told[2]


def test_events_are_of_every_kind_and_on_every_target() -> None:
    account = _account()
    originals = set(account.inbox.by_id["chat"])
    arrivals = Arrivals(account, "chat", 200)
    _move(account, arrivals)
    arrivals.finish()
    kinds: Counter[str] = Counter()
    for event in account.events:
        kinds["new"] += "conversation" in event
        kinds["message"] += "message" in event
        kinds["status"] += "status" in event.get("change", {})
        kinds["owner"] += "owner_id" in event.get("change", {})
        kinds["on new"] += event.get("conversation_id", "conv-ticket") not in originals
        kinds["archived"] += event.get("conversation_id") == "conv-archived"
        kinds["empty"] += event.get("conversation_id") == "conv-empty"
    assert all(kinds[kind] for kind in ("new", "message", "status", "owner", "on new", "archived", "empty"))
    born = [event for event in account.events if "conversation" in event]
    assert {event["where"] for event in born} == {"inbox", "help_desk"}
    assert all(event["conversation"]["ticket_id"] for event in born if event["where"] == "help_desk")
