"""X-04: archived ones are found. X-05: a paging limit never ends a listing. X-13: open ones come first."""

import json
from pathlib import Path

import pytest
import urllib3

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.looking import LISTING, calls, part_records, resume
from tests.support.moves import Account, Json
from tests.support.proxy import Given, Passed, Rule, between

SAME = "2024-01-01T09:59:59.000Z"


@pytest.mark.requirement("X-04")
@pytest.mark.parametrize("status", ["open", "closed"])
def test_archived_conversations_move_and_stay_archived(make_account: MakeAccount, tmp_path: Path, status: str) -> None:
    conversations = [
        exports.conversation("shown", "chat", status=status),
        exports.conversation("put-away", "chat", status=status, archived=True),
    ]
    account = make_account(exports.export(exports.new_account_id("archived"), conversations=conversations))
    report = account.move("chat")
    held = account.dump(tmp_path).by_id("help_desk/conversations.jsonl")
    assert report["counts"]["conversations"]["source"] == 2
    assert report["counts"]["conversations"]["moved"] == 2
    assert {one: row["archived"] for one, row in held.items()} == {"shown": False, "put-away": True}
    assert {row["status"] for row in held.values()} == {status}


def without(account: Account, path: str, one: str) -> Rule:
    """Let a listing pass over an item, as a platform's faulty index does."""

    def rule(call: Passed) -> Given | None:
        if call.method != "GET" or call.path.partition("?")[0] != path:
            return None
        answer = urllib3.request("GET", f"{account.sandbox.url}{call.path}", headers=call.headers)
        body = answer.json()
        body["items"] = [item for item in body["items"] if item["id"] != one]
        return Given(answer.status, json.dumps(body).encode())

    return rule


def seed(make_account: MakeAccount) -> Account:
    conversations = [exports.conversation(f"c{n}", "chat") for n in range(3)]
    return make_account(exports.export(exports.new_account_id("passed-over"), conversations=conversations))


@pytest.mark.requirement("X-04")
def test_what_the_first_listing_passes_over_is_found_by_the_second(make_account: MakeAccount, tmp_path: Path) -> None:
    account = seed(make_account)
    with between(account, without(account, "/v1/inbox/conversations", "c1")):
        report = account.move("chat")
    assert report["status"] == "done"
    assert report["counts"]["conversations"]["moved"] == 3
    assert sorted(account.dump(tmp_path).by_id("help_desk/conversations.jsonl")) == ["c0", "c1", "c2"]


@pytest.mark.requirement("X-04")
def test_a_second_listing_whose_items_are_not_its_total_is_not_believed(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = seed(make_account)
    with between(account, without(account, "/v1/inbox/inventory", "c1")):
        report = account.move("chat")
    assert report["status"] == "paused"
    assert report["paused_because"]["code"] == "listing_incomplete"
    assert "DELETE /v1/inbox/channels/{id}" not in calls(account)
    assert resume(account, report["move_id"])["status"] == "done"
    assert account.dump(tmp_path).rows("inbox/conversations.jsonl") == []


def _equal_times(count: int) -> list[Json]:
    return [exports.conversation(f"c{n:02d}", "chat", started_at=SAME) for n in range(count)]


@pytest.mark.requirement("X-05", "X-01")
@pytest.mark.parametrize("limit", [1, 3, 7])
def test_a_paging_limit_among_equal_times_splits_the_window_and_loses_nothing(
    make_account: MakeAccount, tmp_path: Path, limit: int
) -> None:
    account = make_account(exports.export(exports.new_account_id("limit"), conversations=_equal_times(10)))
    account.sandbox.faults(account.id, f"page_limit={limit}")
    report = account.move("chat")
    held = account.dump(tmp_path).rows("help_desk/conversations.jsonl")
    assert account.sandbox.fault_counts(account.id)[f"page_limit={limit}"]["done"] >= 10 // limit - 1
    assert report["status"] == "done"
    assert sorted(row["id"] for row in held) == [f"c{n:02d}" for n in range(10)]
    assert {row["started_at"] for row in held} == {SAME}


@pytest.mark.requirement("X-05")
def test_a_listing_of_several_pages_is_read_to_its_end(make_account: MakeAccount, tmp_path: Path) -> None:
    account = make_account(
        exports.export(
            exports.new_account_id("pages"),
            conversations=[exports.conversation(f"c{n:03d}", "chat", started_at=SAME) for n in range(201)],
        )
    )
    report = account.move("chat")
    assert report["counts"]["conversations"]["moved"] == 201
    assert calls(account).count(LISTING) == 3 + 3  # three pages of closed ones, and an empty one for each other pass
    assert len(account.dump(tmp_path).rows("help_desk/conversations.jsonl")) == 201


@pytest.mark.requirement("X-13")
def test_open_conversations_are_imported_before_closed_ones(make_account: MakeAccount) -> None:
    conversations = []
    for n in range(6):
        # The closed ones are older: a listing in order of time would bring them first.
        old, new = f"2020-01-0{n + 1}T00:00:00.000Z", f"2024-01-0{n + 1}T00:00:00.000Z"
        conversations.append(exports.conversation(f"closed-{n}", "chat", started_at=old, archived=n % 2 == 1))
        conversations.append(
            exports.conversation(f"open-{n}", "chat", started_at=new, status="open", archived=n % 2 == 1)
        )
    account = make_account(exports.export(exports.new_account_id("order"), conversations=conversations))
    account.sandbox.faults(account.id, "page_limit=1")
    report = account.move("chat")
    listed = [one for part in part_records(account, report["move_id"]) for one in part["ids"]]
    state = account.sandbox.state(account.id)
    created = list(dict.fromkeys(sent["cause"] for sent in state["sent"] if sent["cause"].startswith("backfill:")))
    assert report["counts"]["conversations"]["moved"] == 12
    assert [one.split("-")[0] for one in listed] == ["open"] * 6 + ["closed"] * 6
    assert len(created) == 12
    # Four workers import at once: a closed one can overtake at most the three open ones that are under way.
    assert [one.split("-")[0] for one in created[:3]] == ["backfill:open"] * 3
    assert {one.split("-")[0] for one in created[9:]} == {"backfill:closed"}
