"""The command `local move`: check what was asked, run it, write the report and tell it in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from infra.cli.errors import InputRefused
from infra.cli.move_options import MoveOptions, check_report_file, plan
from infra.cli.outcome import exit_code
from infra.cli.report_files import Run, report_without_move, write_report
from infra.cli.terminal import say, tell_error
from infra.cli.words import report_in_words

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from rich.console import Console


def run_local_move(given: argparse.Namespace, console: Console) -> int:
    """Run the move that was typed; returns the exit code."""
    options = {name: value for name, value in vars(given).items() if name != "command"}
    return local_move(MoveOptions(**options), console)


def local_move(options: MoveOptions, console: Console) -> int:
    """Run the move, write the report, tell it in words; returns the exit code.

    Raises:
        InputRefused: the report cannot be written where it should.
    """
    if options.report is not None:
        check_report_file(options.report)
    now = datetime.now(UTC)
    try:
        planned = plan(options, now)
    except InputRefused as error:
        run = Run(report_without_move(error, now, channel_id=options.channel), error=error)
    else:
        # It brings moto and the SAM translator, which take a second to load: bad input is told without them.
        from infra.cli.local_run import run_move  # noqa: PLC0415 - see above

        run = run_move(options, planned, now, console)
    if run.idle_faults:
        run.report["warnings"] = [*run.report["warnings"], _notice(_idle(run.idle_faults))]
    unwritten = None if options.report is None else _written(options.report, run)
    code = _told(run, console)
    if unwritten is None:
        return code
    tell_error(unwritten)
    return max(code, unwritten.exit_code)


def _written(file: Path, run: Run) -> InputRefused | None:
    """Write the report; what stands against it is told after the report's words, which are all that is left then."""
    try:
        write_report(file, run.report, run.differences)
    except InputRefused as error:
        return error
    return None


def _told(run: Run, console: Console) -> int:
    if run.error is not None:
        tell_error(run.error)
        return run.error.exit_code
    for line in report_in_words(run.report):
        say(console, line)
    if run.idle_faults:
        tell_error(_idle(run.idle_faults))
    return exit_code(run.report, run.idle_faults)


def _notice(error: InputRefused) -> dict[str, str]:
    return {"code": error.code, "message": error.message, "what_to_do": error.what_to_do}


def _idle(faults: list[str]) -> InputRefused:
    return InputRefused(
        "fault_did_nothing",
        f"--faults: {', '.join(faults)} did nothing in this run",
        "Leave it out, or give a rate, number or id that this account's move meets.",
    )
