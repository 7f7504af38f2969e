from pathlib import Path

import pytest

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.moves import Account, Hold, Json

MOVED_TICKET = {"subject": "Kept as it is ✓", "status": "waiting_on_contact", "owner_id": "without-access"}


def _account(make_account: MakeAccount) -> Account:
    """Make an account whose channels have open, closed, archived, empty and ticketed conversations."""
    conversations = [
        exports.conversation("open", "chat", status="open", owner_id="with-access"),
        exports.conversation("closed", "chat"),
        exports.conversation("archived", "chat", archived=True),
        exports.conversation("empty", "chat", messages=[]),
        exports.conversation("ticketed", "chat", ticket_id="t-ticketed"),
        exports.conversation("of-mail", "mail", ticket_id="t-of-mail"),
    ]
    tickets = [
        exports.ticket("t-ticketed", "ticketed", **MOVED_TICKET),
        exports.ticket("t-of-mail", "of-mail"),
    ]
    channels = [exports.channel("chat"), exports.channel("mail", "email")]
    return make_account(
        exports.export(
            exports.new_account_id("history"), channels=channels, conversations=conversations, tickets=tickets
        )
    )


OF_CHAT = ["archived", "closed", "empty", "open", "ticketed"]


def _codes(report: Json) -> list[str]:
    return [notice["code"] for notice in report["refusals"]]


def _ids(rows: list[Json]) -> list[str]:
    return [str(row["id"]) for row in rows]


@pytest.mark.requirement("H-13", "H-15", "H-16")
def test_all_takes_every_conversation_and_every_ticket_of_one(make_account: MakeAccount, tmp_path: Path) -> None:
    account = _account(make_account)
    report = account.move("chat", history="all")
    dump = account.dump(tmp_path)
    assert (report["status"], report["history"]) == ("done", "all")
    assert report["counts"] == {
        "conversations": {
            "source": 5,
            "moved": 5,
            "skipped": 0,
            "quarantined": 0,
            "missing": 0,
            "extra": 0,
            "mismatched": 0,
        },
        "tickets": {"kept": 1, "created": 4},
        "messages": 8,
        "attachments": 0,
    }
    assert _ids(dump.rows("help_desk/conversations.jsonl")) == OF_CHAT
    assert _ids(dump.rows("inbox/conversations.jsonl")) == ["of-mail"]
    assert _ids(dump.rows("inbox/tickets.jsonl")) == ["t-of-mail"]
    ticket = dump.by_id("help_desk/tickets.jsonl")["t-ticketed"]
    kept = exports.ticket("t-ticketed", "ticketed", **MOVED_TICKET)
    assert {field: ticket[field] for field in kept} == kept


