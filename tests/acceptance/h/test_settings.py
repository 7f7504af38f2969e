from pathlib import Path

import pytest

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.moves import Account, Json

RICH = {
    "signature": "Grüße,\n— the \u202eteam ✉ <b>&amp;</b>",
    "routing": {"mode": "skills", "rules": [{"if": {"lang": "pt"}, "to": ["tier-1", None]}], "weight": 0.1},
    "automation": [{"when": "no_reply_15m", "do": ["close", "tag:née"]}, {"when": "vip", "do": []}],
    "ticket_creation": {"auto": True, "pipeline": "support", "sla": None, "limit": 9007199254740993, "tags": []},
}
EMPTY: Json = {"signature": "", "routing": {}, "automation": [], "ticket_creation": {}}


def _account(make_account: MakeAccount, channel: Json) -> Account:
    channels = [channel, exports.channel("form", "form")]
    conversations = [exports.conversation("c0", channel["id"])]
    made = exports.export(exports.new_account_id("settings"), channels=channels, conversations=conversations)
    return make_account(made)


@pytest.mark.requirement("H-10", "H-29")
@pytest.mark.parametrize("history", ["all", "none"])
@pytest.mark.parametrize("settings", [RICH, EMPTY, exports.SETTINGS], ids=["rich", "empty", "usual"])
def test_the_channel_is_in_the_help_desk_with_every_field_as_it_was_and_no_longer_in_the_inbox(
    make_account: MakeAccount, tmp_path: Path, settings: Json, history: str
) -> None:
    channel = exports.channel("mail", "email", name="Support ✓", address="Help+1@desk.example", settings=settings)
    channel["answers_forms_of"] = ["form"]
    account = _account(make_account, channel)
    report = account.move("mail", history=history)
    dump = account.dump(tmp_path)
    assert (report["status"], report["differences"]) == ("done", [])
    assert dump.rows("help_desk/channels.jsonl") == [channel]
    assert [row["id"] for row in dump.rows("inbox/channels.jsonl")] == ["form"]


@pytest.mark.requirement("H-10")
def test_a_bot_moves_with_its_channel(make_account: MakeAccount, tmp_path: Path) -> None:
    channel = exports.channel("chat", bot={"actions": ["ask_question", "assign_agent"]})
    account = _account(make_account, channel)
    assert account.move("chat")["status"] == "done"
    assert account.dump(tmp_path).rows("help_desk/channels.jsonl") == [channel]


@pytest.mark.requirement("H-10")
@pytest.mark.parametrize("setting", ["signature", "routing", "automation", "ticket_creation"])
def test_a_setting_that_does_not_arrive_pauses_the_move_names_it_and_is_mended_by_resuming(
    make_account: MakeAccount, tmp_path: Path, setting: str
) -> None:
    account = _account(make_account, exports.channel("chat"))
    account.sandbox.faults(account.id, f"corrupt=channel.settings.{setting}")
    move = account.ask("chat")
    paused = account.report(move)
    assert (paused["status"], paused["paused_because"]["code"]) == ("paused", "settings_differ")
    fields = {difference["field"] for difference in paused["differences"]}
    assert all(field.startswith(f"channel.settings.{setting}") for field in fields)
    assert fields
    assert {difference["id"] for difference in paused["differences"]} == {"chat"}
    assert account.calls("POST", "/v1/inbox/channels/{id}/switch") == []
    account.stack.invoke("resume_move", {"account_id": account.id, "move_id": move})
    done = account.ended(move, "done")["report"]
    assert (done["status"], done["differences"]) == ("done", [])
    assert account.dump(tmp_path).rows("help_desk/channels.jsonl") == [exports.channel("chat")]


@pytest.mark.requirement("H-29")
def test_the_platform_says_that_the_channel_has_moved(make_account: MakeAccount) -> None:
    account = _account(make_account, exports.channel("chat"))
    account.move("chat")
    gone, answer = account.as_agent("/inbox/channels/chat", "admin")
    assert (gone, answer["error"]["code"]) == (410, "moved")
    there, channel = account.as_agent("/help_desk/channels/chat", "admin")
    assert (there, channel["settings"]) == (200, exports.SETTINGS)
