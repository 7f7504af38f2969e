"""Find moves whose execution died or stalls, so that slot, banner and mute never stay for ever."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

import msgspec
from botocore.exceptions import ClientError
from pynamodb.exceptions import PynamoDBException

from deskshift.app.channel_move.open_capture import unmute
from deskshift.app.channel_move.pause import notice_of, pause
from deskshift.app.channel_move.steps import STOP_BEFORE_MS, TimeLeft
from deskshift.app.channel_move.turns import TOKEN_IS_OVER, answer, wake_next
from deskshift.app.events import Event
from deskshift.app.log import logger, working_on_move
from deskshift.app.wiring import Wiring
from deskshift.model.errors import DeskshiftError, ExecutionDied, LateWriter
from deskshift.model.move import ACTIVE, Move

STALLED_AFTER = timedelta(minutes=20)
"""A running step saves its progress page by page, an import part by part; a function lives for fifteen minutes."""
_GRACE = timedelta(minutes=2)
_ATTEMPTS = 5
_OVER = frozenset({"FAILED", "TIMED_OUT", "ABORTED", "SUCCEEDED", "ABSENT"})


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What one look found, as move ids."""

    died: tuple[str, ...] = ()
    stalled: tuple[str, ...] = ()
    woken: tuple[str, ...] = ()


def watch(wiring: Wiring, event: Mapping[str, object], time_left: TimeLeft) -> Seen:
    """Look at all unfinished moves, or only at the one whose execution just ended.

    What waiting executions need comes first; then one move after the other, and a move that cannot be looked at holds
    up nobody else.
    """
    detail = event.get("detail")
    ended = detail.get("executionArn") if isinstance(detail, Mapping) else None
    moves = [move for move in wiring.moves.active() if ended is None or move.execution_arn == ended]
    woken: list[str] = []
    died: list[str] = []
    stalled: list[str] = []
    for move in moves:
        with _alone(move.move_id):
            _keep_waiting(wiring, move)
    for account_id, move_id in sorted({move.account_id: move.move_id for move in moves}.items()):
        with _alone(move_id):
            begun = wake_next(wiring, account_id)
            woken += [] if begun is None else [begun.move_id]
    for seen in moves:
        if time_left() < STOP_BEFORE_MS:
            break
        with _alone(seen.move_id):
            _look(wiring, seen, died, stalled, ended)
    return Seen(died=tuple(died), stalled=tuple(stalled), woken=tuple(woken))


@contextmanager
def _alone(move_id: str) -> Iterator[None]:
    """Let what fails for one move fail for it alone; it is looked at again in five minutes."""
    working_on_move(move_id)
    try:
        yield
    except (DeskshiftError, ClientError, PynamoDBException) as error:
        kind = error.code if isinstance(error, DeskshiftError) else type(error).__name__
        logger.error(Event.MOVE_CANNOT_BE_WATCHED, extra={"error_code": kind})


def _look(wiring: Wiring, seen: Move, died: list[str], stalled: list[str], ended: object) -> None:
    move = wiring.moves.get(seen.account_id, seen.move_id)
    if ended is not None and move.execution_arn != ended:
        return  # It was resumed meanwhile, and its next execution may be about to start.
    if move.status == "paused":
        if move.previous_notifications is not None:
            unmute(wiring, wiring.platform(move.account_id, "capture"), move)
    elif move.status in ACTIVE and _died(wiring, move, sure=ended is not None):
        died.append(move.move_id)
    elif _stalled(wiring, move):
        stalled.append(move.move_id)
        logger.error(Event.MOVE_STALLED, extra={"phase": move.phase})


def _died(wiring: Wiring, move: Move, *, sure: bool) -> bool:
    """Pause a move whose execution is over. A move just admitted may not have its execution yet, hence the grace."""
    status = _execution_status(wiring, move)
    young = wiring.clock() - datetime.fromisoformat(move.progressed_at or move.created_at) < _GRACE
    if status not in _OVER or (young and not sure):
        return False
    for _ in range(_ATTEMPTS):
        try:
            pause(wiring, move, notice_of(ExecutionDied(status)))
        except LateWriter:
            # A step of the dead execution wrote its last word, or a person resumed the move.
            again = wiring.moves.get(move.account_id, move.move_id)
            if again.execution_arn != move.execution_arn or again.status not in ACTIVE:
                return False
            move = again
        else:
            return True
    return False


def _execution_status(wiring: Wiring, move: Move) -> str:
    if move.execution_arn is None:
        return "ABSENT"
    try:
        return wiring.machines.describe_execution(executionArn=move.execution_arn)["status"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ExecutionDoesNotExist":
            return "ABSENT"
        raise


def _stalled(wiring: Wiring, move: Move) -> bool:
    """Say whether nothing was done for long; while parts are imported, the last part that was done counts."""
    if move.status != "running":
        return False
    done = [move.progressed_at or move.created_at]
    if move.phase == "import":
        done += [part.done_at for part in wiring.work.parts(move.move_id) if part.done_at is not None]
    return wiring.clock() - datetime.fromisoformat(max(done)) > STALLED_AFTER


def _keep_waiting(wiring: Wiring, move: Move) -> None:
    """Send the heartbeat of an execution that waits for its turn; answer one that was never told that it has it."""
    if move.task_token is None:
        return
    if move.status == "running" and move.phase == "begin":
        answer(wiring, move.task_token, move, "waited")
        return
    try:
        wiring.machines.send_task_heartbeat(taskToken=move.task_token)
    except ClientError as error:
        if error.response["Error"]["Code"] not in TOKEN_IS_OVER:
            raise
