from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from infra.local.sandbox.export import ExportError, load_export, parse_export
from tests.unit.sandbox.example_account import example_export

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]
LISTS = ("agents", "channels", "conversations", "tickets")


def write(folder: Path, export: Json, *, gzipped: bool = False, end: str = "\n") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "account.json").write_text(json.dumps(export["account"], indent=1))
    for name in LISTS:
        data = "".join(json.dumps(item, ensure_ascii=False) + end for item in export[name]).encode()
        path = folder / f"{name}.jsonl"
        if gzipped:
            path.with_suffix(".jsonl.gz").write_bytes(gzip.compress(data))
        else:
            path.write_bytes(data)
    return folder


@pytest.mark.parametrize("gzipped", [False, True])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
def test_a_folder_is_loaded_as_it_is(tmp_path: Path, gzipped: bool, end: str) -> None:  # noqa: FBT001 - a parameter
    export = example_export()
    loaded = load_export(write(tmp_path, export, gzipped=gzipped, end=end))
    assert loaded.account == export["account"]
    assert [loaded.agents, loaded.channels, loaded.conversations, loaded.tickets] == [export[name] for name in LISTS]
    assert loaded.attachment_bytes == {"file-1": b"\x00bytes\xff", "file-2": b""}
    assert loaded.warnings == ()


def test_hostile_content_is_content(tmp_path: Path) -> None:
    export = example_export()
    texts = [
        "x" * 70_000,
        "\u0000\u0007\u2028\u2029\u0085",
        "\u202e\u05e9\u05dc\u05d5\u05dd",
        "=1+1|cmd",
        "<script>alert(1)</script>",
        "😀",
        "",
    ]
    for number, text in enumerate(texts):
        copy = {**export["conversations"][0]["messages"][0], "id": f"hostile-{number}", "text": text}
        export["conversations"][0]["messages"].append(copy)
    loaded = load_export(write(tmp_path, export))
    assert [each["text"] for each in loaded.conversations[0]["messages"]][-len(texts) :] == texts


def test_unknown_fields_are_warned_of_by_name(tmp_path: Path) -> None:
    export = example_export()
    export["account"]["tier"] = "gold"
    for conversation in export["conversations"][1:3]:
        conversation["messages"][0]["mood"] = "good"
    warnings = load_export(write(tmp_path, export)).warnings
    assert [(each.file, each.field, each.line, each.count) for each in warnings] == [
        ("account.json", "tier", 1, 1),
        ("conversations.jsonl", "messages.mood", 2, 2),
    ]
    assert "messages.mood" in str(warnings[1])


def _set(*path: str | int, to: object) -> Callable[[Json], None]:
    def change(export: Json) -> None:
        item: Any = export
        for key in path[:-1]:
            item = item[key]
        item[path[-1]] = to

    return change


def _drop(*path: str | int) -> Callable[[Json], None]:
    def change(export: Json) -> None:
        item: Any = export
        for key in path[:-1]:
            item = item[key]
        del item[path[-1]]

    return change


