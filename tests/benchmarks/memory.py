"""Peak memory of the process that runs the handlers, for a small and a large account; a fresh process each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.table import Line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.benchmarks.mover import Moved

FLAT = 1.15
"""What still counts as flat: an allocator's fragments and a page's extremes are worth some per cent, and a process of
a hundred megabytes that kept a few hundred bytes of each of 19,000 conversations more would be over it."""
_MEGABYTE = 1024 * 1024


def lines(moves: Mapping[int, Moved]) -> list[Line]:
    """Compare the smallest account's peak with the largest's."""
    small, large = min(moves), max(moves)
    made = [
        Line(f"peak at {size:,} conversations", f"{move.peak_memory / _MEGABYTE:.1f} MiB")
        for size, move in moves.items()
    ]
    ratio = moves[large].peak_memory / moves[small].peak_memory
    more = (moves[large].peak_memory - moves[small].peak_memory) / (large - small) if large > small else 0
    flat = Line(
        f"{large:,} against {small:,}",
        f"{ratio:.2f} times; {more:.0f} bytes a conversation more",
        f"at most {FLAT} times",
        ratio <= FLAT,
    )
    return [*made, flat]
