"""Read conversations again and bring the help desk to what they are now: copied, departed or deleted."""

from collections.abc import Sequence

import msgspec

from deskshift.app.channel_move.copying import Copied, copy
from deskshift.app.channel_move.purging import purge
from deskshift.app.channel_move.rules import Rules
from deskshift.app.log import logger
from deskshift.app.wiring import Wiring
from deskshift.connectors.ports import Platform
from deskshift.model.conversation import Conversation
from deskshift.model.listing import Missing
from deskshift.model.move import MappedId, Move


def reread(wiring: Wiring, platform: Platform, move: Move, rules: Rules, ids: Sequence[str]) -> Copied:
    """Read up to 100 conversations as they are now and copy what is newer than the record.

    Text that is gone in the source is never made again: a deleted conversation's copy is deleted, the record keeps a
    tombstone, and its text leaves the parts.
    """
    answer = platform.inbox.read(ids)
    here = [c for c in answer.items if c.moved_to is None and c.channel_id == move.request.channel_id]
    elsewhere = [c for c in answer.items if c.moved_to is None and c.channel_id != move.request.channel_id]
    copied = copy(wiring, platform, move, rules, here)
    known = wiring.id_map.get(move.account_id, [c.id for c in elsewhere] + [m.id for m in answer.missing])
    for conversation in elsewhere:
        _depart(wiring, platform, move, conversation, known.get(conversation.id))
    for missing in answer.missing:
        if missing.reason != "not_found":
            _forget(wiring, platform, move, missing, known.get(missing.id))
    return copied


def take_back(wiring: Wiring, platform: Platform, move: Move, ids: Sequence[str]) -> None:
    """Delete copies that verification found wrong, so that they are made anew."""
    for known in wiring.id_map.get(move.account_id, ids).values():
        if known.state == "copied" and known.move_id == move.move_id:
            platform.help_desk.delete(known.conversation_id, known.version - 1)
            wiring.id_map.put(move.account_id, [msgspec.structs.replace(known, state="departed")])


def _depart(wiring: Wiring, platform: Platform, move: Move, conversation: Conversation, known: MappedId | None) -> None:
    """It belongs to another channel now (H-24): it does not move with this one, nor is it in its quarantine."""
    wiring.work.unquarantine(move.move_id, conversation.id)
    if known is None or known.state != "copied" or known.move_id != move.move_id:
        return
    platform.help_desk.delete(conversation.id, conversation.version - 1)
    wiring.id_map.put(move.account_id, [msgspec.structs.replace(known, state="departed", version=conversation.version)])
    logger.info("conversation.departed", extra={"conversation_id": conversation.id})


def _forget(wiring: Wiring, platform: Platform, move: Move, missing: Missing, known: MappedId | None) -> None:
    version = max(missing.version or 0, known.version if known else 0)
    purge(wiring, move, missing.id)
    platform.help_desk.delete(missing.id, version)
    tombstone = MappedId(
        conversation_id=missing.id,
        channel_id=move.request.channel_id,
        move_id=move.move_id,
        version=version,
        state="deleted",
    )
    wiring.id_map.put(move.account_id, [tombstone])
    wiring.work.unquarantine(move.move_id, missing.id)
    logger.info("conversation.deleted_in_source", extra={"conversation_id": missing.id, "reason": missing.reason})
