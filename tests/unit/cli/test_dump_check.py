"""The check that proves dumps right must itself be seen to fail: on each damage, by name."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.cli.sample_account import CHAT, write_sample
from tests.integration.cli.dump_check import Question, check, rows

Row = dict[str, Any]
ALL = Question(CHAT, "all")
LATE = "2026-01-31T12:00:00.000Z"


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    write_sample(folder, 40)
    return folder


@pytest.fixture(scope="module")
def whole(export: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write what a perfect move leaves behind."""
    folder = tmp_path_factory.mktemp("whole")
    account = json.loads((export / "account.json").read_text("utf-8"))
    tickets = {row["id"]: row for row in rows(export, "tickets")}
    there = rows(export, "conversations")
    moved = [dict(row) for row in there if row["channel_id"] == CHAT]
    made = []
    for number, row in enumerate(moved):
        kept = tickets.get(row["ticket_id"])
        ticket = kept or _created(f"made-{number}", row, export)
        row["ticket_id"] = ticket["id"]
        made.append({**ticket, "sla": account["help_desk"]["sla"]})
    _write(folder / "help_desk", moved, made, [c for c in rows(export, "channels") if c["id"] == CHAT])
    stay = [row for row in there if row["channel_id"] != CHAT]
    staying = {row["id"] for row in stay}
    kept_back = [row for row in tickets.values() if row["conversation_id"] in staying]
    _write(folder / "inbox", stay, kept_back, [c for c in rows(export, "channels") if c["id"] != CHAT])
    profile = {"id": account["id"], "banner": None, "notifications": account["notifications"]}
    (folder / "account.json").write_text(json.dumps(profile), "utf-8")
    (folder / "sent.jsonl").write_text("", "utf-8")
    (folder / "arrivals.jsonl").write_text("", "utf-8")
    return folder


def _created(identifier: str, row: Row, export: Path) -> Row:
    access = {agent["id"] for agent in rows(export, "agents") if agent["help_desk_access"]}
    return {
        "id": identifier,
        "subject": "made",
        "status": "new" if row["status"] == "open" else "closed",
        "created_at": row["started_at"],
        "owner_id": row["owner_id"] if row["owner_id"] in access else None,
        "conversation_id": row["id"],
    }


def _write(folder: Path, conversations: list[Row], tickets: list[Row], channels: list[Row]) -> None:
    folder.mkdir()
    for name, held in (("conversations", conversations), ("tickets", tickets), ("channels", channels)):
        _save(folder, name, held)


def _save(folder: Path, name: str, held: list[Row]) -> None:
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in held), "utf-8")


def damaged(whole: Path, folder: Path, file: str, change: Callable[[list[Row]], object]) -> Path:
    dump = folder / "dump"
    shutil.copytree(whole, dump)
    where = (dump / file).parent
    held = rows(where, Path(file).name)
    change(held)
    _save(where, Path(file).name, held)
    return dump


def test_a_perfect_dump_has_no_problem(export: Path, whole: Path) -> None:
    assert check(export, whole, ALL) == []


def talk(held: list[Row], least: int = 2) -> Row:
    return next(row for row in held if len(row["messages"]) >= least)


def with_file(held: list[Row]) -> Row:
    files = (file for row in held for message in row["messages"] for file in message["attachments"])
    return next(file for file in files if file["base64"])


