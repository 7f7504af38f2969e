"""The command line's grammar. What an option's text means is decided where it is used, so that a report can say it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from infra.cli.billing_arguments import add_billing
from infra.cli.errors import InputRefused
from infra.cli.tokens_arguments import add_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

DEFAULT_SAMPLE = 300


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Raise InputRefused instead of leaving the process.

        Raises:
            InputRefused: always, with argparse's own message and the usage.
        """
        raise InputRefused("invalid_option", message, f"{self.format_usage().strip()}  (more: {self.prog} --help)")


def build_parser() -> argparse.ArgumentParser:
    """Build the parser; `command` says what was asked for."""
    parser = _Parser(
        prog="deskshift",
        description="Move channels of an inbox to the help desk, with nothing lost.",
        epilog="Exit codes: 0 done; 2 refused or bad input; 3 paused, quarantined items or differences.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    local = commands.add_parser("local", help="run a move on this machine", allow_abbrev=False)
    local_commands = local.add_subparsers(required=True, metavar="COMMAND")
    _add_move(local_commands.add_parser("move", help="move one channel of an account export", allow_abbrev=False))
    _add_sample(local_commands.add_parser("sample", help="move a channel of a made-up account", allow_abbrev=False))
    _add_serve(local_commands.add_parser("serve", help="serve a stack until it is stopped", allow_abbrev=False))
    for name, words in (
        ("faults", "let a served account's platform misbehave"),
        ("update", "deploy a served stack again, with what has changed"),
        ("teardown", "delete a served stack, and say what is retained"),
    ):
        _add_control(local_commands.add_parser(name, help=words, allow_abbrev=False), name)
    _add_asked(commands.add_parser("move", help="move a channel, on a deployed stack", allow_abbrev=False))
    _add_connect(commands.add_parser("connect", help="connect an account with a deployed stack", allow_abbrev=False))
    for name, words in (
        ("status", "show a move's progress and report"),
        ("resume", "go on with a paused move"),
        ("cancel", "cancel a move that has not begun"),
    ):
        _add_deployed(commands.add_parser(name, help=f"{words}, on a deployed stack", allow_abbrev=False), name)
    _add_report(commands.add_parser("report", help="show or fetch a move's report", allow_abbrev=False))
    _add_quarantine(commands.add_parser("quarantine", help="what a move set aside", allow_abbrev=False))
    _add_dead_letters(commands.add_parser("dead-letters", help="messages that were given up", allow_abbrev=False))
    add_billing(commands.add_parser("billing", help="merge the billing of two products", allow_abbrev=False))
    add_tokens(commands.add_parser("tokens", help="reissue an account's OAuth tokens", allow_abbrev=False))
    return parser


def report_option(argv: Sequence[str]) -> Path | None:
    """Find --report in arguments that are otherwise wrong, for the report is written in each case."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--report", type=Path)
    try:
        known, _ = parser.parse_known_args(list(argv))
    except argparse.ArgumentError:
        return None
    found: Path | None = known.report
    return found


def _add_move(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="local_move")
    add = parser.add_argument
    add("--account", required=True, type=Path, metavar="DIR", help="folder of the account export")
    _add_request(parser)
    add("--as", dest="requested_by", metavar="AGENT", help="who asks (default: the account's first super admin)")
    add("--arrivals", default="0", metavar="N", help="let N live events happen during the move")
    add("--faults", default="", metavar="SPEC", help="let the platform misbehave, e.g. 429=0.05,timeout=0.02,seed=1")
    add("--report", type=Path, metavar="FILE", help="write the report as JSON, its differences as CSV beside it")
    add("--dump", type=Path, metavar="DIR", help="write what the platform holds afterwards")
    add("--verbose", action="store_true", help="print the functions' logs to standard error at the end")


def _add_request(parser: argparse.ArgumentParser) -> None:
    """Add what is asked for, on this machine as on a deployed stack."""
    add = parser.add_argument
    add("--channel", required=True, metavar="ID", help="the channel to move")
    add("--history", default="all", metavar="all|none", help="which conversations move (default: all)")
    add(
        "--status-map",
        metavar="open=S,closed=S",
        help="ticket statuses of created tickets (default: the account's first and last)",
    )
    add("--at", metavar="TIME", help="when to start, RFC 3339 (default: now)")
    add("--edition", metavar="E", help="edition of the policy, YYYY-MM (default: the newest)")
    add("--mute", action="store_true", help="mute the account's notifications while it moves")
    add("--dry-run", action="store_true", help="check and estimate, change nothing")


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="serve")
    add = parser.add_argument
    add("--account", action="append", required=True, type=Path, metavar="DIR", help="folder of an account export")
    add("--port", default="0", metavar="N", help="port of the AWS services (default: a free one)")
    add("--addresses", type=Path, metavar="FILE", help="write the addresses as JSON once everything is served")
    add("--faults", default="", metavar="SPEC", help="let the accounts' platform misbehave, as in `local move`")


def _add_control(parser: argparse.ArgumentParser, name: str) -> None:
    parser.set_defaults(command=name)
    add = parser.add_argument
    add("--addresses", required=True, type=Path, metavar="FILE", help="the file that `local serve` wrote")
    if name == "faults":
        add("--account-id", required=True, metavar="ID")
        add("--faults", required=True, metavar="SPEC", help="how the platform misbehaves from now on; '' ends it")


def _add_sample(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="sample")
    parser.add_argument(
        "--conversations",
        default=str(DEFAULT_SAMPLE),
        metavar="N",
        help=f"conversations of the account (default: {DEFAULT_SAMPLE})",
    )
    parser.add_argument(
        "--write", type=Path, metavar="DIR", help="write the account's export into an empty folder, and move nothing"
    )


def _add_connect(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="connect")
    _add_stack(parser)
    add = parser.add_argument
    add("--base-url", required=True, metavar="URL", help="the platform's address, without the contract's /v1")
    add(
        "--requests-per-second",
        default="10",
        metavar="N",
        help="what the platform allows the account in all (default: 10)",
    )
    add("--keep-secrets", action="store_true", help="change address and budget alone, of a connected account")


def _add_asked(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="move")
    _add_stack(parser)
    _add_request(parser)
    add = parser.add_argument
    add("--as", dest="requested_by", required=True, metavar="AGENT", help="who asks; only a super admin may")
    add("--request-id", metavar="ID", help="the same id twice is one move (default: made of the time)")
    add("--watch", action="store_true", help="show the move until it ends")


def _add_stack(parser: argparse.ArgumentParser, *, of_account: bool = True) -> None:
    parser.add_argument("--stack", required=True, metavar="NAME", help="the stack's name in CloudFormation")
    if of_account:
        parser.add_argument("--account-id", required=True, metavar="ID")
    parser.add_argument("--region", metavar="R", help="AWS region (default: as AWS's own tools find it)")


def _add_deployed(parser: argparse.ArgumentParser, name: str) -> None:
    parser.set_defaults(command=name)
    _add_stack(parser)
    parser.add_argument("--move-id", required=True, metavar="ID")
    parser.add_argument("--json", action="store_true", help="print JSON instead of words")


def _add_report(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="report")
    _add_stack(parser)
    parser.add_argument("--move-id", required=True, metavar="ID")
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write it as JSON, its differences as CSV beside it"
    )


def _add_quarantine(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="quarantine")
    _add_stack(parser)
    parser.add_argument("--move-id", required=True, metavar="ID")
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|retry")
    actions.add_parser("list", help="with code and reason", allow_abbrev=False)
    retry = actions.add_parser("retry", help="try conversations again, alone", allow_abbrev=False)
    retry.add_argument("conversations", nargs="*", metavar="ID")
    retry.add_argument("--all", action="store_true", help="all that are set aside")


def _add_dead_letters(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="dead_letters")
    _add_stack(parser, of_account=False)
    parser.add_argument(
        "--queue",
        choices=("moves", "merges", "tokens", "changes"),
        default="moves",
        help="which queue's (default: moves)",
    )
    parser.add_argument("action", choices=("list", "redrive", "discard"))
    parser.add_argument("--message-id", metavar="ID", help="this one alone; discard needs it")
