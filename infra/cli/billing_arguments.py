"""The grammar of `deskshift billing`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

_PERIODS = "month|quarter|year"


def add_billing(parser: argparse.ArgumentParser) -> None:
    """Add the commands of the group."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, words in (
        ("preview", "show what a merge will do, to the cent; nothing is changed"),
        ("merge", "make a preview and carry it out"),
    ):
        _add_merge(commands.add_parser(name, help=words, allow_abbrev=False), name)
    _add_show(commands.add_parser("show", help="show a merge on a deployed stack", allow_abbrev=False))
    _add_connect(commands.add_parser("connect", help="say where an account is billed", allow_abbrev=False))
    _add_prorate(commands.add_parser("prorate", help="charge a span of days at a period's price", allow_abbrev=False))
    _add_schedule(commands.add_parser("schedule", help="list the dates that periods begin on", allow_abbrev=False))


def _add_show(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="billing_show")
    _add_deployed(parser)
    parser.add_argument("--merge-id", required=True, metavar="ID", help="as its preview and its log records name it")
    parser.add_argument("--json", action="store_true", help="print JSON instead of words")


def _add_deployed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stack", required=True, metavar="NAME", help="the stack's name in CloudFormation")
    parser.add_argument("--account-id", required=True, metavar="ID")
    parser.add_argument("--region", metavar="R", help="AWS region (default: as AWS's own tools find it)")


def _add_connect(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="billing_connect")
    _add_deployed(parser)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--zuora", type=Path, metavar="FILE", help="in this Zuora tenant (docs/zuora.md)")
    where.add_argument("--platform", action="store_true", help="by its platform, as without this command")
    parser.add_argument(
        "--keep-secrets", action="store_true", help="the OAuth client stays; only what the file says changes"
    )


def _add_prorate(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="billing_prorate")
    add = parser.add_argument
    add("--price", required=True, metavar="P", help="for one whole period, in major units; negative for a credit")
    add("--currency", required=True, metavar="C", help="ISO 4217, like EUR")
    add("--from", dest="start", required=True, metavar="DATE", help="the first day, YYYY-MM-DD")
    add("--to", dest="end", required=True, metavar="DATE", help="the day after the last one")
    _add_series(parser)
    add("--tax-rate", metavar="R", help="in per cent, 0 to 100; taken once, of the sum of the rounded lines")


def _add_schedule(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="billing_schedule")
    add = parser.add_argument
    add("--start", required=True, metavar="DATE", help="the first date listed is on this day or after it")
    add("--count", required=True, metavar="N", help="how many dates, 1 to 1200")
    _add_series(parser)


def _add_series(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--anchor", required=True, metavar="DATE", help="any date that a period begins on, earlier or later")
    add("--period", required=True, metavar=_PERIODS, help="how long a period is")
    add("--json", action="store_true", help="print JSON instead of words")


def _add_merge(parser: argparse.ArgumentParser, name: str) -> None:
    parser.set_defaults(command=f"billing_{name}")
    add = parser.add_argument
    add("--account", type=Path, metavar="DIR", help="folder of an account export with billing.json: locally")
    add("--stack", metavar="NAME", help="a deployed stack instead")
    add("--account-id", metavar="ID", help="the account on the deployed stack")
    add("--region", metavar="R", help="AWS region (default: as AWS's own tools find it)")
    add("--as-of", metavar="DATE", help="the upgrade's local date (default: tomorrow)")
    add("--choice", default="none", metavar="none|cancel|co_term", help="what the customer chose (default: none)")
    add("--edition", metavar="E", help="edition of the policy, YYYY-MM (default: the newest)")
    add("--json", action="store_true", help="print JSON instead of a table")
    add("--as", dest="approved_by", metavar="AGENT", help="who asks and approves (locally: the first super admin)")
    add("--request-id", metavar="ID", help="the same id twice is one merge (default: made of the time)")
    add("--letter", type=Path, metavar="FILE", help="write the letter to the customer, in the account's language")
    if name == "preview":
        parser.set_defaults(preview=None)
    else:
        add("--preview", type=Path, metavar="FILE", help="carry this one out, as `billing preview --json` printed it")
        add("--upgrade-passed", action="store_true", help="the upgrade's checks have passed (locally: always)")
        add("--forced", action="store_true", help="also shortly before a renewal run")
