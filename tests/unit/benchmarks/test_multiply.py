import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from infra.cli.sample_account import CHAT, write_sample
from infra.local.sandbox.export import load_export
from tests.benchmarks.multiply import NothingToMultiply, largest_channel, multiply, super_admin


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source")
    write_sample(folder, 30)
    return folder


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    # Texts hold other line separators than the newline.
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").split("\n") if line]


def ids(conversations: list[dict[str, Any]]) -> list[str]:
    messages = [message for one in conversations for message in one["messages"]]
    files = [file for message in messages for file in message["attachments"]]
    return [each["id"] for each in (*conversations, *messages, *files)]


@pytest.mark.parametrize("number", [1, 30, 31, 100])
def test_an_account_has_exactly_so_many_conversations_with_fresh_ids(source: Path, tmp_path: Path, number: int) -> None:
    multiply(source, tmp_path, number)
    made = rows(tmp_path, "conversations")
    assert len(made) == number
    assert len(ids(made)) == len(set(ids(made)))


def test_the_first_round_is_the_account_itself(source: Path, tmp_path: Path) -> None:
    multiply(source, tmp_path, 30)
    for name in ("agents", "channels", "conversations", "tickets"):
        assert rows(tmp_path, name) == rows(source, name)


def test_every_link_holds_both_ways(source: Path, tmp_path: Path) -> None:
    multiply(source, tmp_path, 75)
    conversations, tickets = rows(tmp_path, "conversations"), rows(tmp_path, "tickets")
    linked = {one["id"]: one["ticket_id"] for one in conversations if one["ticket_id"] is not None}
    assert {ticket["conversation_id"]: ticket["id"] for ticket in tickets} == linked
    for one in conversations:
        visitors = {m["author"]["id"] for m in one["messages"] if m["author"]["kind"] == "visitor"}
        assert visitors <= {one["contact"]["id"]}


def test_the_sandbox_takes_it(source: Path, tmp_path: Path) -> None:
    multiply(source, tmp_path, 75, account_id="another")
    assert load_export(tmp_path).account["id"] == "another"


def test_one_channel_alone(source: Path, tmp_path: Path) -> None:
    assert largest_channel(source) == CHAT
    multiply(source, tmp_path, 50, channel_id=CHAT)
    assert {one["channel_id"] for one in rows(tmp_path, "conversations")} == {CHAT}
    assert len(rows(tmp_path, "conversations")) == 50


def test_a_gzipped_account_is_read(source: Path, tmp_path: Path) -> None:
    packed = tmp_path / "packed"
    packed.mkdir()
    (packed / "account.json").write_bytes((source / "account.json").read_bytes())
    for file in source.glob("*.jsonl"):
        (packed / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
    multiply(packed, tmp_path / "made", 40)
    assert len(rows(tmp_path / "made", "conversations")) == 40
    assert super_admin(packed) == super_admin(source)


def test_a_channel_without_conversations_cannot_be_multiplied(source: Path, tmp_path: Path) -> None:
    with pytest.raises(NothingToMultiply):
        multiply(source, tmp_path, 5, channel_id="no-such-channel")