BAD = [
    (_drop("account", "time_zone"), "missing_field", "account.json", 1, "time_zone", "nothing"),
    (_set("account", "time_zone", to="Mars/Olympus"), "invalid_value", "account.json", 1, "time_zone", "Mars"),
    (_set("account", "chat_owner_id", to="zoe"), "broken_link", "account.json", 1, "chat_owner_id", "zoe"),
    (_set("account", "chat_owner_id", to=1), "mistyped_field", "account.json", 1, "chat_owner_id", "1"),
    (_set("account", "locale", to="not a tag"), "invalid_value", "account.json", 1, "locale", "not a tag"),
    (
        _set("account", "help_desk", "ticket_statuses", to=[]),
        "invalid_value",
        "account.json",
        1,
        "help_desk.ticket_statuses",
        "[]",
    ),
    (_set("account", "notifications", "reply", to="yes"), "mistyped_field", "account.json", 1, "notifications", "yes"),
    (_set("agents", 1, "role", to="owner"), "invalid_value", "agents.jsonl", 2, "role", "owner"),
    (_set("agents", 1, "help_desk_access", to=1), "mistyped_field", "agents.jsonl", 2, "help_desk_access", "1"),
    (_set("agents", 1, "id", to="ann"), "duplicate_id", "agents.jsonl", 2, "id", "ann"),
    (_set("channels", 0, "kind", to="fax"), "invalid_value", "channels.jsonl", 1, "kind", "fax"),
    (_drop("channels", 0, "settings", "routing"), "missing_field", "channels.jsonl", 1, "settings.routing", "nothing"),
    (_set("channels", 0, "bot", to={"actions": "all"}), "mistyped_field", "channels.jsonl", 1, "bot.actions", "all"),
    (
        _set("channels", 1, "answers_forms_of", to=["fax"]),
        "broken_link",
        "channels.jsonl",
        2,
        "answers_forms_of[0]",
        "fax",
    ),
    (_set("conversations", 1, to="text"), "mistyped_field", "conversations.jsonl", 2, "", "text"),
    (_set("conversations", 1, "id", to="a b"), "invalid_value", "conversations.jsonl", 2, "id", "a b"),
    (_set("conversations", 1, "id", to="x" * 129), "invalid_value", "conversations.jsonl", 2, "id", "…"),
    (_set("conversations", 1, "id", to="x\n"), "invalid_value", "conversations.jsonl", 2, "id", "x"),
    (_set("conversations", 1, "id", to="conv-file"), "duplicate_id", "conversations.jsonl", 3, "id", "conv-file"),
    (_set("conversations", 1, "channel_id", to="fax"), "broken_link", "conversations.jsonl", 2, "channel_id", "fax"),
    (_set("conversations", 1, "status", to="pending"), "invalid_value", "conversations.jsonl", 2, "status", "pending"),
    (_set("conversations", 1, "archived", to="no"), "mistyped_field", "conversations.jsonl", 2, "archived", "no"),
    (
        _set("conversations", 1, "started_at", to="2024-03-01T08:00:00Z"),
        "invalid_value",
        "conversations.jsonl",
        2,
        "started_at",
        "2024",
    ),
    (
        _set("conversations", 1, "started_at", to="2024-02-30T08:00:00.000Z"),
        "invalid_value",
        "conversations.jsonl",
        2,
        "started_at",
        "02-30",
    ),
    (_set("conversations", 1, "started_at", to=5), "mistyped_field", "conversations.jsonl", 2, "started_at", "5"),
    (_set("conversations", 1, "contact", to=None), "mistyped_field", "conversations.jsonl", 2, "contact", "null"),
    (
        _drop("conversations", 1, "contact", "email"),
        "missing_field",
        "conversations.jsonl",
        2,
        "contact.email",
        "nothing",
    ),
    (
        _drop("conversations", 1, "messages", 1, "text"),
        "missing_field",
        "conversations.jsonl",
        2,
        "messages[1].text",
        "nothing",
    ),
    (
        _set("conversations", 1, "messages", 1, "id", to="conv-ticket-m0"),
        "duplicate_id",
        "conversations.jsonl",
        2,
        "messages[1].id",
        "m0",
    ),
    (
        _set("conversations", 1, "messages", 1, "author", "kind", to="ghost"),
        "invalid_value",
        "conversations.jsonl",
        2,
        "messages[1].author.kind",
        "ghost",
    ),
    (
        _set("conversations", 2, "messages", 1, "attachments", 1, "id", to="file-1"),
        "duplicate_id",
        "conversations.jsonl",
        3,
        "messages[1].attachments[1].id",
        "file-1",
    ),
    (
        _set("conversations", 2, "messages", 1, "attachments", 0, "base64", to="A"),
        "invalid_value",
        "conversations.jsonl",
        3,
        "messages[1].attachments[0].base64",
        "A",
    ),
    (
        _set("conversations", 2, "messages", 1, "attachments", 0, "base64", to="AA=="),
        "hash_mismatch",
        "conversations.jsonl",
        3,
        "messages[1].attachments[0].sha256",
        "",
    ),
    (
        _set("conversations", 0, "ticket_id", to=None),
        "one_sided_link",
        "tickets.jsonl",
        1,
        "conversation_id",
        "conv-ticket",
    ),
    (
        _set("conversations", 1, "ticket_id", to="ticket-1"),
        "one_sided_link",
        "conversations.jsonl",
        2,
        "ticket_id",
        "ticket-1",
    ),
    (
        _set("conversations", 1, "ticket_id", to="ticket-9"),
        "broken_link",
        "conversations.jsonl",
        2,
        "ticket_id",
        "ticket-9",
    ),
    (
        _set("tickets", 0, "conversation_id", to="conv-9"),
        "one_sided_link",
        "conversations.jsonl",
        1,
        "ticket_id",
        "ticket-1",
    ),
    (_drop("tickets", 0, "subject"), "missing_field", "tickets.jsonl", 1, "subject", "nothing"),
    (
        _set("conversations", 1, "messages", 0, "text", to="half \ud83d of a pair"),
        "lone_surrogate",
        "conversations.jsonl",
        2,
        "messages[0].text",
        "ud83d",
    ),
]


