from pathlib import Path

import pytest

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.moves import Account, Json


def _account(make_account: MakeAccount) -> Account:
    channels = [
        exports.channel("form", "form"),
        exports.channel("mail", "email", name="Sales mail", answers_forms_of=["form"]),
        exports.channel("mail-2", "email", name="Support mail", answers_forms_of=["other-form", "form"]),
        exports.channel("mail-3", "email", answers_forms_of=["other-form"]),
        exports.channel("other-form", "form"),
        exports.channel("chat"),
    ]
    submission = exports.message("s-form", "I filled in the form", "2024-01-01T10:00:00.000Z")
    agent_author = {"kind": "agent", "id": "with-access"}
    answer = exports.message("s-mail", "We answer by mail", "2024-01-01T11:00:00.000Z", author=agent_author)
    reply = exports.message("s-reply", "Thank you", "2024-01-01T12:00:00.000Z")
    conversations = [
        exports.conversation(
            "answered", "mail", original_channel_id="form", messages=[submission, answer, reply], ticket_id="t"
        ),
        exports.conversation("unanswered", "form"),
        exports.conversation("plain-mail", "mail"),
    ]
    tickets = [exports.ticket("t", "answered")]
    account_id = exports.new_account_id("forms")
    return make_account(exports.export(account_id, channels=channels, conversations=conversations, tickets=tickets))


def _warned(report: Json, code: str) -> list[Json]:
    return [notice for notice in report["warnings"] if notice["code"] == code]


@pytest.mark.requirement("H-31")
def test_moving_a_form_recommends_moving_every_mail_that_answers_it(make_account: MakeAccount) -> None:
    report = _account(make_account).move("form", dry_run=True)
    recommended = _warned(report, "move_answering_mail")
    assert sorted(notice["message"] for notice in recommended) == [
        "agents answer form form from mail (Sales mail)",
        "agents answer form form from mail-2 (Support mail)",
    ]
    assert sorted(notice["what_to_do"] for notice in recommended) == [
        "Move mail as well: submission and mails are then one history.",
        "Move mail-2 as well: submission and mails are then one history.",
    ]


@pytest.mark.requirement("H-31")
def test_a_mail_that_has_moved_is_not_recommended_again(make_account: MakeAccount) -> None:
    account = _account(make_account)
    assert account.move("mail")["status"] == "done"
    recommended = _warned(account.move("form", dry_run=True), "move_answering_mail")
    assert [notice["message"] for notice in recommended] == ["agents answer form form from mail-2 (Support mail)"]


@pytest.mark.requirement("H-32")
def test_a_form_is_warned_that_its_mail_may_stay_behind_and_moves_all_the_same(make_account: MakeAccount) -> None:
    report = _account(make_account).move("form")
    assert report["status"] == "done"
    assert [notice["message"] for notice in _warned(report, "form_moves_alone")] == [
        "moving form form alone may leave its ongoing mail behind in the inbox"
    ]


@pytest.mark.requirement("H-31", "H-32")
@pytest.mark.parametrize("channel_id", ["mail", "chat"])
def test_what_is_no_form_is_not_warned_of_forms(make_account: MakeAccount, channel_id: str) -> None:
    report = _account(make_account).move(channel_id, dry_run=True)
    assert _warned(report, "form_moves_alone") == []
    assert _warned(report, "move_answering_mail") == []


@pytest.mark.requirement("H-32", "H-33")
def test_a_form_moved_alone_leaves_its_ongoing_mail_behind(make_account: MakeAccount, tmp_path: Path) -> None:
    account = _account(make_account)
    account.move("form")
    dump = account.dump(tmp_path)
    assert sorted(dump.by_id("help_desk/conversations.jsonl")) == ["unanswered"]
    assert sorted(dump.by_id("inbox/conversations.jsonl")) == ["answered", "plain-mail"]


@pytest.mark.requirement("H-33")
@pytest.mark.parametrize("order", [("form", "mail"), ("mail", "form")])
def test_when_both_are_moved_submission_and_mails_are_one_history(
    make_account: MakeAccount, tmp_path: Path, order: tuple[str, str]
) -> None:
    account = _account(make_account)
    before = account.dump(tmp_path / "before").by_id("inbox/conversations.jsonl")["answered"]
    moves = [account.ask(channel_id) for channel_id in order]
    assert [account.report(move)["status"] for move in moves] == ["done", "done"]
    dump = account.dump(tmp_path / "after")
    assert sorted(dump.by_id("help_desk/conversations.jsonl")) == ["answered", "plain-mail", "unanswered"]
    answered = dump.by_id("help_desk/conversations.jsonl")["answered"]
    assert [message["text"] for message in answered["messages"]] == [
        "I filled in the form",
        "We answer by mail",
        "Thank you",
    ]
    assert answered["messages"] == before["messages"]
    assert (answered["original_channel_id"], answered["channel_id"]) == ("form", "mail")
    assert [row["id"] for row in dump.rows("help_desk/tickets.jsonl") if row["conversation_id"] == "answered"] == ["t"]
    assert dump.rows("inbox/conversations.jsonl") == []


@pytest.mark.requirement("H-33")
def test_a_submission_answered_between_the_two_moves_is_one_history_too(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = _account(make_account)
    account.move("form")
    author = {"kind": "agent", "id": "with-access"}
    told = account.sandbox.live(
        account.id, "message", conversation_id="unanswered", text="We answer at last", author=author
    )
    account.move("mail")
    dump = account.dump(tmp_path)
    assert told["where"] == "help_desk"
    texts = [message["text"] for message in dump.by_id("help_desk/conversations.jsonl")["unanswered"]["messages"]]
    assert texts == ["hello", "again", "We answer at last"]
    assert sorted(dump.by_id("help_desk/conversations.jsonl")) == ["answered", "plain-mail", "unanswered"]
    assert len(dump.rows("help_desk/tickets.jsonl")) == 3
