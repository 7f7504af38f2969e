"""How far a move is, how fast, and how long it will still take (H-27, H-28)."""

from datetime import datetime
from fractions import Fraction

import msgspec

_MEANINGFUL_SECONDS = 10
_MEANINGFUL_SHARE = Fraction(1, 20)


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """`rate` is conversations a minute in this phase; both it and `seconds_left` are None until they mean something."""

    phase: str
    done: int
    total: int
    rate: float | None
    seconds_left: int | None


def progress(phase: str, done: int, total: int, *, since: str | None, now: datetime) -> Progress:
    """Reckon a phase's progress.

    An estimate is withheld until ten seconds have passed and a twentieth of the work is done: before that it would
    only jump about. There is none for a move that does not go on.

    Args:
        phase: the move's phase.
        done: conversations done in this phase.
        total: conversations that the phase has to do.
        since: when the phase began (RFC 3339), None if it has not, or if the move rests.
        now: the present time, aware.
    """
    seconds = (now - datetime.fromisoformat(since)).total_seconds() if since else 0.0
    if seconds < _MEANINGFUL_SECONDS or not total or Fraction(done, total) < _MEANINGFUL_SHARE:
        return Progress(phase=phase, done=done, total=total, rate=None, seconds_left=None)
    rate = done / seconds
    left = round(max(0, total - done) / rate)
    return Progress(phase=phase, done=done, total=total, rate=round(rate * 60, 1), seconds_left=left)
