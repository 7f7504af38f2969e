"""X-01: a run that dies goes on where it was. X-02: a later run moves only what changed."""

from pathlib import Path

import pytest

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.looking import (
    ATTACHMENT,
    IMPORT,
    LISTING,
    PLENTY,
    TOO_LITTLE,
    before_page,
    calls,
    execution_arn,
    kill,
    resume,
    rewrite_record,
)
from tests.support.moves import Account, until

PAGES = 4
"""Each of open, open archived, closed and closed archived is listed apart; here each fits on a page."""
KINDS = [("open", False), ("open", True), ("closed", False), ("closed", True)]


def seed(make_account: MakeAccount, count: int = 8) -> Account:
    conversations = []
    for n in range(count):
        status, archived = KINDS[n % len(KINDS)]
        messages = [exports.message(f"c{n}-m0", attachments=[exports.attachment(f"c{n}-f0", bytes([n]))])]
        conversations.append(exports.conversation(f"c{n}", "chat", status=status, archived=archived, messages=messages))
    return make_account(exports.export(exports.new_account_id("resuming"), conversations=conversations))


def nothing_lost_nothing_twice(account: Account, folder: Path, count: int = 8) -> None:
    dump = account.dump(folder)
    ids = sorted(f"c{n}" for n in range(count))
    held = dump.rows("help_desk/conversations.jsonl")
    tickets = dump.rows("help_desk/tickets.jsonl")
    assert sorted(row["id"] for row in held) == ids
    assert sorted(ticket["conversation_id"] for ticket in tickets) == ids
    assert {row["ticket_id"] for row in held} == {ticket["id"] for ticket in tickets}
    assert [len(row["messages"]) for row in held] == [1] * count
    assert dump.rows("inbox/conversations.jsonl") == []


