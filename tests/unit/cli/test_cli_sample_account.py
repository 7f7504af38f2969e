from pathlib import Path

import pytest

from infra.cli.main import main
from infra.cli.sample_account import CHAT, sample_account, write_sample
from infra.cli.sample_messages import LONG
from infra.local.sandbox.export import load_export


@pytest.mark.parametrize("conversations", [1, 2, 300])
def test_the_sample_is_a_valid_export_without_unknown_fields(tmp_path: Path, conversations: int) -> None:
    write_sample(tmp_path, conversations)
    export = load_export(tmp_path)
    assert export.warnings == ()
    assert len(export.conversations) == conversations
    assert export.conversations[0]["channel_id"] == CHAT


def test_the_sample_is_written_for_other_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "a new one"
    assert main(["local", "sample", "--write", str(folder), "--conversations", "2"]) == 0
    assert f"deskshift tokens reissue --account '{folder}'" in capsys.readouterr().out
    assert load_export(folder).oauth is not None
    assert main(["local", "sample", "--write", str(folder)]) == 2  # nothing of anybody's is written over
    assert main(["local", "sample", "--write", str(folder / "account.json")]) == 2
    assert capsys.readouterr().err.count("--write: found") == 2


def test_the_sample_is_always_the_same() -> None:
    assert sample_account(50) == sample_account(50)
    assert sample_account(50)["conversations"] == sample_account(60)["conversations"][:50]


def test_the_sample_has_every_shape_in_its_chat() -> None:
    sample = sample_account(300)
    chat = [each for each in sample["conversations"] if each["channel_id"] == CHAT]
    messages = [message for each in chat for message in each["messages"]]
    assert {each["status"] for each in chat} == {"open", "closed"}
    assert {each["archived"] for each in chat} == {True, False}
    assert {each["ticket_id"] is None for each in chat} == {True, False}
    assert any(each["original_channel_id"] != CHAT for each in chat)
    assert any(not each["messages"] for each in chat)
    assert any(each["contact"]["email"] is None for each in chat)
    assert max(len(message["text"]) for message in messages) == LONG
    assert min(len(message["text"]) for message in messages) == 0
    assert any("\x00" in message["text"] for message in messages)
    assert any(
        a["at"] == b["at"] for each in chat for a, b in zip(each["messages"], each["messages"][1:], strict=False)
    )
    assert {message["author"]["kind"] for message in messages} == {"visitor", "agent", "bot"}
    assert any(message["attachments"] for message in messages)
    owners, agents = {each["owner_id"] for each in chat}, {agent["id"] for agent in sample["agents"]}
    assert None in owners
    assert owners - agents - {None}, "an owner who is no longer an agent"
    starts = [each["started_at"] for each in chat]
    assert len(set(starts)) < len(starts)
