"""Which exit code a run ends with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.cli.errors import DONE, NOT_DONE, REFUSED

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_WRONG = ("quarantined", "missing", "extra", "mismatched")


def exit_code(report: Mapping[str, Any], idle_faults: Collection[str]) -> int:
    """Decide by the report.

    Args:
        report: in the report's form.
        idle_faults: faults that were asked for and did nothing: a run that claims to have survived them is an error,
            unless it ended worse.

    Returns:
        0 done (or a dry run), with nothing quarantined and no difference; 2 refused, or a fault that did nothing; 3
        anything else.
    """
    if report["status"] in {"refused", "cancelled"}:
        return REFUSED
    conversations = report["counts"]["conversations"]
    flawed = report["quarantined"] or report["differences"] or any(conversations[name] for name in _WRONG)
    if report["status"] not in {"done", "dry_run"} or flawed:
        return NOT_DONE
    return REFUSED if idle_faults else DONE