@pytest.mark.parametrize(("change", "code", "file", "line", "field", "found"), BAD)
def test_what_is_wrong_is_named(  # noqa: PLR0913, PLR0917 - the facts of one case
    change: Callable[[Json], None], code: str, file: str, line: int, field: str, found: str
) -> None:
    export = example_export()
    change(export)
    with pytest.raises(ExportError) as refused:
        parse_export(export)
    error = refused.value
    assert (error.code, error.file, error.line, error.field) == (code, file, line, field)
    assert found in error.found
    assert len(error.found) <= 80
    assert error.allowed


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", "invalid_json"),
        (b'{"id": NaN}', "invalid_json"),
        (b'{"id": 1e999}', "invalid_json"),
        (b'{"id": "\xff"}', "invalid_utf8"),
        (b"[" * 100_000, "invalid_json"),
        (b'{"id": "\\udc00"}', "lone_surrogate"),
        (b'{"\\udc00": 1}', "lone_surrogate"),
    ],
)
def test_a_line_that_is_not_json_is_named(tmp_path: Path, line: bytes, code: str) -> None:
    folder = write(tmp_path, example_export())
    with (folder / "tickets.jsonl").open("ab") as file:
        file.write(line)
    with pytest.raises(ExportError) as refused:
        load_export(folder)
    assert (refused.value.code, refused.value.file, refused.value.line) == (code, "tickets.jsonl", 2)


def test_missing_doubled_and_broken_files_are_named(tmp_path: Path) -> None:
    folder = write(tmp_path, example_export())
    packed = folder / "tickets.jsonl.gz"
    packed.write_bytes(gzip.compress(b""))
    with pytest.raises(ExportError) as refused:
        load_export(folder)
    assert refused.value.code == "ambiguous_file"
    (folder / "tickets.jsonl").unlink()
    packed.write_bytes(packed.read_bytes()[:-4])
    with pytest.raises(ExportError) as refused:
        load_export(folder)
    assert (refused.value.code, refused.value.file) == ("unreadable_file", "tickets.jsonl.gz")
    packed.unlink()
    with pytest.raises(ExportError) as refused:
        load_export(folder)
    assert (refused.value.code, refused.value.file) == ("missing_file", "tickets.jsonl")


@pytest.mark.parametrize(("account", "conversations"), [("account-small", 300), ("account-5k", 5000)])
def test_the_sample_accounts_load(account: str, conversations: int) -> None:
    folder = Path("/work/shared/data") / account
    if not folder.is_dir():
        pytest.skip(f"{folder} is not on this machine")
    loaded = load_export(folder)
    assert len(loaded.conversations) == conversations
    assert loaded.warnings == ()
