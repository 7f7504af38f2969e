"""Whose turn it is, and waking whoever waits for it (H-04)."""

import json

import msgspec
from botocore.exceptions import ClientError

from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.app.metrics import Metric, count
from deskshift.app.wiring import Wiring
from deskshift.domain.line import keeps_slot, turn_of
from deskshift.model.errors import LateWriter
from deskshift.model.move import Move

TOKEN_IS_OVER = frozenset({"TaskTimedOut", "InvalidToken", "TaskDoesNotExist"})


def wake_next(wiring: Wiring, account_id: str, asking: str | None = None) -> Move | None:
    """Give the slot to the move in front of the line, if it waits for it.

    Safe to be called by anyone at any time: the slot's condition lets only one in. A move without a token is on its
    way to `begin`, which stores its token first and then looks at the line itself: one of the two sees the other. The
    token stays in the record, so that the watch can answer it again if whoever began the move died before doing so.

    Args:
        wiring: stores and clients.
        account_id: whose line.
        asking: the move that asks for itself; any other one has waited, and is checked again before it goes on.

    Returns:
        The move that began, None if nobody could.
    """
    move = turn_of(wiring.moves.of_account(account_id))
    if move is None or move.task_token is None or not _claimed(wiring, move):
        return None
    begun = msgspec.structs.replace(
        move, status="running", started_at=move.started_at or wiring.now(), progressed_at=wiring.now()
    )
    try:
        begun = wiring.moves.save(begun)
    except LateWriter:
        # Somebody else began, paused or cancelled it between our read and our write, and looks after the slot itself.
        _give_back_if_ended(wiring, move)
        return None
    answer(wiring, move.task_token, begun, "begun" if move.move_id == asking else "waited")
    count(Metric.MOVES_BEGUN)
    logger.info(
        Event.MOVE_BEGUN, extra={"correlation_id": begun.move_id, "move_id": begun.move_id, "number": begun.number}
    )
    return begun


def answer(wiring: Wiring, token: str, move: Move, outcome: str) -> bool:
    """Tell the waiting execution how it goes on; False if it no longer waits."""
    output = {"account_id": move.account_id, "move_id": move.move_id, "attempt": move.attempt, "outcome": outcome}
    try:
        wiring.machines.send_task_success(taskToken=token, output=json.dumps(output))
    except ClientError as error:
        if error.response["Error"]["Code"] in TOKEN_IS_OVER:
            return False
        raise
    return True


def leave_line(wiring: Wiring, move: Move) -> None:
    """Give the slot back after a move has ended, and wake the next."""
    wiring.line.free(move.account_id, move.move_id)
    wake_next(wiring, move.account_id)


def _claimed(wiring: Wiring, move: Move) -> bool:
    """Claim the slot, also if whoever holds it has ended or is paused before it began: it died before giving it back.

    Only the attempt that was seen to hold it loses it: resumed meanwhile, it has claimed the slot anew.
    """
    if wiring.line.claim(move.account_id, move.move_id, move.attempt):
        return True
    holder = wiring.line.holder(move.account_id)
    if holder is not None:
        held_by = wiring.moves.find(move.account_id, holder.move_id)
        if held_by is not None and keeps_slot(held_by):
            return False
        wiring.line.free(move.account_id, holder.move_id, holder.attempt)
    return wiring.line.claim(move.account_id, move.move_id, move.attempt)


def _give_back_if_ended(wiring: Wiring, move: Move) -> None:
    now = wiring.moves.get(move.account_id, move.move_id)
    if now.status not in {"running", "queued"} and now.started_at is None:
        wiring.line.free(move.account_id, move.move_id, move.attempt)
