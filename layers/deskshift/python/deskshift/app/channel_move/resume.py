"""Resume a paused move by its next attempt (H-06)."""

import msgspec

from deskshift.app.channel_move.admit import execution_arn
from deskshift.app.channel_move.settle import next_round
from deskshift.app.channel_move.start import start_execution
from deskshift.app.events import Event
from deskshift.app.log import logger, working_on_move
from deskshift.app.wiring import Wiring
from deskshift.model.errors import LateWriter, TransitionRefused
from deskshift.model.move import Move, Status

_ATTEMPTS = 3


def resume(wiring: Wiring, account_id: str, move_id: str) -> Move:
    """Start the next attempt; its steps pass over what is done.

    One that never began goes back to its place in the line, or waits for the time that it was scheduled for.

    Raises:
        UnknownMove: there is no such move.
        TransitionRefused: it is not paused.
        LateWriter: somebody else keeps writing to it.
    """
    working_on_move(move_id)
    for _ in range(_ATTEMPTS - 1):
        try:
            return _resume(wiring, account_id, move_id)
        except LateWriter:
            # Whoever paused the move still writes, the notifications that it restored for example.
            continue
    return _resume(wiring, account_id, move_id)


def _resume(wiring: Wiring, account_id: str, move_id: str) -> Move:
    move = wiring.moves.get(account_id, move_id)
    if move.status != "paused":
        raise TransitionRefused(move_id, "resume", move.status)
    attempt = move.attempt + 1
    again = next_round(move)
    resumed = msgspec.structs.replace(
        again,
        first_round=again.round,
        status=_status(move, wiring.now()),
        attempt=attempt,
        execution_arn=execution_arn(wiring.settings.channel_move_arn, move_id, attempt),
        pause=None,
        progressed_at=wiring.now(),
    )
    resumed = wiring.moves.save(resumed)
    start_execution(wiring, resumed)
    logger.info(Event.MOVE_RESUMED, extra={"attempt": attempt})
    return resumed


def _status(move: Move, now: str) -> Status:
    if move.started_at is not None:
        return "running"
    start_at = move.request.start_at
    return "scheduled" if move.number is None and start_at is not None and start_at > now else "queued"
