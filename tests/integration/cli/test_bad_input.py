"""Bad input ends with 2, names what is wrong and what is allowed, starts nothing, and still writes the report."""

import json
import shutil
from pathlib import Path

import pytest

from infra.cli.sample_account import CHAT
from tests.integration.cli.conftest import Deskshift, MoveCommand


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--history", "some"), ("--history", "some", "'all' or 'none'")),
        (("--status-map", "open=new"), ("--status-map", "open=new", "closed=STATUS")),
        (("--at", "tomorrow"), ("--at", "tomorrow", "RFC 3339")),
        (("--at", "2026-01-01T10:00:00"), ("--at", "2026-01-01T10:00:00", "offset")),
        (("--edition", "latest"), ("--edition", "latest", "YYYY-MM")),
        (("--as", "no spaces"), ("--as", "no spaces", "[A-Za-z0-9._:-]")),
        (("--arrivals", "-1"), ("--arrivals", "-1", "whole number")),
        (("--arrivals", "9" * 5000), ("--arrivals", "whole number")),
        (("--faults", "429=2"), ("--faults", "429=2", "at most 1")),
        (("--faults", "corrupt=everything"), ("--faults", "everything", "messages.text")),
        (("--faults", "typo=0.1"), ("--faults", "typo", "lost_response=RATE")),
        (("--no-such-option",), ("--no-such-option",)),
    ],
)
def test_a_bad_option_is_named(
    deskshift: Deskshift, sample: Path, tmp_path: Path, options: tuple[str, ...], named: tuple[str, ...]
) -> None:
    file = tmp_path / "report.json"
    ended = deskshift("local", "move", "--account", sample, "--channel", CHAT, "--report", file, *options)
    assert ended.code == 2
    for words in named:
        assert words in ended.err
    assert ended.out == ""
    report = json.loads(file.read_text("utf-8"))
    assert report["status"] == "refused"
    [refusal] = report["refusals"]
    assert named[0] in refusal["message"]
    assert refusal["what_to_do"]
    assert file.with_suffix(".csv").read_text("utf-8") == "id,field,source,target\n"


@pytest.mark.parametrize("file", ["folder", "report.csv", "file/report.json", "x" * 300])
def test_a_report_that_cannot_be_written_is_said_before_anything_starts(
    deskshift: Deskshift, sample: Path, tmp_path: Path, file: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    ended = deskshift("local", "move", "--account", sample, "--channel", CHAT, "--report", tmp_path / file)
    assert (ended.code, ended.out) == (2, "")
    assert "--report" in ended.err


def test_a_dump_where_a_file_lies_is_refused(deskshift: Deskshift, sample: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    ended = deskshift("local", "move", "--account", sample, "--channel", CHAT, "--dump", tmp_path / "file" / "dump")
    assert (ended.code, ended.out) == (2, "")
    assert "--dump" in ended.err


def test_a_bad_export_names_file_line_and_field(deskshift: Deskshift, sample: Path, tmp_path: Path) -> None:
    broken, report = tmp_path / "broken", tmp_path / "report.json"
    shutil.copytree(sample, broken)
    conversations = (broken / "conversations.jsonl").read_text("utf-8").splitlines()
    bad = json.loads(conversations[2])
    bad["archived"] = "no"
    conversations[2] = json.dumps(bad)
    (broken / "conversations.jsonl").write_text("\n".join(conversations), "utf-8")
    ended = deskshift("local", "move", "--account", broken, "--channel", CHAT, "--report", report)
    assert (ended.code, ended.out) == (2, "")
    assert 'conversations.jsonl line 3, field archived: found "no"; allowed: true or false' in ended.err
    assert json.loads(report.read_text("utf-8"))["refusals"][0]["code"] == "mistyped_field"


def test_a_folder_that_is_none_is_refused(deskshift: Deskshift, tmp_path: Path) -> None:
    ended = deskshift("local", "move", "--account", tmp_path / "nowhere", "--channel", CHAT)
    assert (ended.code, ended.out) == (2, "")
    assert "nowhere" in ended.err


def test_fields_that_are_ignored_are_named(move: MoveCommand, sample: Path, tmp_path: Path) -> None:
    account = tmp_path / "account"
    shutil.copytree(sample, account)
    held = json.loads((account / "account.json").read_text("utf-8"))
    (account / "account.json").write_text(json.dumps({**held, "colour": "blue"}), "utf-8")
    moved = move(account, CHAT, "--dry-run")
    assert moved.ended.code == 0
    assert "account.json: unknown field colour ignored" in moved.ended.out
    assert "colour" in next(w["message"] for w in moved.report["warnings"] if w["code"] == "unknown_field")
