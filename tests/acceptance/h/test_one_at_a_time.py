from pathlib import Path

import pytest

from deskshift.domain.move_ids import move_id
from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.moves import LONG, Account, Hold, Json, until

BANNERS = {("PUT", "/v1/notices/banner"): "up", ("DELETE", "/v1/notices/banner"): "down"}


def _export(name: str) -> Json:
    channels = [exports.channel("chat"), exports.channel("mail", "email"), exports.channel("form", "form")]
    conversations = [exports.conversation(f"c-{channel['id']}", channel["id"]) for channel in channels]
    return exports.export(exports.new_account_id(name), channels=channels, conversations=conversations)


def _account(make_account: MakeAccount) -> Account:
    return make_account(_export("line"))


def _waits(account: Account, move: str) -> bool:
    """Tell whether a move stands in the line, with an execution that waits for its turn."""
    if account.status(move) is None:
        return False
    shown = account.show(move)
    return (shown["status"], shown["progress"]["phase"]) == ("queued", "begin")


def _banners(account: Account) -> list[str]:
    made = [(call["method"], call["path"]) for call in account.sandbox.calls(account.id)]
    return [BANNERS[call] for call in made if call in BANNERS]


def _operate(account: Account, function: str, move: str) -> Json:
    return dict(account.stack.invoke(function, {"account_id": account.id, "move_id": move}))


