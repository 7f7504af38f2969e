from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.timestamp import Timestamp
from moto.stepfunctions.parser.asl.eval.environment import Environment

from infra.local.stack.errors import FunctionFailed
from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.moves import Account, Hold, Json, until


def _account(make_account: MakeAccount) -> Account:
    conversations = [
        *(exports.conversation(f"open-{n}", "chat", status="open") for n in range(2)),
        *(exports.conversation(f"closed-{n}", "chat") for n in range(3)),
        exports.conversation("of-mail", "mail"),
    ]
    channels = [exports.channel("chat"), exports.channel("mail", "email")]
    account_id = exports.new_account_id("stopping")
    return make_account(exports.export(account_id, channels=channels, conversations=conversations))


def _operate(account: Account, function: str, move: str) -> Json:
    return dict(account.stack.invoke(function, {"account_id": account.id, "move_id": move}))


def _refused(account: Account, function: str, move: str) -> tuple[str, str]:
    with pytest.raises(FunctionFailed) as caught:
        _operate(account, function, move)
    return caught.value.error_type, caught.value.error_message


def _is_whole(account: Account, folder: Path) -> bool:
    dump = account.dump(folder)
    held = [row["id"] for row in dump.rows("help_desk/conversations.jsonl")]
    left = [row["id"] for row in dump.rows("inbox/conversations.jsonl")]
    return (held, left) == (["closed-0", "closed-1", "closed-2", "open-0", "open-1"], ["of-mail"])