DESK = "help_desk/conversations"
DAMAGES: list[tuple[str, Callable[[list[Row]], object], str]] = [
    (DESK, lambda held: held[0].update(status="lost"), "status"),
    (DESK, lambda held: held[0].update(started_at=LATE), "started_at"),
    (DESK, lambda held: held[0].update(updated_at=LATE), "updated_at"),
    (DESK, lambda held: held[0].update(owner_id="somebody"), "owner_id"),
    (DESK, lambda held: held[0].update(archived=not held[0]["archived"]), "archived"),
    (DESK, lambda held: held[0].update(original_channel_id="x"), "original_channel_id"),
    (DESK, lambda held: held[0].update(channel_id="x"), "channel_id"),
    (DESK, lambda held: held[0]["contact"].update(email="x@mail.example"), "contact"),
    (DESK, lambda held: held[0].update(ticket_id="x"), "its tickets"),
    (DESK, lambda held: held.pop(), "is missing"),
    (DESK, lambda held: held.append({**held[0], "id": "again"}), "is too many"),
    (DESK, lambda held: held.append(held[0]), "is there twice"),
    (DESK, lambda held: talk(held)["messages"].reverse(), "message ids"),
    (DESK, lambda held: talk(held)["messages"].pop(), "message ids"),
    (DESK, lambda held: talk(held)["messages"][1].update(text="x"), "messages[1].text"),
    (DESK, lambda held: talk(held)["messages"][1].update(at=LATE), "messages[1].at"),
    (DESK, lambda held: talk(held)["messages"][1]["author"].update(id="x"), "messages[1].author"),
    (DESK, lambda held: with_file(held).update(base64="eA=="), "sha256"),
    (DESK, lambda held: with_file(held).update(name="x"), "attachments"),
    ("help_desk/tickets", lambda held: held[0].update(status="x"), "status"),
    ("help_desk/tickets", lambda held: held[0].update(owner_id="x"), "owner_id"),
    ("help_desk/tickets", lambda held: held[0].update(created_at=LATE), "created_at"),
    ("help_desk/tickets", lambda held: held[0].update(sla=None), "sla"),
    ("help_desk/tickets", lambda held: held[0].update(subject=""), "subject"),
    ("help_desk/tickets", lambda held: held[0].update(conversation_id="x"), "belongs to no conversation"),
    ("help_desk/tickets", lambda held: held.pop(0), "its tickets"),
    ("help_desk/channels", lambda held: held[0]["settings"].update(signature=""), "settings"),
    ("help_desk/channels", lambda held: held.pop(), "is missing"),
    ("inbox/channels", lambda held: held.pop(), "is missing"),
    ("inbox/conversations", lambda held: held[0].update(status="lost"), "status"),
    ("inbox/conversations", lambda held: held.pop(), "is missing"),
    ("inbox/tickets", lambda held: held[0].update(subject="x"), "subject"),
    ("sent", lambda held: held.append({"to_kind": "customer", "cause": "backfill:c"}), "mailed a customer"),
    ("sent", lambda held: held.append({"to_kind": "customer", "cause": "live:nothing"}), "did not happen"),
    (
        "arrivals",
        lambda held: held.append(
            {"where": "help_desk", "conversation_id": "sample-conv-00000", "change": {"status": "x"}}
        ),
        "status",
    ),
]


@pytest.mark.parametrize(("file", "damage", "named"), DAMAGES)
def test_each_damage_is_found(  # noqa: PLR0913 - a table's columns
    export: Path, whole: Path, tmp_path: Path, file: str, damage: Callable[[list[Row]], object], *, named: str
) -> None:
    problems = check(export, damaged(whole, tmp_path, file, damage), ALL)
    assert any(named in problem for problem in problems), problems


def test_a_banner_or_a_notification_that_stays_changed_is_found(export: Path, whole: Path, tmp_path: Path) -> None:
    dump = tmp_path / "dump"
    shutil.copytree(whole, dump)
    (dump / "account.json").write_text(json.dumps({"banner": {"text": "x"}, "notifications": {}}), "utf-8")
    problems = check(export, dump, ALL)
    assert [problem.split(":")[1].strip() for problem in problems] == ["banner", "notifications"]


def test_another_outcome_than_asked_for_is_found(export: Path, whole: Path) -> None:
    assert check(export, whole, Question(CHAT, "none"))
    assert check(export, whole, Question(CHAT, "stayed"))
    assert check(export, whole, Question(CHAT, "all", {"open": "waiting_on_us", "closed": "closed"}))
