"""Peak memory of the process that runs the handlers, for a small and a large account; a fresh process each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.table import Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.benchmarks.mover import Moved

FLAT = 1.15
"""What still counts as flat, of the whole process: fragments of the allocator and the extremes of a page are worth
some per cent. What is kept of each conversation shows in the bytes a conversation, more clearly in a large account."""
_MEGABYTE = 1024 * 1024


def lines(moves: Mapping[int, Moved]) -> list[Line]:
    """Compare the smallest account's peak with the largest's."""
    small, large = min(moves), max(moves)
    made = [
        Line(f"peak at {size:,} conversations", f"{move.peak_memory / _MEGABYTE:.1f} MiB")
        for size, move in moves.items()
    ]
    if small == large:
        return [*made, Line("flat", "one size alone was measured")]
    ratio = moves[large].peak_memory / moves[small].peak_memory
    more = (moves[large].peak_memory - moves[small].peak_memory) / (large - small)
    flat = Line(
        f"{large:,} against {small:,}",
        f"{ratio:.2f} times; {more:.0f} bytes a conversation more",
        f"at most {FLAT} times",
        ratio <= FLAT,
    )
    return [*made, flat]
