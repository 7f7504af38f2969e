"""Measures deskshift and prints one table: `make bench`, or `python -m tests.benchmarks`.

The vendor sandbox and the stack's AWS services are processes of their own; what is timed is a third one. See
docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from infra.local.sandbox.client import Sandbox
from tests.benchmarks import billing, cold_imports, cold_starts, costs, homes, memory, throughput, tokens
from tests.benchmarks.accounts import Bench
from tests.benchmarks.processes import served_stack
from tests.benchmarks.table import Table
from tests.support.product import ROOT

WARM = 20
"""Conversations that are moved before what is measured, so that clients and connections are open."""
SECTIONS = ("throughput", "account", "homes", "billing", "tokens", "imports", "starts")


def main() -> int:
    """Measure what is asked for; 1 if an aim is missed."""
    given = _arguments()
    table = Table(on_section=lambda table: _write(table, given))
    with ExitStack() as exits:
        served, sandbox = exits.enter_context(served_stack()), exits.enter_context(Sandbox())
        workplace = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="deskshift-bench-")))
        bench = Bench(served, sandbox, given.account, workplace)
        if "throughput" in given.only:
            _say(f"throughput: {given.conversations:,} conversations, {given.repetitions} repetitions")
            table.section(
                f"Throughput, {given.conversations:,} conversations",
                throughput.measure(bench, given.conversations, given.repetitions),
            )
        if "account" in given.only:
            moves = {}
            for size in given.sizes:
                _say(f"memory and cost: {size:,} conversations")
                warm, account = bench.seeded(WARM), bench.seeded(size)
                moves[size] = bench.move(account, warm=warm)
                bench.forget(warm, account)
            table.section("Peak memory of the handlers' process", memory.lines(moves))
            table.section("Use of AWS and price", costs.lines(moves))
        if "homes" in given.only:
            _say(f"new conversations while {' and '.join(f'{size:,}' for size in given.homes)} move")
            table.section("New conversations while the channel moves", homes.measure(bench, given.homes))
        if "billing" in given.only:
            _say("billing merges")
            table.section("Billing merges", billing.measure(bench))
        if "tokens" in given.only:
            _say("reissues of tokens")
            table.section("Reissues of tokens", tokens.measure(bench))
        if "imports" in given.only:
            _say("cold imports")
            table.section("Cold import of each function", cold_imports.measure(served, given.imports))
        if "starts" in given.only:
            _say("cold and warm starts under the Lambda runtime emulator")
            table.section("Start under the Lambda runtime emulator", cold_starts.measure(served, given.starts))
    return _told(table, given)


def _write(table: Table, given: argparse.Namespace) -> str:
    """Write what is measured so far: a run that is broken off leaves its first sections."""
    source = given.account or "the sample account"
    head = (
        f"deskshift, measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {os.cpu_count()} cores of "
        f"{platform.machine()}, Python {platform.python_version()}, with accounts made of {source}.\n\n"
    )
    text = head + table.text()
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.write_text(text, encoding="utf-8")
    return text


def _told(table: Table, given: argparse.Namespace) -> int:
    sys.stdout.write(_write(table, given))
    sys.stdout.write(f"\nWritten to {given.output}\n")
    if table.missed:
        sys.stdout.write(f"Missed: {'; '.join(table.missed)}\n")
        return 1
    sys.stdout.write("Every aim is met.\n")
    return 0


def _say(what: str) -> None:
    sys.stderr.write(f"… {what}\n")


def _sizes(text: str) -> list[int]:
    return [int(one.replace("_", "")) for one in text.split(",")]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=", description=__doc__)
    parser.add_argument("--account", type=Path, default=None, help="the export that accounts are made of")
    parser.add_argument("--conversations", type=int, default=1_000, help="size for the throughput")
    parser.add_argument("--repetitions", type=int, default=3, help="how often the throughput is measured")
    parser.add_argument("--sizes", type=_sizes, default=[1_000, 20_000], help="sizes for memory and cost: 1000,20000")
    parser.add_argument("--homes", type=_sizes, default=[300, 5_000], help="sizes for new conversations' homes")
    parser.add_argument("--imports", type=int, default=3, help="how often each function is imported")
    parser.add_argument("--starts", type=int, default=2, help="how often each function is started")
    parser.add_argument("--only", type=lambda text: text.split(","), default=SECTIONS, help=f"of {','.join(SECTIONS)}")
    parser.add_argument("--output", type=Path, default=ROOT / ".cache" / "bench.md", help="file for the table")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
