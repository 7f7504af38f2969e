from pathlib import Path

import pytest

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.moves import Account, Hold, Json, until

NOTIFICATIONS = {"new_ticket": True, "assignment": True, "reply": False, "weekly digest": True}
SCOPES = ["inbox.read", "inbox.write", "help_desk.read", "help_desk.write", "notices.write", "webhooks.write"]
ALL_OFF = dict.fromkeys(NOTIFICATIONS, False)


def _account(make_account: MakeAccount) -> Account:
    conversations = [
        exports.conversation("owned", "chat", owner_id="with-access"),
        exports.conversation("nobodys", "chat"),
        exports.conversation("blind", "chat", owner_id="without-access"),
        exports.conversation("ticketed", "chat", ticket_id="t"),
    ]
    tickets = [exports.ticket("t", "ticketed", owner_id="admin")]
    channels = [exports.channel("chat"), exports.channel("mail", "email")]
    made = exports.export(
        exports.new_account_id("notices"),
        account={"notifications": NOTIFICATIONS},
        channels=channels,
        conversations=conversations,
        tickets=tickets,
    )
    return make_account(made)


def _state(account: Account) -> Json:
    return account.sandbox.state(account.id)


@pytest.mark.requirement("H-26")
@pytest.mark.parametrize("history", ["all", "none"])
def test_while_it_runs_a_banner_says_that_assignments_may_change(
    make_account: MakeAccount, tmp_path: Path, history: str
) -> None:
    account = _account(make_account)
    with Hold(account.stack, "settle_move") as hold:
        move = account.ask("chat", history=history)
        hold.reached()
        banner = _state(account)["banner"]
    assert (banner["channel_id"], banner["move_id"]) == ("chat", move)
    assert "chat is being moved to the help desk" in banner["text"]
    assert "assignments may change" in banner["text"]
    assert account.report(move)["status"] == "done"
    assert account.dump(tmp_path).account["banner"] is None


@pytest.mark.requirement("H-26")
def test_the_banner_is_up_before_the_channel_switches_and_until_it_has_left_the_inbox(
    make_account: MakeAccount,
) -> None:
    account = _account(make_account)
    account.move("chat")
    steps = [f"{call['method']} {call['path']}" for call in account.sandbox.calls(account.id)]
    marks = [
        "PUT /v1/notices/banner",
        "POST /v1/inbox/channels/{id}/switch",
        "GET /v1/inbox/conversations",
        "DELETE /v1/inbox/channels/{id}",
        "DELETE /v1/notices/banner",
    ]
    assert [steps.count(mark) for mark in marks] == [1, 1, 4, 1, 1]
    assert sorted(marks, key=steps.index) == marks


@pytest.mark.requirement("H-26")
def test_no_banner_is_shown_for_what_never_begins(make_account: MakeAccount) -> None:
    account = _account(make_account)
    assert account.move("chat", requested_by="with-access")["status"] == "refused"
    assert account.move("chat", dry_run=True)["status"] == "dry_run"
    assert account.calls("PUT", "/v1/notices/banner") == []


@pytest.mark.requirement("H-30", "H-36")
def test_muted_for_the_move_and_restored_exactly(make_account: MakeAccount, tmp_path: Path) -> None:
    account = _account(make_account)
    with Hold(account.stack, "list_conversations") as hold:
        move = account.ask("chat", mute=True)
        hold.reached()
        assert _state(account)["notifications"] == ALL_OFF
    report = account.report(move)
    assert (report["status"], report["mute"]) == ("done", True)
    assert account.dump(tmp_path).account["notifications"] == NOTIFICATIONS
    assert _state(account)["sent"] == []


@pytest.mark.requirement("H-30")
def test_what_is_not_muted_is_not_touched(make_account: MakeAccount, tmp_path: Path) -> None:
    account = _account(make_account)
    with Hold(account.stack, "list_conversations") as hold:
        move = account.ask("chat")
        hold.reached()
        assert _state(account)["notifications"] == NOTIFICATIONS
    account.report(move)
    assert account.dump(tmp_path).account["notifications"] == NOTIFICATIONS
    assert account.calls("PUT", "/v1/notices/notifications") == []


