"""Conversations a second through the handlers, against a bare loop that sends the same calls."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from tests.benchmarks.processes import run
from tests.benchmarks.replay import Replay, Replayed
from tests.benchmarks.table import Line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.benchmarks.accounts import Bench
    from tests.benchmarks.mover import Moved

AIM = 0.5
_WARM = 20


@dataclass(frozen=True)
class Pair:
    """One run of ours and one of the bare loop, one after the other."""

    ours: Moved
    bare: Replayed


def measure(bench: Bench, conversations: int, repetitions: int) -> list[Line]:
    """Alternate both so many times, each on a fresh account of the same content."""
    record = bench.workplace / "calls.jsonl"
    first = bench.seeded(conversations)
    recorded = bench.move(first, record=record)
    bench.forget(first)
    pairs = [_pair(bench, conversations, record) for _ in range(repetitions)]
    return _lines(conversations, recorded.vendor_calls, pairs)


def _pair(bench: Bench, conversations: int, record: Path) -> Pair:
    warm, moved, replayed = bench.seeded(_WARM), bench.seeded(conversations), bench.seeded(conversations)
    ours = bench.move(moved, warm=warm)
    given = Replay(record=str(record), base_url=bench.sandbox.url, token=replayed.token)
    bare = run("replay", given, Replayed)
    bench.forget(warm, moved, replayed)
    return Pair(ours, bare)


def _lines(conversations: int, calls: int, pairs: Sequence[Pair]) -> list[Line]:
    bare = [conversations / pair.bare.wall for pair in pairs]
    bare_cpu = [conversations / pair.bare.cpu for pair in pairs]
    without = [conversations / (pair.ours.wall - pair.ours.aws_wall) for pair in pairs]
    without_cpu = [conversations / (pair.ours.cpu - pair.ours.aws_cpu) for pair in pairs]
    with_aws = [conversations / pair.ours.wall for pair in pairs]
    with_cpu = [conversations / pair.ours.cpu for pair in pairs]
    rows = [
        ("wall clock, AWS calls excluded", without, bare, AIM),
        ("CPU time, AWS calls excluded", without_cpu, bare_cpu, AIM),
        ("wall clock, AWS calls included (moto)", with_aws, bare, None),
        ("CPU time, AWS calls included", with_cpu, bare_cpu, None),
    ]
    made = [
        Line(
            "bare loop, wall clock / CPU time", f"{median(bare):,.0f} / {median(bare_cpu):,.0f} a second, {calls} calls"
        )
    ]
    for what, ours, theirs, aim in rows:
        ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
        made.append(
            Line(
                f"handlers, {what}",
                f"{median(ours):,.0f} a second; {median(ratios):.2f} of the bare loop "
                f"({min(ratios):.2f} to {max(ratios):.2f})",
                f"at least {aim}" if aim else "",
                median(ratios) >= aim if aim else None,
            )
        )
    return made