@pytest.mark.requirement("X-01")
def test_listing_stops_when_two_minutes_are_left_and_goes_on_at_its_cursor(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = seed(make_account)
    times = iter([PLENTY, TOO_LITTLE] * PAGES)
    before = account.stack.invocations.get("list_conversations", 0)
    with account.stack.time_left("list_conversations", lambda: next(times)):
        report = account.move("chat")
    assert report["status"] == "done"
    assert account.stack.invocations["list_conversations"] - before == PAGES
    assert calls(account).count(LISTING) == PAGES
    nothing_lost_nothing_twice(account, tmp_path)


@pytest.mark.requirement("X-01")
@pytest.mark.parametrize("step", ["catch_up", "verify_conversations", "release_conversations"])
def test_every_looping_step_stops_when_two_minutes_are_left_and_goes_on(
    make_account: MakeAccount, tmp_path: Path, step: str
) -> None:
    account = seed(make_account)
    asked = 0

    def seconds() -> float:
        nonlocal asked
        asked += 1
        return TOO_LITTLE if asked == 1 else PLENTY

    before = account.stack.invocations.get(step, 0)
    with account.stack.time_left(step, seconds):
        report = account.move("chat")
    assert report["status"] == "done"
    assert account.stack.invocations[step] - before == 2
    nothing_lost_nothing_twice(account, tmp_path)


@pytest.mark.requirement("X-01")
def test_an_execution_that_is_aborted_while_it_lists_reads_at_most_one_page_again(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = seed(make_account)
    with before_page(account, "list_conversations", 3, lambda: kill(account, move)):
        move = account.ask("chat")
        paused = account.ended(move, "paused")
    assert paused["paused_because"]["code"] == "execution_died"
    assert account.stack.execution(execution_arn(account, move))["status"] == "ABORTED"
    report = resume(account, move)
    assert report["status"] == "done"
    assert report["counts"]["conversations"]["moved"] == 8
    assert calls(account).count(LISTING) == PAGES + 1
    nothing_lost_nothing_twice(account, tmp_path)


@pytest.mark.requirement("X-01", "H-06")
def test_a_refused_call_while_it_lists_pauses_the_move_and_it_goes_on_at_its_cursor(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = seed(make_account)
    fewer = ["inbox.write", "help_desk.read", "help_desk.write", "notices.write", "webhooks.write"]
    with before_page(account, "list_conversations", 3, lambda: account.sandbox.set_options(account.id, scopes=fewer)):
        move = account.ask("chat")
        paused = account.ended(move, "paused")
    assert paused["paused_because"]["code"] == "vendor_refused"
    assert paused["paused_because"]["message"] == "GET /v1/inbox/conversations: 403 missing_scope"
    account.sandbox.set_options(account.id, scopes=[*fewer, "inbox.read"])
    report = resume(account, move)
    assert report["status"] == "done"
    assert report["attempt"] == 2
    assert calls(account).count(LISTING) == PAGES + 1  # the refused one
    nothing_lost_nothing_twice(account, tmp_path)


@pytest.mark.requirement("X-01")
def test_an_execution_that_is_aborted_while_it_imports_copies_no_part_again_that_was_done(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = seed(make_account, 12)
    account.sandbox.faults(account.id, "page_limit=1,slow=0.5")
    move = account.ask("chat")
    until(lambda: IMPORT in calls(account), "the import has begun")
    kill(account, move)
    account.sandbox.faults(account.id, "")
    account.stack.drain(60)
    listed = calls(account).count(LISTING)
    report = resume(account, move)
    assert report["status"] == "done"
    assert report["counts"]["conversations"]["moved"] == 12
    assert report["counts"]["tickets"] == {"kept": 0, "created": 12}
    assert calls(account).count(LISTING) == listed
    # What a worker had under way when it died is done again: one part of one conversation for each of four workers.
    assert calls(account).count(IMPORT) <= 12 + 4
    nothing_lost_nothing_twice(account, tmp_path, 12)


@pytest.mark.requirement("X-01")
def test_the_schedule_finds_a_move_whose_execution_died_unheard(make_account: MakeAccount, tmp_path: Path) -> None:
    account = seed(make_account)
    with before_page(account, "verify_conversations", 1, lambda: kill(account, move)):
        move = account.ask("chat")
        account.ended(move, "paused")
    account.stack.drain(60)
    # As if the event of the abort had been lost: the record still says that the move runs.
    rewrite_record(account, move, status="running", pause=None, progressed_at="2024-01-01T00:00:00.000Z")
    assert account.stack.fire_schedule("watch_moves") == 1
    until(lambda: account.status(move) == "paused", "the schedule's look finds the dead move")
    assert account.ended(move, "paused")["paused_because"]["code"] == "execution_died"
    assert resume(account, move)["status"] == "done"
    nothing_lost_nothing_twice(account, tmp_path)


@pytest.mark.requirement("X-02", "X-01")
def test_a_resumed_run_reads_and_writes_only_what_changed(make_account: MakeAccount, tmp_path: Path) -> None:
    account = seed(make_account)
    account.sandbox.faults(account.id, "corrupt=owner_id")
    move = account.ask("chat")
    report = account.ended(move, "paused")["report"]
    wrong = report["differences"][0]["id"]
    changed = next(one for one in ("c5", "c6") if one != wrong)
    account.sandbox.live(account.id, "message", conversation_id=changed, text="one more")
    account.stack.drain(60)
    before = calls(account)
    report = resume(account, move)
    after = calls(account)[len(before) :]
    dump = account.dump(tmp_path)
    assert report["status"] == "done"
    assert LISTING not in after
    assert after.count(ATTACHMENT) == 2  # the damaged conversation's and the changed one's, of eight
    assert [m["text"] for m in dump.by_id("help_desk/conversations.jsonl")[changed]["messages"]] == [
        "hello",
        "one more",
    ]
    assert len(dump.rows("help_desk/conversations.jsonl")) == 8


@pytest.mark.requirement("X-02")
def test_no_clock_decides_what_moves(make_account: MakeAccount, tmp_path: Path) -> None:
    years = ["1970", "2024", "2099"]
    conversations = [
        exports.conversation(
            f"of-{year}",
            "chat",
            started_at=f"{year}-01-01T00:00:00.000Z",
            updated_at=f"{year}-01-01T00:00:00.000Z",
            messages=[exports.message(f"of-{year}-m0", at=f"{year}-01-01T00:00:00.000Z")],
        )
        for year in years
    ]
    account = make_account(exports.export(exports.new_account_id("clock"), conversations=conversations))
    account.sandbox.faults(account.id, "page_limit=1")
    event: dict[str, object] = {}

    def reply() -> None:
        event.update(account.sandbox.live(account.id, "message", conversation_id="of-2099", text="late"))

    with before_page(account, "catch_up", 1, reply):
        report = account.move("chat")
    held = account.dump(tmp_path).by_id("help_desk/conversations.jsonl")
    assert event["where"] == "inbox"
    assert report["status"] == "done"
    assert sorted(held) == ["of-1970", "of-2024", "of-2099"]
    assert [m["text"] for m in held["of-2099"]["messages"]] == ["hello", "late"]
    assert held["of-1970"]["started_at"] == "1970-01-01T00:00:00.000Z"


@pytest.mark.requirement("X-02", "H-24", "H-25")
def test_a_change_that_the_listings_still_hide_is_found_after_the_declared_lag(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    conversations = [exports.conversation("c0", "chat"), exports.conversation("c1", "other")]
    channels = [exports.channel("chat"), exports.channel("other")]
    export = exports.export(exports.new_account_id("lag"), channels=channels, conversations=conversations)
    account = make_account(export, options={"listing_lag_ms": 900})
    # The platform signs its webhooks with a foreign secret, so that only the changes' cursor can find it.
    account.sandbox.set_options(account.id, webhook_secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])

    def change_channel() -> None:
        account.sandbox.live(account.id, "move_channel", conversation_id="c1", channel_id="chat")

    with before_page(account, "release_conversations", 1, change_channel):
        report = account.move("chat")
    held = account.dump(tmp_path).by_id("help_desk/conversations.jsonl")
    assert report["status"] == "done"
    assert sorted(held) == ["c0", "c1"]
    assert (held["c1"]["channel_id"], held["c1"]["original_channel_id"]) == ("chat", "other")