@pytest.mark.requirement("H-16")
def test_a_conversation_and_its_ticket_are_still_associated_when_both_get_new_ids(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = _account(make_account)
    account.sandbox.set_options(account.id, ids="new")
    report = account.move("chat")
    dump = account.dump(tmp_path)
    held = {row["legacy_id"]: row for row in dump.rows("help_desk/conversations.jsonl")}["ticketed"]
    ticket = {row.get("legacy_id"): row for row in dump.rows("help_desk/tickets.jsonl")}["t-ticketed"]
    assert report["status"] == "done"
    assert held["id"] != "ticketed"
    assert ticket["id"] != "t-ticketed"
    assert (held["ticket_id"], ticket["conversation_id"]) == (ticket["id"], held["id"])
    assert {field: ticket[field] for field in MOVED_TICKET} == MOVED_TICKET
    assert len(dump.rows("help_desk/tickets.jsonl")) == len(OF_CHAT)


@pytest.mark.requirement("H-13", "H-23")
def test_none_leaves_every_existing_conversation_in_the_inbox_as_it_was(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = _account(make_account)
    before = account.dump(tmp_path / "before")
    report = account.move("chat", history="none")
    after = account.dump(tmp_path / "after")
    assert (report["status"], report["history"], report["late_replies"]) == ("done", "none", [])
    assert report["counts"]["conversations"] == {
        "source": 5,
        "moved": 0,
        "skipped": 5,
        "quarantined": 0,
        "missing": 0,
        "extra": 0,
        "mismatched": 0,
    }
    assert report["counts"]["tickets"] == {"kept": 0, "created": 0}
    assert after.rows("inbox/conversations.jsonl") == before.rows("inbox/conversations.jsonl")
    assert after.rows("inbox/tickets.jsonl") == before.rows("inbox/tickets.jsonl")
    assert after.rows("help_desk/conversations.jsonl") == []
    assert after.rows("help_desk/tickets.jsonl") == []
    assert account.calls("POST", "/v1/help_desk/imports") == []
    assert "history_stays" in [notice["code"] for notice in report["warnings"]]


@pytest.mark.requirement("H-13")
def test_the_history_is_taken_along_unless_the_request_says_otherwise(make_account: MakeAccount) -> None:
    assert _account(make_account).move("chat")["history"] == "all"


@pytest.mark.requirement("H-21")
def test_with_all_a_later_reply_appears_in_the_help_desk_with_its_ticket(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = _account(make_account)
    account.move("chat", history="all")
    told = account.sandbox.live(account.id, "message", conversation_id="ticketed", text="Are you still there?")
    dump = account.dump(tmp_path)
    held = dump.by_id("help_desk/conversations.jsonl")["ticketed"]
    assert told["where"] == "help_desk"
    assert [message["text"] for message in held["messages"]] == ["hello", "again", "Are you still there?"]
    assert held["status"] == "closed"
    assert held["ticket_id"] == "t-ticketed"
    assert dump.by_id("help_desk/tickets.jsonl")["t-ticketed"]["conversation_id"] == "ticketed"
    assert "ticketed" not in dump.by_id("inbox/conversations.jsonl")


@pytest.mark.requirement("H-21")
def test_with_none_a_reply_during_the_move_stays_with_its_conversation_and_the_report_lists_it(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = _account(make_account)
    with Hold(account.stack, "catch_up") as hold:
        move = account.ask("chat", history="none")
        hold.reached()
        for conversation_id in ("ticketed", "archived", "ticketed", "of-mail"):
            account.sandbox.live(account.id, "message", conversation_id=conversation_id, text="a late reply")
        account.sandbox.live(account.id, "change", conversation_id="open", change={"status": "closed"})
    report = account.report(move)
    dump = account.dump(tmp_path)
    assert report["status"] == "done"
    assert sorted(report["late_replies"]) == ["archived", "ticketed"]
    texts = [message["text"] for message in dump.by_id("inbox/conversations.jsonl")["ticketed"]["messages"]]
    assert texts == ["hello", "again", "a late reply", "a late reply"]
    assert dump.rows("help_desk/conversations.jsonl") == []


@pytest.mark.requirement("H-21", "H-23")
def test_with_none_a_reply_after_the_move_stays_in_the_inbox_too(make_account: MakeAccount, tmp_path: Path) -> None:
    account = _account(make_account)
    account.move("chat", history="none")
    told = account.sandbox.live(account.id, "message", conversation_id="closed", text="much later")
    dump = account.dump(tmp_path)
    assert told["where"] == "inbox"
    assert dump.by_id("inbox/conversations.jsonl")["closed"]["messages"][-1]["text"] == "much later"
    assert dump.rows("help_desk/conversations.jsonl") == []


@pytest.mark.requirement("H-05")
@pytest.mark.parametrize("history", ["all", "none"])
def test_a_moved_channel_stays_in_the_help_desk_whatever_is_asked_for(
    make_account: MakeAccount, tmp_path: Path, history: str
) -> None:
    account = _account(make_account)
    account.move("chat", history=history)
    before = account.dump(tmp_path / "before")
    again = account.move("chat", history="none")
    after = account.dump(tmp_path / "after")
    assert (again["status"], _codes(again)) == ("refused", ["already_moved"])
    message = "channel chat is in the help desk already and cannot go back or move again"
    assert again["refusals"][0]["message"] == message
    for path in ("help_desk/channels.jsonl", "help_desk/conversations.jsonl", "inbox/channels.jsonl"):
        assert after.rows(path) == before.rows(path)
    assert _ids(after.rows("help_desk/channels.jsonl")) == ["chat"]
    assert _ids(after.rows("inbox/channels.jsonl")) == ["mail"]


@pytest.mark.requirement("H-14")
@pytest.mark.parametrize("first", ["none", "all"])
@pytest.mark.parametrize("way", ["queue", "console"])
def test_after_the_move_the_history_can_no_longer_be_asked_for(
    make_account: MakeAccount, tmp_path: Path, first: str, way: str
) -> None:
    account = _account(make_account)
    account.move("chat", history=first)
    before = account.dump(tmp_path / "before")
    later = account.move("chat", history="all") if way == "queue" else account.console_move("chat", history="all")
    after = account.dump(tmp_path / "after")
    assert (later["status"], _codes(later)) == ("refused", ["history_option_gone"])
    assert after.rows("inbox/conversations.jsonl") == before.rows("inbox/conversations.jsonl")
    assert after.rows("help_desk/conversations.jsonl") == before.rows("help_desk/conversations.jsonl")