@pytest.fixture
def _time_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let machines wait for their time instead of passing over it, as the local stack does by default."""

    def wait(timestamp: Timestamp, env: Environment) -> int:
        timestamp.string.eval(env=env)
        env.stack.pop()
        return 60

    monkeypatch.setattr(Timestamp, "_get_wait_seconds", wait)


TOMORROW = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.requirement("H-06")
@pytest.mark.parametrize(
    "step", ["list_conversations", "catch_up", "verify_conversations", "release_conversations", "settle_move"]
)
def test_once_started_a_move_cannot_be_stopped(make_account: MakeAccount, tmp_path: Path, step: str) -> None:
    account = _account(make_account)
    with Hold(account.stack, step) as hold:
        move = account.ask("chat")
        hold.reached()
        error, message = _refused(account, "cancel_move", move)
        assert _refused(account, "resume_move", move)[0] == "TransitionRefused"
    assert (error, message) == ("TransitionRefused", f"cannot cancel move {move}: its status is running")
    assert account.report(move)["status"] == "done"
    assert _refused(account, "cancel_move", move)[0] == "TransitionRefused"
    assert _refused(account, "resume_move", move)[0] == "TransitionRefused"
    assert _is_whole(account, tmp_path)


@pytest.mark.requirement("H-06")
def test_a_failure_while_listing_pauses_and_it_resumes_at_the_page_where_it_was(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = _account(make_account)
    scopes = ["inbox.read", "inbox.write", "help_desk.read", "help_desk.write", "notices.write", "webhooks.write"]
    with Hold(account.stack, "list_conversations", look=3) as hold:
        move = account.ask("chat")
        hold.reached()
        account.sandbox.set_options(account.id, scopes=scopes[1:])
    paused = account.report(move)
    assert (paused["status"], paused["paused_because"]["code"]) == ("paused", "vendor_refused")
    assert paused["paused_because"]["message"] == "GET /v1/inbox/conversations: 403 missing_scope"
    assert _refused(account, "cancel_move", move)[0] == "TransitionRefused"
    account.sandbox.set_options(account.id, scopes=scopes)
    assert _operate(account, "resume_move", move) == {"move_id": move, "attempt": 2, "status": "running"}
    done = account.ended(move, "done")["report"]
    assert (done["attempt"], done["counts"]["conversations"]["moved"]) == (2, 5)
    listed = [call["status"] for call in account.calls("GET", "/v1/inbox/conversations")]
    assert listed == [200, 200, 403, 200, 200]
    assert len(account.calls("POST", "/v1/inbox/channels/{id}/switch")) == 1
    assert _is_whole(account, tmp_path)


@pytest.mark.requirement("H-06")
def test_a_failure_after_the_import_resumes_without_listing_or_importing_what_is_done(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = _account(make_account)
    account.sandbox.faults(account.id, "corrupt=status")
    move = account.ask("chat")
    paused = account.report(move)
    assert (paused["status"], paused["paused_because"]["code"]) == ("paused", "verification_failed")
    imported = len(account.calls("POST", "/v1/help_desk/imports"))
    _operate(account, "resume_move", move)
    assert account.ended(move, "done")["status"] == "done"
    assert len(account.calls("GET", "/v1/inbox/conversations")) == 4
    # Only the copy that was found wrong is made anew.
    assert len(account.calls("POST", "/v1/help_desk/imports")) == imported + 1
    assert _is_whole(account, tmp_path)


@pytest.mark.requirement("H-06")
def test_a_queued_move_can_be_cancelled_also_twice(make_account: MakeAccount, tmp_path: Path) -> None:
    account = _account(make_account)
    with Hold(account.stack, "list_conversations") as hold:
        first = account.ask("mail")
        hold.reached()
        queued = account.ask("chat")
        until(
            lambda: account.status(queued) and account.show(queued)["progress"]["phase"] == "begin", "the second waits"
        )
        assert _operate(account, "cancel_move", queued) == {"move_id": queued, "attempt": 1, "status": "cancelled"}
        assert _operate(account, "cancel_move", queued) == {"move_id": queued, "attempt": 1, "status": "cancelled"}
        assert account.report(queued)["status"] == "cancelled"
    assert account.report(first)["status"] == "done"
    assert _refused(account, "resume_move", queued)[0] == "TransitionRefused"
    dump = account.dump(tmp_path)
    assert [row["id"] for row in dump.rows("help_desk/conversations.jsonl")] == ["of-mail"]
    assert [row["id"] for row in dump.rows("inbox/channels.jsonl")] == ["chat"]


@pytest.mark.requirement("H-06", "H-04")
@pytest.mark.usefixtures("_time_stands_still")
def test_a_scheduled_move_can_be_cancelled_and_stands_in_nobodys_way(make_account: MakeAccount, tmp_path: Path) -> None:
    account = _account(make_account)
    scheduled = account.ask("chat", start_at=TOMORROW)
    until(lambda: account.status(scheduled) and account.show(scheduled)["warnings"], "the scheduled move is checked")
    assert account.move("mail")["status"] == "done"
    assert account.show(scheduled)["status"] == "scheduled"
    assert _operate(account, "cancel_move", scheduled)["status"] == "cancelled"
    report = account.report(scheduled)
    assert (report["status"], report["started_at"]) == ("cancelled", None)
    dump = account.dump(tmp_path)
    assert [row["id"] for row in dump.rows("help_desk/channels.jsonl")] == ["mail"]
    assert [row["id"] for row in dump.rows("inbox/channels.jsonl")] == ["chat"]
    assert account.sandbox.state(account.id)["banner"] is None


@pytest.mark.requirement("H-06")
@pytest.mark.parametrize("way", ["queue", "console"])
def test_a_scheduled_move_that_nobody_cancels_begins_when_its_time_has_come(
    make_account: MakeAccount, tmp_path: Path, way: str
) -> None:
    account = _account(make_account)
    move = account.move if way == "queue" else account.console_move
    report = move("chat", start_at=TOMORROW)
    assert (report["status"], report["counts"]["conversations"]["moved"]) == ("done", 5)
    assert _is_whole(account, tmp_path)


@pytest.mark.requirement("H-06")
def test_a_move_that_failed_before_it_began_can_be_resumed_or_cancelled(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    made = exports.export(exports.new_account_id("unbegun"), conversations=[exports.conversation("c0", "chat")])
    account = make_account(made)
    account.sandbox.remove_account(account.id)
    move = account.ask("chat")
    assert account.ended(move, "paused")["status"] == "paused"
    account.sandbox.add_account(made, token=account.token, webhook_secret=account.webhook_secret)
    assert _operate(account, "resume_move", move) == {"move_id": move, "attempt": 2, "status": "queued"}
    assert account.ended(move, "done")["report"]["counts"]["conversations"]["moved"] == 1
    dump = account.dump(tmp_path)
    assert [row["id"] for row in dump.rows("help_desk/conversations.jsonl")] == ["c0"]
