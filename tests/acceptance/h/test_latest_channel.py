from pathlib import Path

import pytest

from tests.conftest import MakeAccount
from tests.support import exports
from tests.support.moves import Account, Hold, Json

AGREED: Json = {}
DISBELIEVED: Json = {"webhook_secrets": ["whsec_bm90IHRoZSBzZWNyZXQgdGhhdCB3YXMgYWdyZWVk"]}


def _account(make_account: MakeAccount, *conversations: Json, **options: object) -> Account:
    channels = [exports.channel("chat"), exports.channel("mail", "email")]
    account_id = exports.new_account_id("latest")
    made = exports.export(account_id, channels=channels, conversations=list(conversations))
    return make_account(made, options=options)


def _ids(rows: list[Json]) -> list[str]:
    return [str(row["id"]) for row in rows]


@pytest.mark.requirement("H-24")
def test_a_conversation_belongs_to_its_latest_channel_and_not_its_first(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = _account(
        make_account,
        exports.conversation("came", "chat", original_channel_id="mail"),
        exports.conversation("left", "mail", original_channel_id="chat"),
        exports.conversation("always", "chat"),
    )
    report = account.move("chat")
    dump = account.dump(tmp_path)
    assert report["counts"]["conversations"]["source"] == report["counts"]["conversations"]["moved"] == 2
    assert _ids(dump.rows("help_desk/conversations.jsonl")) == ["always", "came"]
    came = dump.by_id("help_desk/conversations.jsonl")["came"]
    assert (came["channel_id"], came["original_channel_id"]) == ("chat", "mail")
    assert _ids(dump.rows("inbox/conversations.jsonl")) == ["left"]


@pytest.mark.requirement("H-24", "H-25")
@pytest.mark.parametrize("webhooks", [AGREED, DISBELIEVED], ids=["told by webhook", "by the changes alone"])
@pytest.mark.parametrize("step", ["list_conversations", "catch_up", "verify_conversations", "release_conversations"])
def test_one_that_changes_channels_during_the_move_is_on_its_latest_channels_side_only(
    make_account: MakeAccount, tmp_path: Path, step: str, webhooks: Json
) -> None:
    account = _account(
        make_account,
        exports.conversation("leaves", "chat"),
        exports.conversation("comes", "mail"),
        exports.conversation("stays", "chat"),
        **webhooks,
    )
    with Hold(account.stack, step) as hold:
        move = account.ask("chat")
        hold.reached()
        account.sandbox.live(account.id, "move_channel", conversation_id="leaves", channel_id="mail")
        account.sandbox.live(account.id, "move_channel", conversation_id="comes", channel_id="chat")
    report = account.report(move)
    dump = account.dump(tmp_path)
    assert (report["status"], report["differences"]) == ("done", [])
    assert report["counts"]["conversations"]["moved"] == 2
    assert _ids(dump.rows("help_desk/conversations.jsonl")) == ["comes", "stays"]
    assert len(dump.rows("help_desk/tickets.jsonl")) == 2
    assert _ids(dump.rows("inbox/conversations.jsonl")) == ["leaves"]
    leaves = dump.by_id("inbox/conversations.jsonl")["leaves"]
    assert (leaves["channel_id"], leaves["original_channel_id"]) == ("mail", "chat")
    comes = dump.by_id("help_desk/conversations.jsonl")["comes"]
    assert (comes["channel_id"], comes["original_channel_id"]) == ("chat", "mail")


@pytest.mark.requirement("H-24")
def test_one_that_leaves_and_comes_back_during_the_move_is_moved_once(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = _account(make_account, exports.conversation("wanders", "chat"), exports.conversation("stays", "chat"))
    with Hold(account.stack, "verify_conversations") as hold:
        move = account.ask("chat")
        hold.reached()
        account.sandbox.live(account.id, "move_channel", conversation_id="wanders", channel_id="mail")
        account.sandbox.live(account.id, "move_channel", conversation_id="wanders", channel_id="chat")
    report = account.report(move)
    dump = account.dump(tmp_path)
    assert (report["status"], report["counts"]["conversations"]["moved"]) == ("done", 2)
    assert _ids(dump.rows("help_desk/conversations.jsonl")) == ["stays", "wanders"]
    assert len(dump.rows("help_desk/tickets.jsonl")) == 2
    assert dump.rows("inbox/conversations.jsonl") == []


@pytest.mark.requirement("H-24")
def test_one_that_left_during_the_move_moves_with_its_new_channel_afterwards(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = _account(make_account, exports.conversation("leaves", "chat"), exports.conversation("stays", "chat"))
    with Hold(account.stack, "verify_conversations") as hold:
        move = account.ask("chat")
        hold.reached()
        account.sandbox.live(account.id, "move_channel", conversation_id="leaves", channel_id="mail")
    account.report(move)
    report = account.move("mail")
    dump = account.dump(tmp_path)
    assert (report["status"], report["counts"]["conversations"]["moved"]) == ("done", 1)
    assert _ids(dump.rows("help_desk/conversations.jsonl")) == ["leaves", "stays"]
    assert dump.by_id("help_desk/conversations.jsonl")["leaves"]["channel_id"] == "mail"
    assert len(dump.rows("help_desk/tickets.jsonl")) == 2


@pytest.mark.requirement("H-24")
def test_one_that_was_set_aside_and_then_left_is_no_longer_this_moves_business(
    make_account: MakeAccount, tmp_path: Path
) -> None:
    account = _account(make_account, exports.conversation("leaves", "chat"), exports.conversation("stays", "chat"))
    account.sandbox.faults(account.id, "refuse=leaves")
    with Hold(account.stack, "verify_conversations") as hold:
        move = account.ask("chat")
        hold.reached()
        account.sandbox.live(account.id, "move_channel", conversation_id="leaves", channel_id="mail")
    report = account.report(move)
    assert (report["status"], report["quarantined"]) == ("done", [])
    assert report["counts"]["conversations"]["quarantined"] == 0
    assert report["counts"]["conversations"]["source"] == 1
    assert _ids(account.dump(tmp_path).rows("inbox/conversations.jsonl")) == ["leaves"]
