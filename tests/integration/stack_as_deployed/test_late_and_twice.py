"""Messages come twice and out of order, old workers come late: nothing of it changes anything."""

from pathlib import Path

import pytest

from deskshift.domain.move_ids import move_id
from deskshift.model.move import PartRecord
from deskshift.store.work import Work
from infra.local.stack.errors import FunctionFailed
from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.looking import IMPORT, Hold, calls, kill, part_records, record, resume
from tests.support.moves import Account, Json, until

STEPS = (
    "open_capture",
    "switch_channel",
    "list_conversations",
    "catch_up",
    "verify_conversations",
    "release_conversations",
    "settle_move",
    "finish_move",
)


def seed(make_account: MakeAccount) -> Account:
    conversations = [exports.conversation(f"c{n}", "chat") for n in range(3)]
    return make_account(exports.export(exports.new_account_id("late"), conversations=conversations))


def executions(account: Account, move: str) -> list[str]:
    names = [arn.rsplit(":", 1)[-1] for arn in account.stack.executions("ChannelMoveMachine")]
    return [name for name in names if name.startswith(f"{move}-")]


def step(account: Account, move: str, attempt: int, **more: object) -> Json:
    return {"account_id": account.id, "move_id": move, "attempt": attempt, **more}


def superseded(account: Account, function: str, event: Json) -> str:
    with pytest.raises(FunctionFailed) as failed:
        account.stack.invoke(function, event)
    assert failed.value.error_type == "SupersededAttempt"
    return failed.value.error_message


