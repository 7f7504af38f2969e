"""The grammar of `deskshift billing`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

_PERIODS = "month|quarter|year"


def add_billing(parser: argparse.ArgumentParser) -> None:
    """Add the commands of the group."""
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_prorate(commands.add_parser("prorate", help="charge a span of days at a period's price", allow_abbrev=False))
    _add_schedule(commands.add_parser("schedule", help="list the dates that periods begin on", allow_abbrev=False))


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
