"""The report as files, and a report for runs that ended before the stack could write one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from deskshift.domain.report import counts, differences_csv
from infra.cli.errors import CommandError, InputRefused, bad_option

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path


def no_differences() -> bytes:
    """Give the CSV of a report without differences: its header."""
    return differences_csv(()).encode()


@dataclass
class Run:
    """What came of a run: the report in its own form, the differences as CSV, faults that did nothing."""

    report: dict[str, Any]
    differences: bytes = field(default_factory=no_differences)
    idle_faults: list[str] = field(default_factory=list)
    error: CommandError | None = None


def write_report(file: Path, report: Mapping[str, Any], differences: bytes) -> None:
    """Write the report, and its differences beside it: the same name, ending in .csv.

    Raises:
        InputRefused: the file system does not let us.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
        file.with_suffix(".csv").write_bytes(differences)
    except OSError as error:
        raise bad_option("--report", str(error), "a place that can be written to") from None


def report_without_move(
    error: CommandError,
    now: datetime,
    *,
    account_id: str | None = None,
    channel_id: str | None = None,
    warnings: tuple[dict[str, str], ...] = (),
) -> dict[str, Any]:
    """Build a report in the form of every report, for a request that became no move or whose move broke off.

    Its status is `refused` where the input was refused, else `queued`: the request waits still.
    """
    notice = {"code": error.code, "message": error.message, "what_to_do": error.what_to_do}
    refused = isinstance(error, InputRefused)
    at = now.isoformat(timespec="seconds").replace("+00:00", "Z")
    return {
        "move_id": None,
        "account_id": account_id,
        "channel_id": channel_id,
        "status": "refused" if refused else "queued",
        "history": None,
        "mute": None,
        "attempt": 0,
        "edition": None,
        "policy_version": None,
        "created_at": at,
        "started_at": None,
        "finished_at": at if refused else None,
        "counts": msgspec.to_builtins(counts((), 0, 0, (), takes_history=True)),
        "estimate": None,
        "warnings": list(warnings),
        "refusals": [notice] if refused else [],
        "paused_because": None if refused else notice,
        "quarantined": [],
        "differences": [],
        "late_replies": [],
    }
