"""Read the source's changes by cursor and note what has to be read again (H-25, X-02)."""

import msgspec

from deskshift.app.channel_move.steps import STOP_BEFORE_MS, TimeLeft, progressed
from deskshift.app.wiring import Wiring
from deskshift.connectors.ports import Platform
from deskshift.model.errors import StepFailed
from deskshift.model.listing import Change
from deskshift.model.move import Move
from deskshift.store.work import Reread

_DELETIONS = frozenset({"deleted", "privacy_deleted"})


def read_changes(wiring: Wiring, platform: Platform, move: Move, time_left: TimeLeft) -> tuple[Move, bool]:
    """Read the changes up to their end, or until two minutes are left.

    The notes are written before the cursor moves on: a run that dies in between reads the same page again and writes
    the same notes.

    Returns:
        The move with its new cursor, and whether the end was reached.
    """
    while True:
        if time_left() < STOP_BEFORE_MS:
            return move, False
        if move.changes_cursor is None:
            raise StepFailed("capture was never opened: there is no cursor to read changes from")
        page = platform.inbox.changes(move.changes_cursor)
        ours = [change for change in page.items if _concerns(change, move.request.channel_id)]
        if move.takes_history:
            _note(wiring, move, ours)
        else:
            # H-21: they stay in the inbox, and the report lists their conversations.
            replied = [change.conversation_id for change in ours if change.kind == "message"]
            wiring.work.add_late_replies(move.move_id, replied)
        if page.next_cursor != move.changes_cursor:
            move = progressed(wiring, msgspec.structs.replace(move, changes_cursor=page.next_cursor))
        if page.end:
            return move, True


def _concerns(change: Change, channel_id: str) -> bool:
    return channel_id in {change.channel_id, change.previous_channel_id}


def _note(wiring: Wiring, move: Move, changes: list[Change]) -> None:
    known = wiring.id_map.get(move.account_id, [change.conversation_id for change in changes])
    wiring.work.add_rereads(
        move.move_id,
        [
            Reread(change.conversation_id, f"{change.kind}:{change.version}")
            for change in changes
            if change.kind in _DELETIONS
            or change.conversation_id not in known
            or known[change.conversation_id].version < change.version
        ],
    )