@pytest.mark.requirement("H-04")
def test_three_requests_run_one_after_the_other_in_their_order_whichever_way_they_come(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = _account(make_account)
    with Hold(account.stack, "list_conversations") as hold:
        first = account.ask("form")
        hold.reached()
        account.console("chat", request_id="by-console")
        second = move_id(account.id, "chat", "by-console")
        until(lambda: _waits(account, second), "the console's request waits")
        third = account.ask("mail")
        until(lambda: _waits(account, third), "the third request waits")
        assert [account.status(move) for move in (first, second, third)] == ["running", "queued", "queued"]
        assert account.sandbox.state(account.id)["banner"]["move_id"] == first
        assert len(account.calls("POST", "/v1/inbox/channels/{id}/switch")) == 1
    reports = [account.report(move) for move in (first, second, third)]
    assert [report["status"] for report in reports] == ["done", "done", "done"]
    assert reports[0]["finished_at"] <= reports[1]["started_at"]
    assert reports[1]["finished_at"] <= reports[2]["started_at"]
    assert _banners(account) == ["up", "down"] * 3
    ids = [row["id"] for row in account.dump(tmp_path).rows("help_desk/channels.jsonl")]
    assert ids == ["chat", "form", "mail"]


@pytest.mark.requirement("H-04")
def test_requests_sent_at_once_are_done_one_at_a_time_in_their_order(make_account: MakeAccount) -> None:
    account = _account(make_account)
    moves = [account.ask(channel_id) for channel_id in ("mail", "chat", "form")]
    reports = [account.report(move) for move in moves]
    assert [report["status"] for report in reports] == ["done", "done", "done"]
    starts = [report["started_at"] for report in reports]
    assert starts == sorted(starts)
    assert _banners(account) == ["up", "down"] * 3


@pytest.mark.requirement("H-04")
def test_a_second_request_for_the_same_channel_is_refused_while_the_first_runs(make_account: MakeAccount) -> None:
    account = _account(make_account)
    with Hold(account.stack, "list_conversations") as hold:
        first = account.ask("chat")
        hold.reached()
        again = account.move("chat")
    assert (again["status"], [notice["code"] for notice in again["refusals"]]) == ("refused", ["already_asked_for"])
    assert again["refusals"][0]["message"] == f"channel chat is being moved by {first}"
    assert account.report(first)["status"] == "done"


@pytest.mark.requirement("H-04")
def test_accounts_do_not_wait_for_one_another(make_account: MakeAccount) -> None:
    one, other = _account(make_account), _account(make_account)
    with Hold(one.stack, "list_conversations") as hold:
        move = one.ask("chat")
        hold.reached()
        assert other.move("chat")["status"] == "done"
        assert one.status(move) == "running"
    assert one.report(move)["status"] == "done"


@pytest.mark.requirement("H-04", "H-06")
def test_a_paused_move_keeps_the_slot_until_it_is_resumed_and_done(make_account: MakeAccount) -> None:
    account = _account(make_account)
    account.sandbox.faults(account.id, "corrupt=messages.text")
    first = account.ask("chat")
    assert account.report(first)["status"] == "paused"
    second = account.ask("mail")
    until(lambda: _waits(account, second), "the second request waits")
    account.stack.invoke("watch_moves", {})
    assert (account.status(first), account.status(second)) == ("paused", "queued")
    assert _banners(account) == ["up"]
    assert _operate(account, "resume_move", first) == {"move_id": first, "attempt": 2, "status": "running"}
    done = account.ended(first, "done")["report"]
    after = account.report(second)
    assert (done["status"], after["status"]) == ("done", "done")
    assert done["finished_at"] <= after["started_at"]


@pytest.mark.requirement("H-04", "H-06")
def test_a_cancelled_move_is_passed_over_and_moves_nothing(make_account: MakeAccount, tmp_path: Path) -> None:
    account = _account(make_account)
    with Hold(account.stack, "list_conversations") as hold:
        first = account.ask("chat")
        hold.reached()
        second = account.ask("mail")
        until(lambda: _waits(account, second), "the second request waits")
        third = account.ask("form")
        until(lambda: _waits(account, third), "the third request waits")
        assert _operate(account, "cancel_move", second)["status"] == "cancelled"
    assert [account.report(move)["status"] for move in (first, third)] == ["done", "done"]
    cancelled = account.report(second)
    assert (cancelled["status"], cancelled["started_at"]) == ("cancelled", None)
    assert cancelled["counts"]["conversations"]["moved"] == 0
    (execution,) = [arn for arn in account.stack.executions("ChannelMoveMachine") if f":{second}-" in arn]
    assert account.stack.execution(execution)["status"] == "ABORTED"
    dump = account.dump(tmp_path)
    assert [row["id"] for row in dump.rows("help_desk/channels.jsonl")] == ["chat", "form"]
    assert [row["id"] for row in dump.rows("inbox/conversations.jsonl")] == ["c-mail"]
    assert account.move("mail")["status"] == "done"


def _failed_before_it_began(make_account: MakeAccount) -> tuple[Account, str]:
    """Let the first move be paused at its check: the platform does not know deskshift's token for a while."""
    made = _export("unbegun")
    account = make_account(made)
    account.sandbox.remove_account(account.id)
    first = account.ask("chat")
    assert account.ended(first, "paused")["paused_because"]["code"] == "vendor_refused"
    account.sandbox.add_account(made, token=account.token, webhook_secret=account.webhook_secret)
    return account, first


@pytest.mark.requirement("H-04", "H-06")
def test_one_that_failed_before_it_began_keeps_nobody_waiting_and_can_be_cancelled(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account, first = _failed_before_it_began(make_account)
    assert account.move("mail")["status"] == "done"
    assert account.status(first) == "paused"
    assert _operate(account, "cancel_move", first)["status"] == "cancelled"
    assert account.report(first)["status"] == "cancelled"
    assert [row["id"] for row in account.dump(tmp_path).rows("help_desk/channels.jsonl")] == ["mail"]


@pytest.mark.requirement("H-04", "H-06")
def test_one_that_failed_before_it_began_waits_when_resumed_until_the_one_that_runs_is_done(
    make_account: MakeAccount,
) -> None:
    account, first = _failed_before_it_began(make_account)
    with Hold(account.stack, "list_conversations") as hold:
        second = account.ask("mail")
        hold.reached()
        assert _operate(account, "resume_move", first) == {"move_id": first, "attempt": 2, "status": "queued"}
        until(lambda: _waits(account, first), "the resumed move waits")
        assert account.status(second) == "running"
    done = account.report(second)
    after = account.ended(first, "done")["report"]
    assert (done["status"], after["status"]) == ("done", "done")
    assert done["finished_at"] <= after["started_at"]
    assert _banners(account) == ["up", "down"] * 2


@pytest.mark.requirement("H-04")
def test_a_refused_request_and_a_dry_run_keep_nobody_waiting(make_account: MakeAccount) -> None:
    account = _account(make_account)
    with Hold(account.stack, "list_conversations") as hold:
        first = account.ask("chat")
        hold.reached()
        assert account.move("mail", requested_by="with-access")["status"] == "refused"
        assert account.move("mail", dry_run=True)["status"] == "dry_run"
        last = account.ask("form")
        until(lambda: _waits(account, last), "the last request waits")
    assert account.report(first)["status"] == "done"
    assert account.report(last)["status"] == "done"


@pytest.mark.requirement("H-04")
def test_a_start_from_the_console_needs_no_request_id_and_takes_its_place_in_the_line(
    make_account: MakeAccount,
) -> None:
    account = _account(make_account)
    given = {"account_id": account.id, "channel_id": "mail", "requested_by": "admin"}
    with Hold(account.stack, "list_conversations") as hold:
        first = account.ask("chat")
        hold.reached()
        account.stack.start_execution("ChannelMoveMachine", given, name=f"typed-by-hand-{account.id}")
        second = move_id(account.id, "mail", f"typed-by-hand-{account.id}")
        until(lambda: _waits(account, second), "the console's request waits")
    reports = [account.report(move) for move in (first, second)]
    assert [report["status"] for report in reports] == ["done", "done"]
    assert reports[0]["finished_at"] <= reports[1]["started_at"]


@pytest.mark.requirement("H-04")
def test_the_same_request_by_queue_and_by_console_is_one_move(make_account: MakeAccount) -> None:
    account = _account(make_account)
    with Hold(account.stack, "list_conversations") as hold:
        move = account.ask("chat", request_id="once")
        hold.reached()
        again = account.console("chat", request_id="once")
        assert account.stack.wait_for(again, LONG)["status"] == "FAILED"
        assert (account.status(move), account.show(move)["attempt"]) == ("running", 1)
    assert account.report(move)["status"] == "done"
    assert _banners(account) == ["up", "down"]
