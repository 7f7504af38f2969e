"""`deskshift`: the command line's entry. Each command's code is loaded only when it is asked for."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING

from infra.cli.arguments import build_parser, report_option
from infra.cli.errors import INTERRUPTED, CommandError, InputRefused
from infra.cli.terminal import open_console, tell, tell_error

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from rich.console import Console

COMMANDS = {
    "local_move": ("local_move", "run_local_move"),
    "sample": ("sample", "run_sample"),
    "serve": ("serve", "run_serve"),
    "faults": ("served", "run_served"),
    "update": ("served", "run_served"),
    "teardown": ("served", "run_served"),
    "move": ("ask_move", "run_move"),
    "report": ("stored_report", "run_report"),
    "quarantine": ("quarantine", "run_quarantine"),
    "dead_letters": ("dead_letters", "run_dead_letters"),
    "billing_prorate": ("billing_figures", "run_prorate"),
    "billing_schedule": ("billing_figures", "run_schedule"),
    "billing_preview": ("billing_merge", "run_preview"),
    "billing_show": ("billing_show", "run_show"),
    "billing_connect": ("billing_connect", "run_connect"),
    "billing_merge": ("billing_merge", "run_merge"),
    "tokens_reissue": ("tokens", "run_reissue"),
    "tokens_pending": ("tokens", "run_pending"),
    "tokens_report": ("tokens", "run_report"),
    "tokens_order": ("tokens", "run_order"),
    "tokens_connect": ("tokens_connect", "run_connect"),
    "connect": ("connect", "run_connect"),
    "status": ("deployed", "run_deployed"),
    "resume": ("deployed", "run_deployed"),
    "cancel": ("deployed", "run_deployed"),
}
"""Where each command's code is: the module below infra.cli, and the function that takes what was typed."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 2 refused or bad input, 3 not done as it should, 130 Ctrl-C."""
    given = list(sys.argv[1:] if argv is None else argv)
    console = open_console()
    try:
        return _dispatch(_parsed(given), console)
    except CommandError as error:
        tell_error(error)
        return error.exit_code
    except KeyboardInterrupt:
        tell("deskshift: interrupted")
        return INTERRUPTED


def _parsed(given: list[str]) -> argparse.Namespace:
    try:
        return build_parser().parse_args(given)
    except InputRefused as error:
        if given[:2] == ["local", "move"]:
            _report_refusal(given, error)
        raise


def _report_refusal(given: list[str], error: InputRefused) -> None:
    """The report is written in each case, also where another option cannot be read."""
    from infra.cli.move_options import check_report_file  # noqa: PLC0415 - only now
    from infra.cli.report_files import no_differences, report_without_move, write_report  # noqa: PLC0415 - only now

    file = report_option(given)
    if file is not None:
        check_report_file(file)
        write_report(file, report_without_move(error, datetime.now(UTC)), no_differences())


def _dispatch(given: argparse.Namespace, console: Console) -> int:
    # The local stack brings moto and the SAM translator, which take a second to load.
    module, function = COMMANDS[given.command]
    run: Callable[[argparse.Namespace, Console], int] = getattr(import_module(f"infra.cli.{module}"), function)
    return run(given, console)


if __name__ == "__main__":
    sys.exit(main())
