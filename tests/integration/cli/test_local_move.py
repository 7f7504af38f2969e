"""`deskshift local move` by its exit codes, its report and its dump."""

import csv
import io
import json
from pathlib import Path

import pytest

from infra.cli.sample_account import CHAT
from tests.integration.cli.conftest import MoveCommand, Moved
from tests.integration.cli.dump_check import Question, check, rows

EVERY_FAULT = "429=0.05,500=0.05,timeout=0.02,lost_response=0.05,slow=0.05,shuffle_webhooks=0.2,duplicate_webhooks=0.2"


def in_channel(folder: Path, channel: str) -> list[dict[str, object]]:
    return [row for row in rows(folder, "conversations") if row["channel_id"] == channel]


def counts_of(moved: Moved) -> dict[str, int]:
    counts: dict[str, int] = moved.report["counts"]["conversations"]
    return counts


def test_a_plain_move_is_done_and_says_so(move: MoveCommand, sample: Path) -> None:
    moved = move(sample, CHAT)
    assert moved.ended.code == 0, moved.ended.err
    there = in_channel(sample, CHAT)
    assert moved.report["status"] == "done"
    assert counts_of(moved) == {
        "source": len(there),
        "moved": len(there),
        **dict.fromkeys(("skipped", "quarantined", "missing", "extra", "mismatched"), 0),
    }
    kept = sum(1 for row in there if row["ticket_id"] is not None)
    assert moved.report["counts"]["tickets"] == {"kept": kept, "created": len(there) - kept}
    assert moved.csv == "id,field,source,target\n"
    assert check(sample, moved.dump, Question(CHAT, "all")) == []
    assert moved.ended.err == ""
    assert "is done" in moved.ended.out
    lines = moved.ended.out.splitlines()
    assert [line.split()[0] for line in lines if line.endswith("  ok")][:4] == ["check", "begin", "switch", "list"]
    assert f"{len(there)}/{len(there)}" in next(line for line in lines if line.startswith("verify"))


def test_the_small_account_moves_with_everything_that_arrives(move: MoveCommand, small: Path) -> None:
    moved = move(small, "acme-chat", "--arrivals", "30", "--mute", "--status-map", "open=waiting_on_us,closed=new")
    assert moved.ended.code == 0, moved.ended.err
    assert len(rows(moved.dump, "arrivals")) == 30
    asked = Question("acme-chat", "all", {"open": "waiting_on_us", "closed": "new"}, muted=True)
    assert check(small, moved.dump, asked) == []
    born_in_inbox = [
        event for event in rows(moved.dump, "arrivals") if "conversation" in event and event["where"] == "inbox"
    ]
    assert counts_of(moved)["moved"] == len(in_channel(small, "acme-chat")) + len(born_in_inbox)


def test_without_history_the_conversations_stay(move: MoveCommand, sample: Path) -> None:
    moved = move(sample, CHAT, "--history", "none", "--arrivals", "16")
    assert moved.ended.code == 0, moved.ended.err
    assert counts_of(moved)["moved"] == 0
    assert counts_of(moved)["skipped"] == counts_of(moved)["source"] >= len(in_channel(sample, CHAT))
    assert check(sample, moved.dump, Question(CHAT, "none")) == []


@pytest.mark.parametrize(
    ("channel", "options", "code"),
    [
        ("sample-whatsapp", (), "channel_not_movable"),
        (CHAT, ("--as", "sample-agent-1"), "missing_permission"),
        ("sample-nowhere", ("--arrivals", "5"), "unknown_channel"),
        (CHAT, ("--status-map", "open=new,closed=solved"), "unknown_ticket_status"),
        (CHAT, ("--edition", "1999-01"), "invalid_field"),
    ],
)
def test_a_refused_move_changes_nothing(
    move: MoveCommand, sample: Path, channel: str, options: tuple[str, ...], code: str
) -> None:
    moved = move(sample, channel, *options)
    assert moved.ended.code == 2
    assert moved.report["status"] == "refused"
    assert [refusal["code"] for refusal in moved.report["refusals"]] == [code]
    assert all(refusal["message"] and refusal["what_to_do"] for refusal in moved.report["refusals"])
    assert check(sample, moved.dump, Question(channel, "stayed")) == []
    assert code in moved.ended.out + moved.ended.err


def test_a_dry_run_changes_nothing_and_estimates(move: MoveCommand, sample: Path) -> None:
    moved = move(sample, CHAT, "--dry-run", "--at", "2999-01-01T00:00:00Z")
    assert moved.ended.code == 0, moved.ended.err
    assert moved.report["status"] == "dry_run"
    assert moved.report["estimate"]["conversations"] == len(in_channel(sample, CHAT))
    assert check(sample, moved.dump, Question(CHAT, "stayed")) == []
    assert "the local stack does not wait" in moved.ended.out


def test_every_fault_leaves_the_same_end(move: MoveCommand, sample: Path) -> None:
    moved = move(sample, CHAT, "--arrivals", "30", "--faults", EVERY_FAULT)
    assert moved.ended.code == 0, moved.ended.err
    assert check(sample, moved.dump, Question(CHAT, "all")) == []
    faults = json.loads((moved.dump / "faults.json").read_text("utf-8"))
    assert set(faults) == {part.split("=")[0] for part in EVERY_FAULT.split(",")}
    assert all(count["done"] > 0 for count in faults.values())


def test_a_fault_that_did_nothing_is_an_error(move: MoveCommand, sample: Path) -> None:
    moved = move(sample, CHAT, "--faults", "refuse=nobody,duplicate_webhooks=0.5")
    assert moved.ended.code == 2
    assert moved.report["status"] == "done"
    assert "duplicate_webhooks, refuse=nobody did nothing" in moved.ended.err


def test_a_corruption_is_found_and_named(move: MoveCommand, sample: Path) -> None:
    moved = move(sample, CHAT, "--faults", "corrupt=messages.text")
    assert moved.ended.code == 3
    assert moved.report["status"] == "paused"
    assert moved.report["paused_because"]["code"] == "verification_failed"
    [difference] = moved.report["differences"]
    assert difference["field"].startswith("messages[")
    assert difference["field"].endswith("].text")
    assert difference["id"] in {row["id"] for row in in_channel(sample, CHAT)}
    assert list(csv.DictReader(io.StringIO(moved.csv))) == [difference]
    assert f"{difference['id']} {difference['field']}" in moved.ended.out
    assert counts_of(moved)["mismatched"] == 1


def test_a_conversation_that_is_refused_is_quarantined_and_the_rest_moves(move: MoveCommand, sample: Path) -> None:
    bad = str(in_channel(sample, CHAT)[3]["id"])
    moved = move(sample, CHAT, "--faults", f"refuse={bad}")
    assert moved.ended.code == 3
    assert moved.report["status"] == "done"
    assert [item["conversation_id"] for item in moved.report["quarantined"]] == [bad]
    assert counts_of(moved)["quarantined"] == 1
    assert counts_of(moved)["moved"] == counts_of(moved)["source"] - 1
    assert bad in moved.ended.out
