from datetime import UTC, datetime
from typing import Any

import pytest

from deskshift.domain.report import Report
from infra.cli.errors import InputRefused, RunFailed
from infra.cli.outcome import exit_code
from infra.cli.report_files import report_without_move
from infra.cli.words import MOST_LISTED, duration, printable, progress_in_words, report_in_words

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
REFUSED = InputRefused("bad", "it is bad", "Mend it.")


def report(status: str = "done", **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - a report's fields
    made = report_without_move(REFUSED, NOW, account_id="acme", channel_id="chat")
    return {**made, "move_id": "chat-1", "status": status, "refusals": [], "finished_at": None, **fields}


def with_conversations(**counted: int) -> dict[str, Any]:
    counts = report()["counts"]
    return report(counts={**counts, "conversations": {**counts["conversations"], **counted}})


@pytest.mark.parametrize(
    ("ended", "idle", "code"),
    [
        (report(), [], 0),
        (report("dry_run"), [], 0),
        (report(), ["429"], 2),
        (report("refused"), [], 2),
        (report("cancelled"), [], 2),
        (report("paused"), [], 3),
        (report("paused"), ["429"], 3),
        (report("queued"), [], 3),
        (with_conversations(moved=5, skipped=3), [], 0),
        (with_conversations(quarantined=1), [], 3),
        (with_conversations(missing=1), ["429"], 3),
        (with_conversations(extra=1), [], 3),
        (with_conversations(mismatched=1), [], 3),
        (report(quarantined=[{"conversation_id": "c"}]), [], 3),
        (report(differences=[{"id": "c"}]), [], 3),
    ],
)
def test_the_exit_code_follows_from_the_report(ended: dict[str, Any], idle: list[str], code: int) -> None:
    assert exit_code(ended, idle) == code


def test_a_report_without_a_move_has_every_field_of_a_report() -> None:
    assert set(report_without_move(REFUSED, NOW)) == set(Report.__struct_fields__)


def test_refused_input_and_a_broken_run_are_told_apart() -> None:
    refused = report_without_move(REFUSED, NOW)
    notice = {"code": "bad", "message": "it is bad", "what_to_do": "Mend it."}
    assert (refused["status"], refused["refusals"], refused["paused_because"]) == ("refused", [notice], None)
    broken = report_without_move(RunFailed("bad", "it is bad", "Mend it."), NOW)
    assert (broken["status"], broken["refusals"], broken["paused_because"]) == ("queued", [], notice)


def test_a_done_move_in_words() -> None:
    ended = with_conversations(source=1250, moved=1249, skipped=1)
    lines = report_in_words(
        {**ended, "started_at": "2026-01-31T12:00:00Z", "finished_at": "2026-01-31T13:02:05Z", "late_replies": ["c9"]}
    )
    assert lines[0] == "The move of channel chat of account acme is done after 1 h 2 min."
    assert "  conversations  1,250 in the channel; 1,249 moved, 1 stay as asked" in lines
    assert lines[-2:] == ["Replies that stay in the inbox, in conversations:", "  - c9"]


def test_long_lists_and_long_values_are_cut_short() -> None:
    differing = [{"id": f"c{n}", "field": "status", "source": "x" * 500, "target": "y"} for n in range(MOST_LISTED + 5)]
    lines = report_in_words(report("paused", differences=differing))
    assert lines[-1] == "  - and 5 more, in the report file"
    assert all(len(line) < 200 for line in lines)
    assert sum("status" in line for line in lines) == MOST_LISTED


def test_nothing_of_a_report_can_drive_the_terminal() -> None:
    warning = {"code": "w", "message": "\x1b[2J\u202eevil\n", "what_to_do": "[red]none[/red]"}
    [line] = [line for line in report_in_words(report(warnings=[warning])) if "evil" in line]
    assert line == "  - ?[2J?evil? [w] [red]none[/red]"
    assert printable("Olá ✉") == "Olá ✉"


def test_a_running_move_in_words() -> None:
    shown: dict[str, Any] = {
        "move_id": "chat-1",
        "channel_id": "chat",
        "status": "running",
        "attempt": 2,
        "progress": {"phase": "catch_up", "done": 1500, "total": 3000, "rate": 90.4, "seconds_left": 1000},
        "waits_for": None,
        "paused_because": None,
        "warnings": [],
        "refusals": [],
        "report": None,
    }
    assert progress_in_words(shown) == [
        "Move chat-1 of channel chat is running.",
        "  phase          catch up, attempt 2, 1,500 of 3,000 conversations, 90 a minute, about 16 min 40 s left",
    ]
    begun = {**shown, "progress": {"phase": "begin", "done": 0, "total": 0, "rate": None, "seconds_left": None}}
    assert progress_in_words(begun)[1] == "  phase          begin, attempt 2"
    paused = {**shown, "status": "paused", "report": report("paused", paused_because=_notice())}
    assert "  - it is bad [bad] Mend it." in progress_in_words(paused)


def _notice() -> dict[str, str]:
    return {"code": "bad", "message": "it is bad", "what_to_do": "Mend it."}


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59.4, "59 s"), (60, "1 min 0 s"), (3599, "59 min 59 s"), (7260, "2 h 1 min")]
)
def test_a_span_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words
