from pathlib import Path

import pytest

from tests.acceptance.h.arriving import assert_nothing_lost_nothing_twice, busy_account
from tests.acceptance.h.replay import Replay
from tests.conftest import MakeAccount
from tests.support.moves import Hold

ALL_SCOPES = ["inbox.read", "inbox.write", "help_desk.read", "help_desk.write", "notices.write", "webhooks.write"]


@pytest.mark.requirement("H-25", "H-21", "H-11")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_arrives_while_the_move_runs_is_there_once(make_account: MakeAccount, tmp_path: Path, seed: int) -> None:
    account = busy_account(make_account)
    before = account.dump(tmp_path / "before")
    account.sandbox.arrivals(account.id, 60, "chat", seed)
    report = account.move("chat")
    account.sandbox.finish_arrivals(account.id)
    replay = assert_nothing_lost_nothing_twice(account, report, before, tmp_path / "after")
    events = account.sandbox.state(account.id)["events"]
    assert len(events) == 60
    assert {event["where"] for event in events} == {"inbox", "help_desk"}
    assert replay.born


@pytest.mark.requirement("H-25", "H-16", "H-21")
def test_so_it_is_when_the_help_desk_gives_new_ids(make_account: MakeAccount, tmp_path: Path) -> None:
    account = busy_account(make_account, ids="new")
    before = account.dump(tmp_path / "before")
    account.sandbox.arrivals(account.id, 60, "chat", 7)
    report = account.move("chat")
    account.sandbox.finish_arrivals(account.id)
    assert_nothing_lost_nothing_twice(account, report, before, tmp_path / "after")


@pytest.mark.requirement("H-25")
def test_so_it_is_when_listings_lag_behind(make_account: MakeAccount, tmp_path: Path) -> None:
    account = busy_account(make_account, listing_lag_ms=400)
    before = account.dump(tmp_path / "before")
    account.sandbox.arrivals(account.id, 40, "chat", 4)
    report = account.move("chat")
    account.sandbox.finish_arrivals(account.id)
    assert_nothing_lost_nothing_twice(account, report, before, tmp_path / "after")


@pytest.mark.requirement("H-25")
@pytest.mark.parametrize(
    "faults",
    ["shuffle_webhooks=0.5,duplicate_webhooks=0.5", "500=0.1,lost_response=0.1,shuffle_webhooks=0.2,seed=2"],
)
def test_so_it_is_when_the_platform_misbehaves(make_account: MakeAccount, tmp_path: Path, faults: str) -> None:
    account = busy_account(make_account)
    before = account.dump(tmp_path / "before")
    account.sandbox.faults(account.id, faults)
    account.sandbox.arrivals(account.id, 40, "chat", 5)
    report = account.move("chat")
    account.sandbox.finish_arrivals(account.id)
    assert_nothing_lost_nothing_twice(account, report, before, tmp_path / "after")
    done = {name: count["done"] for name, count in account.sandbox.fault_counts(account.id).items()}
    assert min(done.values()) > 0


@pytest.mark.requirement("H-25")
def test_so_it_is_when_no_webhook_is_believed(make_account: MakeAccount, tmp_path: Path) -> None:
    account = busy_account(make_account, webhook_secrets=["whsec_bm90IHRoZSBzZWNyZXQgdGhhdCB3YXMgYWdyZWVk"])
    before = account.dump(tmp_path / "before")
    account.sandbox.arrivals(account.id, 40, "chat", 6)
    report = account.move("chat")
    account.sandbox.finish_arrivals(account.id)
    assert_nothing_lost_nothing_twice(account, report, before, tmp_path / "after")


@pytest.mark.requirement("H-25", "H-06")
@pytest.mark.parametrize(
    ("step", "look"),
    [("list_conversations", 3), ("catch_up", 1), ("verify_conversations", 1), ("release_conversations", 1)],
)
def test_so_it_is_when_the_move_is_paused_and_resumed_meanwhile(
    make_account: MakeAccount, tmp_path: Path, step: str, look: int
) -> None:
    account = busy_account(make_account)
    before = account.dump(tmp_path / "before")
    account.sandbox.arrivals(account.id, 30, "chat", 8)
    with Hold(account.stack, step, look=look) as hold:
        move = account.ask("chat")
        hold.reached()
        account.sandbox.set_options(account.id, scopes=[])
    assert account.report(move)["paused_because"]["code"] == "vendor_refused"
    account.sandbox.set_options(account.id, scopes=ALL_SCOPES)
    account.sandbox.live(account.id, "message", conversation_id="open", text="while it is paused")
    account.sandbox.live(account.id, "delete", conversation_id="closed-5")
    account.sandbox.live(account.id, "new_conversation", channel_id="chat")
    account.stack.invoke("resume_move", {"account_id": account.id, "move_id": move})
    report = account.ended(move, "done")["report"]
    account.sandbox.finish_arrivals(account.id)
    assert_nothing_lost_nothing_twice(account, report, before, tmp_path / "after")


@pytest.mark.requirement("H-25")
def test_what_arrives_before_the_switch_moves_and_what_arrives_after_it_is_born_in_the_help_desk(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = busy_account(make_account)
    before = account.dump(tmp_path / "before")
    account.sandbox.arrivals(account.id, 3, "chat", 1)
    report = account.move("chat")
    events = account.sandbox.state(account.id)["events"]
    called = {n: call["path"] for call in account.sandbox.calls(account.id) for n in call["arrivals"]}
    assert [called[event["n"]] for event in events] == [
        "/v1/notices/banner",
        "/v1/help_desk/channels/{id}",
        "/v1/inbox/channels/{id}/switch",
    ]
    assert events[0]["where"] == "inbox"
    assert_nothing_lost_nothing_twice(account, report, before, tmp_path / "after")
    assert account.sandbox.live(account.id, "new_conversation", channel_id="chat")["where"] == "help_desk"


@pytest.mark.requirement("H-21", "H-23", "H-25")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_with_none_everything_old_stays_in_the_inbox_and_every_late_reply_is_listed(
    make_account: MakeAccount, tmp_path: Path, seed: int
) -> None:
    account = busy_account(make_account)
    before = account.dump(tmp_path / "before")
    account.sandbox.arrivals(account.id, 24, "chat", seed)
    report = account.move("chat", history="none")
    during = {n for call in account.sandbox.calls(account.id) for n in call["arrivals"]}
    account.sandbox.finish_arrivals(account.id)
    after = account.dump(tmp_path / "after")
    replay = Replay(before, after, "chat")
    assert report["status"] == "done"
    stays = {one: row for one, row in replay.conversations.items() if one not in replay.born}
    assert after.by_id("inbox/conversations.jsonl") == stays
    assert set(after.by_id("help_desk/conversations.jsonl")) == replay.born
    replies = [e for e in after.rows("arrivals.jsonl") if "message" in e and e["where"] == "inbox" and e["n"] in during]
    assert replies
    assert sorted(report["late_replies"]) == sorted({event["conversation_id"] for event in replies})
