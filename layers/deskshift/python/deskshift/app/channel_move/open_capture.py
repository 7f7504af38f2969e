"""Open the capture of live changes, show the banner, mute what was asked to be muted (H-25, H-26, H-30)."""

import msgspec

from deskshift.app.channel_move.steps import StepInput, StepResult, progressed, result, running
from deskshift.app.wiring import Wiring
from deskshift.connectors.ports import Platform
from deskshift.model.errors import LateWriter
from deskshift.model.move import ACTIVE, Move

BANNER = (
    "The channel {channel} is being moved to the help desk. Conversations and their history move with it; "
    "assignments may change. New conversations appear in the help desk."
)


def open_capture(wiring: Wiring, step: StepInput) -> StepResult:
    """Take the changes' cursor before anything is listed, then tell people.

    Capture starts before the first page is listed and ends after the last check: what changes in between is read again.
    """
    move = running(wiring, step, "begin")
    platform = wiring.platform(move.account_id)
    if move.changes_cursor is None:
        cursor = platform.inbox.changes_head()
        move = wiring.moves.save(msgspec.structs.replace(move, changes_cursor=cursor))
    if move.request.mute and move.previous_notifications is None:
        # How they were is recorded before the first one changes.
        before = platform.notices.notifications()
        move = wiring.moves.save(msgspec.structs.replace(move, previous_notifications=before))
    try:
        _tell(wiring, platform, move)
        return result(progressed(wiring, move))
    except LateWriter:
        _undo(wiring, platform, move)
        raise


def _tell(wiring: Wiring, platform: Platform, move: Move) -> None:
    if move.takes_history:
        url = wiring.connections.get(move.account_id).webhook_url
        platform.notices.subscribe(move.move_id, url, move.request.channel_id)
    platform.notices.put_banner(move.request.channel_id, move.move_id, BANNER.format(channel=move.request.channel_id))
    if move.previous_notifications is not None:
        platform.notices.set_notifications(dict.fromkeys(move.previous_notifications, False))


def _undo(wiring: Wiring, platform: Platform, move: Move) -> None:
    """Close what was opened so late that the move has stopped meanwhile: nobody comes afterwards to close it."""
    now = wiring.moves.get(move.account_id, move.move_id)
    closing = now.status not in ACTIVE or now.phase == "finish"
    if now.status == "running" and not closing:
        return
    if closing:
        platform.notices.unsubscribe(move.move_id)
        platform.notices.remove_banner(move.move_id)
    holder = wiring.line.holder(move.account_id)
    running_now = None if holder is None else wiring.moves.find(move.account_id, holder.move_id)
    # A move that has them recorded, this or the next one, restores them itself.
    recorded = [one for one in (now, running_now) if one is not None and one.previous_notifications is not None]
    if move.previous_notifications is not None and not recorded:
        platform.notices.set_notifications(move.previous_notifications)


def unmute(wiring: Wiring, platform: Platform, move: Move) -> Move:
    """Restore the notifications exactly as they were (H-30); nothing to do if they were not muted."""
    if move.previous_notifications is None:
        return move
    platform.notices.set_notifications(move.previous_notifications)
    return wiring.moves.save(msgspec.structs.replace(move, previous_notifications=None))
