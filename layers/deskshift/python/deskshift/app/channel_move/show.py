"""Show a move: status, phase, progress, and the report once there is one (H-27, H-28). Reading disturbs nothing."""

import msgspec

from deskshift.app.channel_move.steps import report_key
from deskshift.app.wiring import Wiring
from deskshift.domain.progress import Progress, progress
from deskshift.model.move import ACTIVE, Move, Notice


class WaitsFor(msgspec.Struct, frozen=True, kw_only=True):
    """The move that has the account's slot while another one waits for it."""

    move_id: str
    status: str


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The content of the progress page; `report` is the report as JSON, None before there is one.

    `waits_for` is who has the slot that a queued move waits for: behind a paused one it waits for an operator.
    """

    account_id: str
    move_id: str
    channel_id: str
    status: str
    attempt: int
    progress: Progress
    waits_for: WaitsFor | None
    paused_because: Notice | None
    warnings: tuple[Notice, ...]
    refusals: tuple[Notice, ...]
    report: msgspec.Raw | None


def show(wiring: Wiring, account_id: str, move_id: str) -> Shown:
    """Read a move.

    Raises:
        UnknownMove: there is no such move.
    """
    move = wiring.moves.get(account_id, move_id)
    reported = move.status not in ACTIVE or move.status == "paused"
    report = wiring.files.get(report_key(move, "json")) if reported else None
    done, total = _done(wiring, move)
    since = move.phase_since if move.status == "running" else None
    return Shown(
        account_id=account_id,
        move_id=move_id,
        channel_id=move.request.channel_id,
        status=move.status,
        attempt=move.attempt,
        progress=progress(move.phase, done, total, since=since, now=wiring.clock()),
        waits_for=_waits_for(wiring, move),
        paused_because=move.pause,
        warnings=move.warnings,
        refusals=move.refusals,
        report=None if report is None else msgspec.Raw(report),
    )


def _waits_for(wiring: Wiring, move: Move) -> WaitsFor | None:
    holder = wiring.line.holder(move.account_id) if move.status == "queued" else None
    if holder is None or holder.move_id == move.move_id:
        return None
    held_by = wiring.moves.find(move.account_id, holder.move_id)
    return None if held_by is None else WaitsFor(move_id=held_by.move_id, status=held_by.status)


def _done(wiring: Wiring, move: Move) -> tuple[int, int]:
    """Count what the phase has done, in conversations."""
    total = move.source_total if move.takes_history else 0
    match move.phase:
        case "list":
            return move.listing.listed, total
        case "import":
            parts = wiring.work.parts(move.move_id)
            return sum(part.moved + part.quarantined for part in parts if part.done), total
        case "verify":
            return move.verify.verified, total
        case "release":
            return move.release.released, total
        case "catch_up" | "settle" | "finish":
            return total, total
        case _:
            return 0, total