@pytest.mark.requirement("H-30", "H-06", "H-26")
def test_restored_after_a_failure_muted_again_by_resuming_and_restored_at_the_end(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = _account(make_account)
    account.sandbox.faults(account.id, "corrupt=messages.text")
    move = account.ask("chat", mute=True)
    assert account.report(move)["status"] == "paused"
    paused = _state(account)
    assert paused["notifications"] == NOTIFICATIONS
    assert paused["banner"]["move_id"] == move
    # Somebody changes them while the move is paused: that is how they are then.
    changed = {**NOTIFICATIONS, "reply": True, "weekly digest": False}
    account.sandbox.set_options(account.id, notifications=changed)
    with Hold(account.stack, "catch_up") as hold:
        account.stack.invoke("resume_move", {"account_id": account.id, "move_id": move})
        hold.reached()
        assert _state(account)["notifications"] == ALL_OFF
    assert account.ended(move, "done")["status"] == "done"
    dump = account.dump(tmp_path)
    assert dump.account["notifications"] == changed
    assert dump.account["banner"] is None
    assert _state(account)["sent"] == []


@pytest.mark.requirement("H-30")
def test_restored_when_the_execution_dies(make_account: MakeAccount) -> None:
    account = _account(make_account)
    with Hold(account.stack, "list_conversations") as hold:
        move = account.ask("chat", mute=True)
        hold.reached()
        assert _state(account)["notifications"] == ALL_OFF
        (execution,) = [arn for arn in account.stack.executions("ChannelMoveMachine") if f":{move}-" in arn]
        account.stack.stop_execution(execution)
        shown = account.ended(move, "paused")
        assert shown["paused_because"]["code"] == "execution_died"
    # The watch pauses the move first, then restores: nobody who asks for the status waits for the platform.
    until(lambda: _state(account)["notifications"] == NOTIFICATIONS, "the notifications are restored")


@pytest.mark.requirement("H-30")
def test_restored_by_the_watch_where_the_failure_kept_the_pause_from_doing_it(make_account: MakeAccount) -> None:
    account = _account(make_account)
    with Hold(account.stack, "list_conversations") as hold:
        move = account.ask("chat", mute=True)
        hold.reached()
        account.sandbox.set_options(account.id, scopes=[])
    assert account.report(move)["status"] == "paused"
    assert _state(account)["notifications"] == ALL_OFF
    account.sandbox.set_options(account.id, scopes=SCOPES)
    account.stack.invoke("watch_moves", {})
    # The watch that the execution's end called may be at it too.
    until(lambda: _state(account)["notifications"] == NOTIFICATIONS, "the notifications are restored")
    account.stack.invoke("resume_move", {"account_id": account.id, "move_id": move})
    assert account.ended(move, "done")["status"] == "done"
    assert _state(account)["notifications"] == NOTIFICATIONS
    assert _state(account)["sent"] == []


@pytest.mark.requirement("H-36")
def test_unless_muted_the_tickets_and_assignments_of_the_move_notify_agents(make_account: MakeAccount) -> None:
    account = _account(make_account)
    report = account.move("chat")
    sent = sorted((m["cause"], m["to_kind"], m["to"]) for m in _state(account)["sent"])
    see_tickets = ["admin@desk.example", "with-access@desk.example"]
    new_tickets = [(f"backfill:{one}", "agent", to) for one in ("blind", "nobodys", "owned") for to in see_tickets]
    assignments = [
        ("backfill:owned", "agent", "with-access@desk.example"),
        ("backfill:ticketed", "agent", "admin@desk.example"),
    ]
    assert report["status"] == "done"
    assert sent == sorted(new_tickets + assignments)


@pytest.mark.requirement("H-36", "H-30")
@pytest.mark.parametrize("off", ["new_ticket", "assignment"])
def test_a_notification_that_was_off_before_stays_off(make_account: MakeAccount, tmp_path: Path, off: str) -> None:
    account = _account(make_account)
    before = {**NOTIFICATIONS, off: False}
    account.sandbox.set_options(account.id, notifications=before)
    account.move("chat")
    assert len(_state(account)["sent"]) == (2 if off == "new_ticket" else 6)
    assert account.dump(tmp_path).account["notifications"] == before
