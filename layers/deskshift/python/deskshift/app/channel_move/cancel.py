"""Cancel a move that has not begun (H-06)."""

import msgspec
from botocore.exceptions import ClientError

from deskshift.app.channel_move.reporting import write_report
from deskshift.app.channel_move.turns import leave_line
from deskshift.app.events import Event
from deskshift.app.log import logger, working_on_move
from deskshift.app.wiring import Wiring
from deskshift.model.errors import LateWriter, TransitionRefused
from deskshift.model.move import Move

_ATTEMPTS = 3


def cancel(wiring: Wiring, account_id: str, move_id: str) -> Move:
    """Cancel a queued, scheduled or not yet begun paused move, stop its execution and wake the next in the line.

    Asking twice is asking once.

    Raises:
        UnknownMove: there is no such move.
        TransitionRefused: it has begun, or ended otherwise.
        LateWriter: somebody else keeps writing to it.
    """
    working_on_move(move_id)
    for _ in range(_ATTEMPTS - 1):
        try:
            return _cancel(wiring, account_id, move_id)
        except LateWriter:
            # It was checked, or took its place in the line, in this moment.
            continue
    return _cancel(wiring, account_id, move_id)


def _cancel(wiring: Wiring, account_id: str, move_id: str) -> Move:
    move = wiring.moves.get(account_id, move_id)
    if move.status == "cancelled":
        return _close(wiring, move)
    if move.started_at is not None or move.status not in {"queued", "scheduled", "paused"}:
        raise TransitionRefused(move_id, "cancel", move.status)
    cancelled = msgspec.structs.replace(move, status="cancelled", finished_at=wiring.now(), task_token=None)
    logger.info(Event.MOVE_CANCELLED)
    return _close(wiring, wiring.moves.save(cancelled))


def _close(wiring: Wiring, cancelled: Move) -> Move:
    """Do what follows a cancellation; doing it twice is doing it once."""
    write_report(wiring, cancelled)
    _stop(wiring, cancelled)
    leave_line(wiring, cancelled)
    return cancelled


def _stop(wiring: Wiring, move: Move) -> None:
    if move.execution_arn is None:
        return
    try:
        wiring.machines.stop_execution(executionArn=move.execution_arn, error="MoveCancelled")
    except ClientError as error:
        # It was never started, or it ended by itself.
        if error.response["Error"]["Code"] not in {"ExecutionDoesNotExist", "ValidationException"}:
            raise
