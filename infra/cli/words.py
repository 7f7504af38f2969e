"""A report, and a move's progress, in words for a person."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MOST_LISTED = 20
MOST_CHARACTERS = 80
_STATUS = {
    "done": "is done",
    "refused": "was refused; nothing was changed",
    "queued": "has not begun",
    "scheduled": "waits for its time",
    "running": "is running",
    "paused": "is paused",
    "cancelled": "was cancelled before it began",
    "dry_run": "was tried out; nothing was changed",
}


def printable(text: object) -> str:
    """Make a text safe for a terminal: control characters, which could write anywhere on it, become question marks."""
    return "".join(c if c.isprintable() else "?" for c in str(text))


def report_in_words(report: Mapping[str, Any]) -> list[str]:
    """Tell a report, line by line."""
    return [printable(line) for line in _report_lines(report)]


def _report_lines(report: Mapping[str, Any]) -> Iterator[str]:
    seconds = _seconds(report["started_at"], report["finished_at"])
    took = "" if seconds is None else f" after {duration(seconds)}"
    channel = f"channel {report['channel_id']} of account {report['account_id'] or '?'}"
    yield f"The move of {channel} {_STATUS.get(report['status'], report['status'])}{took}."
    if report["move_id"]:
        yield f"  move_id        {report['move_id']}"
    if report["paused_because"]:
        yield from _notices("Why it goes no further:", [report["paused_because"]])
    if report["status"] == "refused":
        yield from _notices("Why:", report["refusals"])
    elif report["status"] == "dry_run":
        yield from _estimate(report["estimate"])
    elif report["move_id"]:
        yield from _counts(report["counts"])
    yield from _notices("Please note:", report["warnings"])
    yield from _listed(
        "Set aside, and still in the inbox:",
        (f"{item['conversation_id']}: {item['code']}, {item['reason']}" for item in report["quarantined"]),
    )
    yield from _listed(
        "Different in the help desk:",
        (f"{d['id']} {d['field']}: {_short(d['source'])} became {_short(d['target'])}" for d in report["differences"]),
    )
    yield from _listed("Replies that stay in the inbox, in conversations:", report["late_replies"])


def _counts(counts: Mapping[str, Any]) -> Iterator[str]:
    of = counts["conversations"]
    yield f"  conversations  {of['source']:,} in the channel; {of['moved']:,} moved, {of['skipped']:,} stay as asked"
    yield (
        f"  found wrong    {of['quarantined']:,} set aside, {of['missing']:,} missing, {of['extra']:,} too many, "
        f"{of['mismatched']:,} different"
    )
    yield f"  tickets        {counts['tickets']['kept']:,} kept, {counts['tickets']['created']:,} created"
    yield f"  with them      {counts['messages']:,} messages, {counts['attachments']:,} attachments"


def _estimate(estimate: Mapping[str, Any] | None) -> Iterator[str]:
    if estimate is None:
        return
    yield (
        f"  would move     {estimate['conversations']:,} conversations, {estimate['messages']:,} messages, "
        f"{estimate['attachments']:,} attachments"
    )
    yield (
        f"  would take     about {duration(estimate['seconds'])}, {estimate['vendor_calls']:,} calls to the platform, "
        f"{estimate['cost_usd']} USD of AWS (prices of {estimate['prices_of']})"
    )


def _notices(title: str, notices: Iterable[Mapping[str, str]]) -> Iterator[str]:
    yield from _listed(title, (f"{n['message']} [{n['code']}] {n['what_to_do']}" for n in notices))


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    every = list(lines)
    if not every:
        return
    yield title
    for line in every[:MOST_LISTED]:
        yield f"  - {line}"
    if len(every) > MOST_LISTED:
        yield f"  - and {len(every) - MOST_LISTED:,} more, in the report file"


def recheck_in_words(recheck: Mapping[str, Any]) -> list[str]:
    """Tell what the check a day later found (recheck_moves)."""
    if recheck["outcome"] != "checked":
        return [printable(f"It could not be checked a day later: {recheck['reason']}.")]
    lines = [
        f"Checked again at {recheck['rechecked_at']}: {recheck['drifted']} of a sample of {recheck['checked']} differ."
    ]
    lines += _listed(
        "Different since:",
        (f"{d['id']} {d['field']}: {_short(d['source'])} became {_short(d['target'])}" for d in recheck["differences"]),
    )
    return [printable(line) for line in lines]


def progress_in_words(shown: Mapping[str, Any]) -> list[str]:
    """Tell where a move stands: what show_move answers."""
    lines = [
        f"Move {shown['move_id']} of channel {shown['channel_id']} {_STATUS.get(shown['status'], shown['status'])}."
    ]
    progress = shown["progress"]
    if shown["status"] in {"running", "paused"}:
        parts = [f"  phase          {progress['phase'].replace('_', ' ')}, attempt {shown['attempt']}"]
        if progress["total"]:
            parts.append(f"{progress['done']:,} of {progress['total']:,} conversations")
        if progress["rate"] is not None:
            parts.append(f"{progress['rate']:,.0f} a minute")
        if progress["seconds_left"] is not None:
            parts.append(f"about {duration(progress['seconds_left'])} left")
        lines.append(", ".join(parts))
    if shown["waits_for"] is not None:
        lines.append(_waiting(shown["waits_for"]))
    if shown["report"] is not None:
        lines += list(_report_lines(shown["report"]))[1:]
    else:
        lines += _notices("Why it goes no further:", [shown["paused_because"]] if shown["paused_because"] else [])
        lines += _notices("Please note:", shown["warnings"])
    return [printable(line) for line in lines]


def _waiting(holder: Mapping[str, str]) -> str:
    """Say which move has to end first, and that a paused one does not end by itself."""
    status = _STATUS.get(holder["status"], holder["status"])
    first = "; resume that one first" if holder["status"] == "paused" else ""
    return f"  waits for      move {holder['move_id']} of the same account, which {status}{first}."


def duration(seconds: float) -> str:
    """Put a span of time in words."""
    if seconds < 60:  # noqa: PLR2004 - a minute's seconds
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _short(value: str) -> str:
    return value if len(value) <= MOST_CHARACTERS else f"{value[: MOST_CHARACTERS - 1]}…"


def _seconds(start: str | None, end: str | None) -> float | None:
    if start is None or end is None:
        return None
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
