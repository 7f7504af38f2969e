"""One channel of an account moves at a time; the others wait in the order of their requests (H-04)."""

from collections.abc import Iterable

from deskshift.model.move import ACTIVE, Move


def turn_of(moves: Iterable[Move]) -> Move | None:
    """Say whose turn it is: the unfinished move with the lowest number, if it still waits to begin.

    A paused move that has begun keeps its turn; one that was paused before it began stands in nobody's way, nor does a
    scheduled one, which has no number before its time has come. None means that nobody waits, or that the one in front
    has begun.
    """
    numbered = [move for move in moves if move.number is not None and keeps_slot(move)]
    if not numbered:
        return None
    first = min(numbered, key=lambda move: move.number or 0)
    return first if first.status == "queued" else None


def keeps_slot(move: Move) -> bool:
    """Say whether the account's one slot, once claimed, stays with this move."""
    return move.status in ACTIVE and (move.status != "paused" or move.started_at is not None)
