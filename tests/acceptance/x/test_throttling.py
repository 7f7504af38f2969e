"""X-06: the platform's limit is kept by all workers together, Retry-After is obeyed, a stall raises an alarm."""

import json
from pathlib import Path

import pytest

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.looking import Hold, calls, rewrite_record
from tests.support.moves import Account, until

PER_SECOND = 60


def seed(make_account: MakeAccount, requests_per_second: float) -> Account:
    conversations = [
        exports.conversation(
            f"c{n:02d}", "chat", messages=[exports.message(f"m{n}", attachments=[exports.attachment(f"f{n}")])]
        )
        for n in range(30)
    ]
    export = exports.export(exports.new_account_id("throttled"), conversations=conversations)
    limit = {"rate_limit": {"requests": PER_SECOND, "per_seconds": 1}}
    account = make_account(export, options=limit, requests_per_second=requests_per_second)
    account.sandbox.faults(account.id, "page_limit=3")
    return account


def assert_all_moved(account: Account, folder: Path) -> None:
    held = account.dump(folder).rows("help_desk/conversations.jsonl")
    assert sorted(row["id"] for row in held) == [f"c{n:02d}" for n in range(30)]


@pytest.mark.requirement("X-06")
def test_concurrent_workers_stay_under_the_declared_limit_without_one_429(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = seed(make_account, PER_SECOND)
    report = account.move("chat")
    assert report["status"] == "done"
    assert account.sandbox.state(account.id)["rate_limited"] == 0
    assert {call["status"] for call in account.sandbox.calls(account.id)}.isdisjoint({429})
    assert_all_moved(account, tmp_path)


@pytest.mark.requirement("X-06")
def test_a_limit_lower_than_declared_is_kept_by_retry_after_and_everything_moves(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = seed(make_account, 5000)
    report = account.move("chat")
    refused = account.sandbox.state(account.id)["rate_limited"]
    assert report["status"] == "done"
    assert refused > 0
    # Who is told to wait waits: at most one refusal for each worker and each span of the limit.
    assert refused < len(calls(account)) / 2
    assert_all_moved(account, tmp_path)


@pytest.mark.requirement("X-06")
def test_each_429_is_followed_by_one_repetition_and_nothing_is_there_twice(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    conversations = [exports.conversation(f"c{n}", "chat") for n in range(5)]
    account = make_account(exports.export(exports.new_account_id("busy"), conversations=conversations))
    plain = make_account(exports.export(exports.new_account_id("free"), conversations=conversations))
    account.sandbox.faults(account.id, "429=0.1")
    report, _ = account.move("chat"), plain.move("chat")
    done = account.sandbox.fault_counts(account.id)["429"]["done"]
    assert report["status"] == "done"
    assert done > 0
    assert len(calls(account)) == len(calls(plain)) + done
    assert len(account.dump(tmp_path).rows("help_desk/conversations.jsonl")) == 5


@pytest.mark.requirement("X-06")
def test_a_move_that_stalls_raises_the_alarm_and_one_that_works_does_not(
    make_account: MakeAccount, capsys: pytest.CaptureFixture[str]
) -> None:
    account = make_account(
        exports.export(exports.new_account_id("stall"), conversations=[exports.conversation("c0", "chat")])
    )
    hold = Hold()
    with hold.at(account, "verify_conversations"):
        move = account.ask("chat")
        hold.reached()
        working = account.stack.invoke("watch_moves", {})
        rewrite_record(account, move, progressed_at="2024-01-01T00:00:00.000Z")
        capsys.readouterr()
        logged = len(account.stack.logs("watch_moves"))
        stalled = account.stack.invoke("watch_moves", {})
        # A metric is a printed line; whether the stack or pytest keeps it depends on who took stdout's place last.
        lines = (account.stack.logs("watch_moves")[logged:] + capsys.readouterr().out).splitlines()
        printed = [json.loads(line) for line in lines if '"_aws"' in line]
    assert working["stalled"] == []
    assert stalled == {"died": [], "stalled": [move], "woken": []}
    assert [record["MoveStalled"] for record in printed] == [[1.0]]
    assert [record["_aws"]["CloudWatchMetrics"][0]["Namespace"] for record in printed] == ["deskshift"]
    assert account.report(move)["status"] == "done"
    until(lambda: account.stack.invoke("watch_moves", {})["stalled"] == [], "the alarm ends with the stall")
