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
    try:
        if move.takes_history:
            url = wiring.connections.get(move.account_id).webhook_url
            platform.notices.subscribe(move.move_id, url, move.request.channel_id)
        text = BANNER.format(channel=move.request.channel_id)
        platform.notices.put_banner(move.request.channel_id, move.move_id, text)
        if move.request.mute:
            move = mute(wiring, platform, move)
        return result(progressed(wiring, move))
    except LateWriter:
        _take_back(wiring, platform, move)
        raise


def _take_back(wiring: Wiring, platform: Platform, move: Move) -> None:
    """Close again what a late worker opened after its successor had closed it: nobody else comes back for it."""
    now = wiring.moves.get(move.account_id, move.move_id)
    if now.status in ACTIVE and now.phase != "finish":
        return
    platform.notices.unsubscribe(move.move_id)
    platform.notices.remove_banner(move.move_id)
    if move.previous_notifications is not None:
        platform.notices.set_notifications(move.previous_notifications)


def mute(wiring: Wiring, platform: Platform, move: Move) -> Move:
    """Turn all notifications off; how they were is recorded before the first one changes."""
    if move.previous_notifications is None:
        before = platform.notices.notifications()
        move = wiring.moves.save(msgspec.structs.replace(move, previous_notifications=before))
    platform.notices.set_notifications(dict.fromkeys(move.previous_notifications or {}, False))
    return move


def unmute(wiring: Wiring, platform: Platform, move: Move) -> Move:
    """Restore the notifications exactly as they were (H-30); nothing to do if they were not muted."""
    if move.previous_notifications is None:
        return move
    platform.notices.set_notifications(move.previous_notifications)
    return wiring.moves.save(msgspec.structs.replace(move, previous_notifications=None))
