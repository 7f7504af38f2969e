"""What a thousand conversations use of AWS and what that costs, and whether the preflight's estimate knew it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from deskshift.app.policies import prices
from deskshift.domain.usage import Usage, cost
from tests.benchmarks.table import Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.benchmarks.mover import Moved

WRITES_AIM = 1.2
TRANSITIONS_AIM = 0.1
ESTIMATE_AIM = 0.10
FLAT = 1.05
_QUEUE_REQUESTS = 3
"""The message that asks for the move is sent, received and deleted; nothing else is queued while nobody writes."""


def used(moved: Moved) -> Usage:
    """Put together what was metered."""
    metered = moved.metered
    seconds = sum((Fraction(one.billed_seconds) * one.memory_mb / 1024 for one in moved.spent), Fraction(0))
    return Usage(
        write_units=Fraction(metered.write_units),
        read_units=Fraction(metered.read_units),
        s3_writes=metered.s3_writes,
        s3_reads=metered.s3_reads,
        secret_reads=metered.secret_reads,
        queue_requests=_QUEUE_REQUESTS,
        transitions=metered.transitions,
        invocations=metered.invocations + 1,  # move_channel, which takes the request from the queue
        gb_seconds=seconds,
    )


def lines(moves: Mapping[int, Moved]) -> list[Line]:
    """Write the lines of each size, and compare the smallest with the largest."""
    made = [line for size, moved in moves.items() for line in _of(size, moved)]
    small, large = min(moves), max(moves)
    if small == large:
        return [*made, Line("unit cost", "one size alone was measured")]
    ratio = _dollars(used(moves[large])) / large / (_dollars(used(moves[small])) / small)
    return [
        *made,
        Line(
            f"unit cost at {large:,} against {small:,}",
            f"{float(ratio):.2f} times",
            f"at most {FLAT} times",
            ratio <= FLAT,
        ),
    ]


def _of(size: int, moved: Moved) -> list[Line]:
    found, estimate = used(moved), moved.report["estimate"]
    thousands = Fraction(size, 1000)
    writes, transitions = float(found.write_units / size), found.transitions / size
    by = f"at {size:,}: "
    facts = ", ".join(
        f"{float(getattr(found, name) / thousands):,.1f} {what}"
        for name, what in (
            ("read_units", "read units"),
            ("s3_writes", "S3 writes"),
            ("s3_reads", "S3 reads"),
            ("secret_reads", "secrets read"),
            ("queue_requests", "SQS requests"),
            ("invocations", "invocations"),
            ("gb_seconds", "GB-seconds"),
        )
    )
    difference = Fraction(estimate["cost_usd"]) / _dollars(found) - 1
    calls = Fraction(estimate["vendor_calls"], moved.vendor_calls) - 1
    return [
        Line(f"{by}write units a conversation", f"{writes:.3f}", f"at most {WRITES_AIM}", writes <= WRITES_AIM),
        Line(
            f"{by}transitions a conversation",
            f"{transitions:.3f}",
            f"at most {TRANSITIONS_AIM}",
            transitions <= TRANSITIONS_AIM,
        ),
        Line(f"{by}for 1,000 conversations", facts),
        Line(
            f"{by}price for 1,000",
            f"{float(_dollars(found) / thousands):.5f} USD ({prices().month}, {prices().region})",
        ),
        Line(
            f"{by}the preflight's estimate of the price",
            f"{float(difference):+.1%} of what was metered",
            f"within {ESTIMATE_AIM:.0%}",
            abs(difference) <= ESTIMATE_AIM,
        ),
        Line(
            f"{by}the preflight's estimate of platform calls",
            f"{float(calls):+.1%} of {moved.vendor_calls:,}",
            f"within {ESTIMATE_AIM:.0%}",
            abs(calls) <= ESTIMATE_AIM,
        ),
    ]


def _dollars(given: Usage) -> Fraction:
    return cost(given, prices())
