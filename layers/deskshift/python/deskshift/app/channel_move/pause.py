"""Pause a move: the one place that every failure leads to (H-06)."""

import msgspec

from deskshift.app.channel_move.open_capture import unmute
from deskshift.app.channel_move.reporting import write_report
from deskshift.app.channel_move.turns import wake_next
from deskshift.app.events import Event
from deskshift.app.log import logger, working_on_move
from deskshift.app.metrics import Metric, count
from deskshift.app.wiring import Wiring
from deskshift.model.errors import (
    DeskshiftError,
    ListingIncomplete,
    VendorAnswerInvalid,
    VendorRefused,
    VendorUnavailable,
    error_class,
)
from deskshift.model.move import ACTIVE, Move, Notice


class _Cause(msgspec.Struct):
    """What the Lambda runtime says of a failed function; its stack trace is left out on purpose."""

    errorMessage: str = ""  # noqa: N815 - the Lambda runtime's own name


def pause_execution(wiring: Wiring, account_id: str, execution_arn: str, error: str, cause: str) -> Move | None:
    """Pause the move that this execution works on; None if it works on none (any more).

    Args:
        wiring: stores and clients.
        account_id: whose move it is.
        execution_arn: the execution that failed; only the move that it owns is paused.
        error: the error's class name, as Step Functions gives it.
        cause: what Step Functions gives with it.
    """
    for move in wiring.moves.of_account(account_id):
        # Also one that is paused already: whoever paused it may have died before the rest was done.
        if move.execution_arn == execution_arn and move.status in ACTIVE:
            return pause(wiring, move, because(error, cause))
    return None


def because(error: str, cause: str) -> Notice:
    """Put a failure into words for an operator."""
    kind = error_class(error)
    try:
        message = msgspec.json.decode(cause, type=_Cause).errorMessage
    except msgspec.DecodeError:
        message = ""
    return Notice(kind.code, message or f"a step ended as {error}", kind.what_to_do)


def notice_of(error: DeskshiftError) -> Notice:
    """Put one of our errors into words for an operator."""
    return Notice(error.code, str(error), error.what_to_do)


def pause(wiring: Wiring, move: Move, why: Notice) -> Move:
    """Restore the notifications (H-30), write the report, keep the slot and the banner: the move goes on when resumed.

    Doing it twice is doing it once. A platform that does not answer must not keep the move from being paused: what
    cannot be restored now is restored when the move is watched or resumed.
    """
    working_on_move(move.move_id, attempt=move.attempt)
    if move.status != "paused":
        move = wiring.moves.save(msgspec.structs.replace(move, status="paused", pause=why, task_token=None))
        count(Metric.MOVES_PAUSED)
        logger.error(Event.MOVE_PAUSED, extra={"error_code": why.code, "phase": move.phase})
    if move.started_at is None:
        write_report(wiring, move)
        wake_next(wiring, move.account_id)
        return move
    try:
        platform = wiring.platform(move.account_id, "capture")
        move = unmute(wiring, platform, move)
        write_report(wiring, move, platform)
    except (VendorUnavailable, VendorRefused, VendorAnswerInvalid, ListingIncomplete) as error:
        logger.warning(Event.MOVE_PAUSED_WITHOUT_PLATFORM, extra={"error_code": error.code})
        write_report(wiring, move)
    return move