def test_the_same_request_twice_while_it_runs_and_after_it_is_done_is_one_move(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = seed(make_account)
    body = account.request("chat")
    move = move_id(account.id, "chat", body["request_id"])
    hold = Hold()
    with hold.at(account, "list_conversations"):
        for copy in range(3):  # other deduplication ids: as a redrive or a sender's repetition after five minutes
            account.stack.send("ChannelMovesQueue", body, group_id=account.id, dedup_id=f"{move}-{copy}")
        hold.reached()
        until(lambda: account.stack.queue_messages("ChannelMovesQueue") == [], "all three are dealt with")
    report = account.report(move)
    before, written = calls(account), record(account, move)
    account.stack.send("ChannelMovesQueue", body, group_id=account.id, dedup_id=f"{move}-late")
    until(lambda: account.stack.queue_messages("ChannelMovesQueue") == [], "the late one is dealt with")
    account.stack.drain(30)
    assert report["status"] == "done"
    assert executions(account, move) == [f"{move}-1"]
    assert calls(account) == before
    assert record(account, move) == written
    assert len(account.dump(tmp_path).rows("help_desk/conversations.jsonl")) == 3
    assert account.stack.queue_messages("ChannelMovesQueue") == []


def test_the_same_request_from_the_console_while_the_queues_runs_starts_no_second_move(
    make_account: MakeAccount,
) -> None:
    account = seed(make_account)
    body = account.request("chat")
    move = move_id(account.id, "chat", body["request_id"])
    hold = Hold()
    with hold.at(account, "list_conversations"):
        account.send(body)
        hold.reached()
        arn = account.stack.start_execution("ChannelMoveMachine", body, name=f"again-{account.id}")
        second = account.stack.wait_for(arn, 60)
        assert account.status(move) == "running"
    report = account.report(move)
    assert second["status"] == "FAILED"
    assert report["status"] == "done"
    assert report["attempt"] == 1
    assert account.sandbox.state(account.id)["banner"] is None


def test_a_step_of_an_older_attempt_changes_nothing_after_a_resume(make_account: MakeAccount) -> None:
    account = seed(make_account)
    account.sandbox.faults(account.id, "corrupt=owner_id")
    move = account.ask("chat")
    account.ended(move, "paused")
    hold = Hold()
    with hold.at(account, "verify_conversations"):
        account.stack.invoke("resume_move", {"account_id": account.id, "move_id": move})
        hold.reached()
        before, written = calls(account), record(account, move)
        part = part_records(account, move)[0]
        for function in STEPS:
            message = superseded(account, function, step(account, move, 1))
            assert message == f"attempt 1 of move {move} no longer owns it: it is running in attempt 2"
        late = {"key": part["key"], "count": len(part["ids"]), "sha256": part["sha256"]}
        superseded(account, "import_part", step(account, move, 1, part=late))
        superseded(account, "begin_move", step(account, move, 1, task_token="an-old-token"))
        assert calls(account) == before
        assert record(account, move) == written
        assert part_records(account, move)[0] == part
    assert account.report(move)["status"] == "done"


def test_a_resume_twice_starts_one_attempt(make_account: MakeAccount) -> None:
    account = seed(make_account)
    account.sandbox.faults(account.id, "corrupt=owner_id")
    move = account.ask("chat")
    account.ended(move, "paused")
    hold = Hold()
    with hold.at(account, "verify_conversations"):
        account.stack.invoke("resume_move", {"account_id": account.id, "move_id": move})
        hold.reached()
        with pytest.raises(FunctionFailed) as failed:
            account.stack.invoke("resume_move", {"account_id": account.id, "move_id": move})
    assert failed.value.error_type == "TransitionRefused"
    assert account.report(move)["status"] == "done"
    assert executions(account, move) == [f"{move}-1", f"{move}-2"]


def test_a_worker_that_read_a_part_before_a_newer_attempt_claimed_it_loses(make_account: MakeAccount) -> None:
    account = seed(make_account)
    hold = Hold()
    with hold.at(account, "catch_up"):
        move = account.ask("chat")
        hold.reached()
        work = Work(account.stack.physical_id("WorkTable"), account.stack.region)
        read = work.part(move, 1)
        assert read is not None
        fields = {name: getattr(read, name) for name in PartRecord.__struct_fields__}
        newer = PartRecord(**{**fields, "attempt": 2, "done": False})
        newer = work.save_part(move, newer, read=read)
        before = calls(account)
        late = {"key": read.key, "count": len(read.ids), "sha256": read.sha256}
        with pytest.raises(FunctionFailed) as failed:
            account.stack.invoke("import_part", step(account, move, 1, part=late))
        assert failed.value.error_type == "LateWriter"
        assert calls(account) == before
        assert work.part(move, 1) == newer
    assert account.report(move)["status"] == "done"


def test_a_part_that_is_done_is_passed_over(make_account: MakeAccount) -> None:
    account = seed(make_account)
    hold = Hold()
    with hold.at(account, "catch_up"):
        move = account.ask("chat")
        hold.reached()
        part = part_records(account, move)[0]
        imports = calls(account).count(IMPORT)
        late = {"key": part["key"], "count": len(part["ids"]), "sha256": part["sha256"]}
        assert account.stack.invoke("import_part", step(account, move, 1, part=late)) == {"more": False}
        assert calls(account).count(IMPORT) == imports
    assert account.report(move)["status"] == "done"


def test_steps_that_are_repeated_change_nothing_more(make_account: MakeAccount, tmp_path: Path) -> None:
    account = seed(make_account)
    hold = Hold()
    with hold.at(account, "verify_conversations"):
        move = account.ask("chat", mute=True)
        hold.reached()
        for function in ("open_capture", "switch_channel", "list_conversations"):
            assert account.stack.invoke(function, step(account, move, 1))["move_id"] == move
    report = account.report(move)
    assert report["status"] == "done"
    again = account.stack.invoke("finish_move", step(account, move, 1))
    assert again["move_id"] == move
    dump = account.dump(tmp_path)
    assert len(dump.rows("help_desk/conversations.jsonl")) == 3
    assert dump.account["notifications"] == {"new_ticket": True, "assignment": True, "reply": False}
    assert dump.account["banner"] is None


def test_changes_out_of_order_and_twice_leave_the_newest_there_once(make_account: MakeAccount, tmp_path: Path) -> None:
    account = seed(make_account)
    account.sandbox.faults(account.id, "shuffle_webhooks=0.5,duplicate_webhooks=0.5")
    hold = Hold()
    with hold.at(account, "verify_conversations"):
        move = account.ask("chat")
        hold.reached()
        for n in range(12):
            account.sandbox.live(account.id, "message", conversation_id=f"c{n % 3}", text=f"live {n}")
        until(lambda: account.sandbox.state(account.id)["webhooks"]["pending"] == 0, "all webhooks are delivered")
    report = account.report(move)
    held = account.dump(tmp_path).by_id("help_desk/conversations.jsonl")
    assert report["status"] == "done"
    for one in range(3):
        texts = [message["text"] for message in held[f"c{one}"]["messages"]]
        assert texts == ["hello", "again", *(f"live {n}" for n in range(12) if n % 3 == one)]


def test_an_event_of_an_old_execution_does_not_pause_the_newer_attempt(make_account: MakeAccount) -> None:
    account = seed(make_account)
    hold = Hold()
    with hold.at(account, "verify_conversations"):
        move = account.ask("chat")
        hold.reached()
        kill(account, move)
    account.stack.drain(30)
    old = next(arn for arn in account.stack.executions("ChannelMoveMachine") if arn.endswith(f":{move}-1"))
    second = Hold()
    with second.at(account, "verify_conversations"):
        account.stack.invoke("resume_move", {"account_id": account.id, "move_id": move})
        second.reached()
        seen = account.stack.invoke("watch_moves", {"detail": {"executionArn": old, "status": "ABORTED"}})
        state = step(account, move, 1, error={"Error": "States.Timeout", "Cause": ""})
        paused = account.stack.invoke("pause_move", {"state": state, "execution_arn": old})
        assert (seen["died"], paused) == ([], {"paused": None})
        assert account.status(move) == "running"
    assert account.report(move)["status"] == "done"


def test_a_move_that_was_paused_and_resumed_twice_is_still_one(make_account: MakeAccount, tmp_path: Path) -> None:
    account = seed(make_account)
    move = ""
    for damage in ("owner_id", "status"):
        account.sandbox.faults(account.id, f"corrupt={damage}")
        if not move:
            move = account.ask("chat")
            account.ended(move, "paused")
            account.sandbox.live(account.id, "message", conversation_id="c1", text="so that c1 is written again")
        else:
            assert resume(account, move)["status"] == "paused"
    report = resume(account, move)
    assert (report["status"], report["attempt"]) == ("done", 3)
    assert report["counts"]["conversations"]["moved"] == 3
    assert len(account.dump(tmp_path).rows("help_desk/tickets.jsonl")) == 3
