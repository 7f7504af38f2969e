from pathlib import Path

import pytest

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.moves import Account, Json

INSTEAD = {
    "whatsapp": "Delete the WhatsApp channel from the inbox and connect it to the help desk.",
    "facebook_messenger": "Delete the Facebook Messenger channel from the inbox and connect it to the help desk.",
}


def _account(make_account: MakeAccount, *channels: Json) -> Account:
    conversations = [exports.conversation(f"c-{channel['id']}", channel["id"]) for channel in channels]
    made = exports.export(exports.new_account_id("what"), channels=list(channels), conversations=conversations)
    return make_account(made)


def _codes(report: Json) -> list[str]:
    return [notice["code"] for notice in report["refusals"]]


@pytest.mark.requirement("H-02")
@pytest.mark.parametrize("kind", ["chat", "email", "calling", "form"])
def test_these_kinds_move_by_the_newest_edition(make_account: MakeAccount, tmp_path: Path, kind: str) -> None:
    account = _account(make_account, exports.channel("it", kind, address="support@desk.example"))
    report = account.move("it")
    dump = account.dump(tmp_path)
    assert (report["status"], report["edition"], report["refusals"]) == ("done", "2025-03", [])
    assert [(row["id"], row["kind"]) for row in dump.rows("help_desk/channels.jsonl")] == [("it", kind)]
    assert [row["id"] for row in dump.rows("help_desk/conversations.jsonl")] == ["c-it"]
    assert dump.rows("inbox/channels.jsonl") == []


@pytest.mark.requirement("H-02")
def test_calling_does_not_move_in_the_early_edition_and_does_in_the_next(make_account: MakeAccount) -> None:
    account = _account(make_account, exports.channel("phone", "calling"))
    early = account.move("phone", edition="2023-09")
    assert (early["status"], early["edition"], _codes(early)) == ("refused", "2023-09", ["channel_not_movable"])
    assert early["refusals"][0]["message"] == "a channel of kind calling cannot move (edition 2023-09)"
    later = "Calling moves from edition 2024-06 on; until then keep the channel in the inbox."
    assert early["refusals"][0]["what_to_do"] == later
    assert account.move("phone", edition="2024-06")["status"] == "done"


@pytest.mark.requirement("H-02")
@pytest.mark.parametrize("address", ["team@acme.hs-inbox.com", "Team@ACME.fallback-mail.example"])
def test_fallback_addresses_are_refused_by_the_later_edition_alone(make_account: MakeAccount, address: str) -> None:
    account = _account(make_account, exports.channel("mail", "email", address=address))
    newest = account.move("mail")
    assert (newest["status"], _codes(newest)) == ("refused", ["fallback_address"])
    message = f"{address} is a fallback address that the platform gave (edition 2025-03)"
    assert newest["refusals"][0]["message"] == message
    earlier = account.move("mail", edition="2024-06")
    assert (earlier["status"], earlier["edition"]) == ("done", "2024-06")


@pytest.mark.requirement("H-02")
def test_a_channel_that_the_account_does_not_have_is_refused_with_those_it_has(make_account: MakeAccount) -> None:
    account = _account(make_account, exports.channel("mail", "email"), exports.channel("chat"))
    report = account.move("chatt")
    assert (report["status"], _codes(report)) == ("refused", ["unknown_channel"])
    assert report["refusals"][0]["message"] == f"account {account.id} has no channel chatt"
    assert report["refusals"][0]["what_to_do"] == "Ask for one of: chat, mail."


@pytest.mark.requirement("H-03")
@pytest.mark.parametrize("edition", ["2023-09", "2024-06", "2025-03"])
@pytest.mark.parametrize("kind", ["whatsapp", "facebook_messenger"])
def test_messengers_are_refused_and_told_what_to_do_instead(
    make_account: MakeAccount, tmp_path: Path, kind: str, edition: str
) -> None:
    account = _account(make_account, exports.channel("messenger", kind))
    report = account.move("messenger", edition=edition)
    assert (report["status"], _codes(report)) == ("refused", ["channel_not_movable"])
    assert report["refusals"][0]["message"] == f"a channel of kind {kind} cannot move (edition {edition})"
    assert report["refusals"][0]["what_to_do"] == INSTEAD[kind]
    dump = account.dump(tmp_path)
    assert [row["id"] for row in dump.rows("inbox/conversations.jsonl")] == ["c-messenger"]
    assert dump.rows("help_desk/channels.jsonl") == []


@pytest.mark.requirement("H-35")
@pytest.mark.parametrize(("asked", "stays"), [("chat", "mail"), ("mail", "chat")])
def test_a_chat_tool_and_a_channel_move_each_on_its_own(
    make_account: MakeAccount, tmp_path: Path, asked: str, stays: str
) -> None:
    mail = exports.channel("mail", "email", address="support@desk.example")
    account = _account(make_account, exports.channel("chat"), mail)
    report = account.move(asked)
    dump = account.dump(tmp_path)
    assert (report["status"], report["channel_id"]) == ("done", asked)
    assert [row["id"] for row in dump.rows("help_desk/channels.jsonl")] == [asked]
    assert [row["id"] for row in dump.rows("inbox/channels.jsonl")] == [stays]
    assert [row["id"] for row in dump.rows("help_desk/conversations.jsonl")] == [f"c-{asked}"]
    assert [row["id"] for row in dump.rows("inbox/conversations.jsonl")] == [f"c-{stays}"]
