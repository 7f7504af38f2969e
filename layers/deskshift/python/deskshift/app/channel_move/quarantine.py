"""Set a conversation aside that cannot move, and let it out again (X-08). The id map has the last word.

A worker may be late: the conversation that it could not copy may be copied, released or gone by now, or a later attempt
may own the move. It sets aside only what it still owns and what is still as it read it; and what is recorded as copied
in the quarantined version or a newer one counts as copied, whatever the quarantine says.
"""

import msgspec

from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.app.metrics import Metric, count
from deskshift.app.wiring import Wiring
from deskshift.connectors.ports import Platform
from deskshift.model.move import Move, Quarantined


def set_aside(wiring: Wiring, platform: Platform, move: Move, item: Quarantined) -> bool:
    """Quarantine a conversation; an older copy of it is taken back, for it must not be there twice.

    Returns:
        False if it is not this worker's to set aside any more.
    """
    known = wiring.id_map.get(move.account_id, [item.conversation_id]).get(item.conversation_id)
    recorded = known is not None and known.state == "copied" and known.version >= item.version
    if recorded or not _still_so(wiring, platform, move, item):
        logger.info(
            Event.CONVERSATION_OVERTAKEN, extra={"conversation_id": item.conversation_id, "error_code": item.code}
        )
        return False
    logger.warning(
        Event.CONVERSATION_QUARANTINED, extra={"conversation_id": item.conversation_id, "error_code": item.code}
    )
    if item not in wiring.work.quarantined(move.move_id):  # a step that is repeated sets the same aside again
        count(Metric.CONVERSATIONS_QUARANTINED)
    wiring.work.quarantine(move.move_id, item)
    gone = platform.help_desk.take_back(item.conversation_id, item.version)
    if gone and known is not None and known.state == "copied":
        wiring.id_map.put(move.account_id, [msgspec.structs.replace(known, state="departed")])
    return True


def _still_so(wiring: Wiring, platform: Platform, move: Move, item: Quarantined) -> bool:
    now = wiring.moves.get(move.account_id, move.move_id)
    if (now.attempt, now.status) != (move.attempt, move.status):
        return False
    answer = platform.inbox.read([item.conversation_id])
    versions = [c.version for c in answer.items if c.moved_to is None] + [odd.version for odd in answer.unreadable]
    return versions == [item.version]


def lift(wiring: Wiring, move: Move, ids: set[str]) -> None:
    """Let conversations out of quarantine that could be copied; nothing happens to others."""
    for item in wiring.work.quarantined(move.move_id):
        if item.conversation_id in ids:
            wiring.work.unquarantine(move.move_id, item.conversation_id)


def aside(wiring: Wiring, move: Move) -> dict[str, int]:
    """Read what is set aside, id -> version, without what is recorded as copied all the same."""
    held = {item.conversation_id: item.version for item in wiring.work.quarantined(move.move_id)}
    known = wiring.id_map.get(move.account_id, list(held))
    copied = {one for one, entry in known.items() if entry.state == "copied" and entry.version >= held[one]}
    return {one: version for one, version in held.items() if one not in copied}
