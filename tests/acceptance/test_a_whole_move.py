from pathlib import Path

import pytest

from tests.conftest import MakeAccount
from tests.support import exports


@pytest.mark.requirement("H-15", "H-29")
def test_all_conversations_and_tickets_move_and_the_channel_leaves_the_inbox(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account_id = exports.new_account_id("whole")
    conversations = [exports.conversation(f"c{n}", "chat") for n in range(5)]
    conversations[0]["ticket_id"] = "t0"
    account = make_account(
        exports.export(account_id, conversations=conversations, tickets=[exports.ticket("t0", "c0")])
    )
    report = account.move("chat")
    dump = account.dump(tmp_path)
    assert report["status"] == "done"
    assert report["counts"]["conversations"]["moved"] == 5
    assert sorted(dump.by_id("help_desk/conversations.jsonl")) == ["c0", "c1", "c2", "c3", "c4"]
    assert dump.by_id("help_desk/conversations.jsonl")["c0"]["ticket_id"] == "t0"
    assert len(dump.rows("help_desk/tickets.jsonl")) == 5
    assert [row["id"] for row in dump.rows("help_desk/channels.jsonl")] == ["chat"]
    assert dump.rows("inbox/channels.jsonl") == []
    assert dump.rows("inbox/conversations.jsonl") == []
