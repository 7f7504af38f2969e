"""Find moves whose execution died or stalls, so that slot, banner and mute never stay for ever."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from botocore.exceptions import ClientError

from deskshift.app.channel_move.open_capture import unmute
from deskshift.app.channel_move.pause import notice_of, pause
from deskshift.app.channel_move.turns import wake_next
from deskshift.app.log import logger
from deskshift.app.wiring import Wiring
from deskshift.model.errors import ExecutionDied, LateWriter, VendorRefused, VendorUnavailable
from deskshift.model.move import Move

STALLED_AFTER = timedelta(minutes=20)
"""A running step saves its progress page by page; a function lives for fifteen minutes at most."""
_GRACE = timedelta(minutes=2)
_TOKEN_IS_OVER = frozenset({"TaskTimedOut", "InvalidToken", "TaskDoesNotExist"})
_OVER = frozenset({"FAILED", "TIMED_OUT", "ABORTED", "SUCCEEDED", "ABSENT"})


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What one look found, as move ids."""

    died: tuple[str, ...] = ()
    stalled: tuple[str, ...] = ()
    woken: tuple[str, ...] = ()


def watch(wiring: Wiring, event: Mapping[str, object]) -> Seen:
    """Look at all unfinished moves, or only at the one whose execution just ended."""
    detail = event.get("detail")
    ended = detail.get("executionArn") if isinstance(detail, Mapping) else None
    moves = [move for move in wiring.moves.active() if ended is None or move.execution_arn == ended]
    died, stalled, woken = [], [], []
    for seen in moves:
        move = wiring.moves.get(seen.account_id, seen.move_id)
        if move.status == "paused":
            _restore(wiring, move)
            continue
        if _died(wiring, move, sure=ended is not None):
            died.append(move.move_id)
        elif _stalled(move, wiring.clock()):
            stalled.append(move.move_id)
            logger.error("move.stalled", extra={"move_id": move.move_id, "phase": move.phase})
        else:
            _keep_waiting(wiring, move)
    for account_id in sorted({move.account_id for move in moves}):
        woken += _wake(wiring, account_id)
    return Seen(died=tuple(died), stalled=tuple(stalled), woken=tuple(woken))


def _restore(wiring: Wiring, move: Move) -> None:
    """Restore notifications that could not be restored when the move was paused (H-30)."""
    if move.previous_notifications is None:
        return
    try:
        unmute(wiring, wiring.platform(move.account_id, "capture"), move)
    except (VendorUnavailable, VendorRefused, LateWriter) as error:
        logger.warning("move.still_muted", extra={"move_id": move.move_id, "error_code": error.code})


def _died(wiring: Wiring, move: Move, *, sure: bool) -> bool:
    """Pause a move whose execution is over. A move just admitted may not have its execution yet, hence the grace."""
    status = _execution_status(wiring, move)
    young = wiring.clock() - datetime.fromisoformat(move.progressed_at or move.created_at) < _GRACE
    if status not in _OVER or (young and not sure):
        return False
    try:
        pause(wiring, move, notice_of(ExecutionDied(status)))
    except LateWriter:
        return False  # It went on or was resumed in this moment: the next look sees.
    return True


def _execution_status(wiring: Wiring, move: Move) -> str:
    if move.execution_arn is None:
        return "ABSENT"
    try:
        return wiring.machines.describe_execution(executionArn=move.execution_arn)["status"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ExecutionDoesNotExist":
            return "ABSENT"
        raise


def _stalled(move: Move, now: datetime) -> bool:
    at = datetime.fromisoformat(move.progressed_at or move.created_at)
    return move.status == "running" and now - at > STALLED_AFTER


def _keep_waiting(wiring: Wiring, move: Move) -> None:
    """Send the heartbeat of an execution that waits for its turn."""
    if move.task_token is None:
        return
    try:
        wiring.machines.send_task_heartbeat(taskToken=move.task_token)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _TOKEN_IS_OVER:
            raise


def _wake(wiring: Wiring, account_id: str) -> list[str]:
    """Free a slot that an ended move left behind, and wake who waits."""
    holder = wiring.line.holder(account_id)
    if holder is not None:
        move = wiring.moves.find(account_id, holder)
        if move is None or move.status in {"done", "cancelled", "refused"}:
            wiring.line.free(account_id, holder)
    woken = wake_next(wiring, account_id)
    return [woken.move_id] if woken else []
