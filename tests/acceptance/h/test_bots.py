from pathlib import Path

import pytest

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.moves import Account, Json

ALLOWED = ["ask_question", "send_message", "quick_reply", "assign_agent"]


def _account(make_account: MakeAccount, bot: Json | None) -> Account:
    channels = [exports.channel("chat", bot=bot)]
    conversations = [exports.conversation("c0", "chat")]
    return make_account(exports.export(exports.new_account_id("bots"), channels=channels, conversations=conversations))


@pytest.mark.requirement("H-34")
@pytest.mark.parametrize("actions", [ALLOWED, [], ["send_message"]], ids=["all allowed", "none", "one"])
def test_a_chat_tool_moves_with_a_bot_of_allowed_actions(
    make_account: MakeAccount, tmp_path: Path, actions: list[str]
) -> None:
    account = _account(make_account, {"actions": actions})
    report = account.move("chat")
    assert (report["status"], report["refusals"]) == ("done", [])
    assert account.dump(tmp_path).rows("help_desk/channels.jsonl")[0]["bot"] == {"actions": actions}


@pytest.mark.requirement("H-34")
@pytest.mark.parametrize("edition", ["2023-09", "2024-06", "2025-03"])
def test_the_refusal_names_every_action_that_fails_and_only_those(
    make_account: MakeAccount, tmp_path: Path, edition: str
) -> None:
    bot = {"actions": ["send_message", "create_deal", "ask_question", "call_webhook"]}
    account = _account(make_account, bot)
    report = account.move("chat", edition=edition)
    assert report["status"] == "refused"
    assert [(notice["code"], notice["message"]) for notice in report["refusals"]] == [
        ("bot_not_allowed", "the bot of chat has actions that do not move: create_deal, call_webhook")
    ]
    allowed = f"Remove them from the bot; allowed are: {', '.join(ALLOWED)}."
    assert report["refusals"][0]["what_to_do"] == allowed
    dump = account.dump(tmp_path)
    assert [row["id"] for row in dump.rows("inbox/channels.jsonl")] == ["chat"]
    assert dump.rows("help_desk/channels.jsonl") == []


@pytest.mark.requirement("H-34")
def test_a_chat_tool_without_a_bot_needs_no_conditions(make_account: MakeAccount) -> None:
    assert _account(make_account, None).move("chat")["status"] == "done"
