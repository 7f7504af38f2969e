"""What all steps share: which move, whether this attempt still owns it, and where its files lie."""

from collections.abc import Callable
from pathlib import PurePosixPath

import msgspec

from deskshift.app.events import Event
from deskshift.app.log import logger, working_on_move
from deskshift.app.wiring import Wiring
from deskshift.model.errors import InvalidField, SupersededAttempt
from deskshift.model.move import Move, Phase

STOP_BEFORE_MS = 120_000
"""A step that loops stops two minutes before its time is up, and is called again by the machine."""

TimeLeft = Callable[[], int]
"""Milliseconds until the function is ended."""


class StepInput(msgspec.Struct, frozen=True, kw_only=True):
    """What the machine hands to every step."""

    account_id: str
    move_id: str
    attempt: int


class StepResult(msgspec.Struct, frozen=True, kw_only=True):
    """What every step hands back: small, ids and flags only, for the machine's state is limited to 256 KiB."""

    account_id: str
    move_id: str
    attempt: int
    history: str
    lag_seconds: int
    more: bool = False
    parts: int = 0
    manifest_key: str = ""
    settled: bool = False


def running(wiring: Wiring, step: StepInput, phase: Phase) -> Move:
    """Load the move for a step, and note the phase.

    Raises:
        SupersededAttempt: the move is not running, or a later attempt owns it: a late worker must not go on.
    """
    return entered(wiring, loaded(wiring, step), phase)


def loaded(wiring: Wiring, step: StepInput) -> Move:
    """Load the move for a step.

    Raises:
        SupersededAttempt: as above.
    """
    working_on_move(step.move_id, attempt=step.attempt)
    move = wiring.moves.get(step.account_id, step.move_id)
    owned(move, step.attempt)
    return move


def entered(wiring: Wiring, move: Move, phase: Phase) -> Move:
    """Note the phase that the move is in now, and since when."""
    if move.phase == phase:
        return move
    logger.info(Event.MOVE_PHASE, extra={"phase": phase})
    return wiring.moves.save(msgspec.structs.replace(move, phase=phase, phase_since=wiring.now()))


def owned(move: Move, attempt: int) -> None:
    """Check the fence.

    Raises:
        SupersededAttempt: as above.
    """
    if move.status != "running" or move.attempt != attempt:
        raise SupersededAttempt(move.move_id, attempt, f"it is {move.status} in attempt {move.attempt}")


def progressed(wiring: Wiring, move: Move) -> Move:
    """Save what was just done; the time lets the watch see a move that stalls (X-06)."""
    return wiring.moves.save(msgspec.structs.replace(move, progressed_at=wiring.now()))


def result(  # noqa: PLR0913 - the flags that the machine's choices read
    move: Move,
    *,
    more: bool = False,
    parts: int = 0,
    manifest_key: str = "",
    settled: bool = False,
    lag_seconds: int | None = None,
) -> StepResult:
    """Make a step's result."""
    return StepResult(
        account_id=move.account_id,
        move_id=move.move_id,
        attempt=move.attempt,
        history=move.request.history,
        # Rounded up: waiting shorter than the vendor's lag would read past what it still hides.
        lag_seconds=-(-move.lag_ms // 1000) if lag_seconds is None else lag_seconds,
        more=more,
        parts=parts,
        manifest_key=manifest_key,
        settled=settled,
    )


def folder(move: Move) -> str:
    """Where a move's files lie; an account's files are under its own prefix."""
    return f"moves/{move.account_id}/{move.move_id}"


def parts_folder(move: Move) -> str:
    """Name where the move's parts lie, with customers' words; nothing else lies there."""
    return f"{folder(move)}/parts/"


def part_key(move: Move, number: int, sha256: str) -> str:
    """Name a part's file by number and content, so that file and record never disagree."""
    return f"{parts_folder(move)}{number:07d}-{sha256[:16]}.jsonl"


def part_number(key: str) -> int:
    """Read a part's number from the name of any of its files.

    Raises:
        InvalidField: it is no part file's name.
    """
    number = PurePosixPath(key).stem.partition("-")[0]
    if not number.isdecimal():
        raise InvalidField("part.key", repr(key), "the key of a part file")
    return int(number)


def manifest_key(move: Move) -> str:
    """Name the manifest that feeds the map."""
    return f"{folder(move)}/manifest.json"


def verified_key(move: Move, round_: int, number: int) -> str:
    """Name the file of what one page of a round's verification found."""
    return f"{folder(move)}/verified/{round_:04d}/{number:07d}.json"


def report_key(move: Move, ending: str) -> str:
    """Name the report; it outlives the move's other files."""
    return f"reports/{move.account_id}/{move.move_id}.{ending}"
