"""Read conversations again and bring the help desk to what they are now: copied, departed or deleted."""

from collections.abc import Sequence

import msgspec

from deskshift.app.channel_move.copying import copy
from deskshift.app.channel_move.purging import purge
from deskshift.app.channel_move.quarantine import set_aside
from deskshift.app.channel_move.rules import Rules
from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.app.wiring import Wiring
from deskshift.connectors.ports import Platform
from deskshift.model.conversation import Conversation
from deskshift.model.listing import Missing
from deskshift.model.move import MappedId, Move, Quarantined


def reread(  # noqa: PLR0913 - what is read again, and by which rules it is copied
    wiring: Wiring, platform: Platform, move: Move, rules: Rules, ids: Sequence[str], *, lift_aside: bool = True
) -> None:
    """Read up to 100 conversations as they are now and copy what is newer than the record.

    Text that is gone in the source is never made again: a deleted conversation's copy is deleted, the record keeps a
    tombstone, and its text leaves the parts. `lift_aside` takes out of quarantine what could be copied.
    """
    answer = platform.inbox.read(ids)
    here = [c for c in answer.items if c.moved_to is None and c.channel_id == move.request.channel_id]
    elsewhere = [c for c in answer.items if c.moved_to is None and c.channel_id != move.request.channel_id]
    for odd in answer.unreadable:
        aside = Quarantined(conversation_id=odd.id, code="unreadable", reason=odd.reason, version=odd.version)
        set_aside(wiring, platform, move, aside)
    copy(wiring, platform, move, rules, here, lift_aside=lift_aside)
    _depart_all(wiring, platform, move, elsewhere)
    forget(wiring, platform, move, answer.missing)


def forget(wiring: Wiring, platform: Platform, move: Move, missing: Sequence[Missing]) -> None:
    """Delete the copies of conversations that are deleted in the source, and their text in the parts."""
    deleted = [one for one in missing if one.reason != "not_found"]
    known = wiring.id_map.get(move.account_id, [one.id for one in deleted])
    for one in deleted:
        _forget(wiring, platform, move, one, known.get(one.id))


def take_back(wiring: Wiring, platform: Platform, move: Move, ids: Sequence[str]) -> None:
    """Delete copies that verification found wrong, so that they are made anew; also those that nobody recorded.

    The record is read first: who comes so late that the copy was made anew meanwhile, or is live, changes nothing.
    """
    if not ids:
        return
    known = wiring.id_map.get(move.account_id, ids)
    kept: set[str] = set()
    for held in platform.help_desk.held(ids).items:
        if held.external_id is not None and (
            held.state == "live" or not platform.help_desk.take_back(held.external_id, held.source_version or 0)
        ):
            kept.add(held.external_id)
    wiring.id_map.put(
        move.account_id,
        [
            msgspec.structs.replace(entry, state="departed")
            for one, entry in known.items()
            if one not in kept and entry.state == "copied" and entry.move_id == move.move_id
        ],
    )


def _depart_all(wiring: Wiring, platform: Platform, move: Move, elsewhere: Sequence[Conversation]) -> None:
    """They belong to other channels now (H-24): they do not move with this one, nor are they in its quarantine.

    A run that died between writing a copy and recording it left one that only the help desk knows.
    """
    known = wiring.id_map.get(move.account_id, [c.id for c in elsewhere])
    recorded = {one for one, entry in known.items() if entry.state == "copied"}
    ours = {one for one in recorded if known[one].move_id == move.move_id}
    unrecorded = [c.id for c in elsewhere if c.id not in recorded]
    for held in platform.help_desk.held(unrecorded).items if unrecorded else ():
        if held.external_id is not None and held.channel_id == move.request.channel_id:
            ours.add(held.external_id)
    for conversation in elsewhere:
        wiring.work.unquarantine(move.move_id, conversation.id)
        if conversation.id in ours:
            _depart(wiring, platform, move, conversation, known.get(conversation.id))


def _depart(wiring: Wiring, platform: Platform, move: Move, conversation: Conversation, known: MappedId | None) -> None:
    platform.help_desk.take_back(conversation.id, conversation.version)
    if known is not None and known.state == "copied":
        departed = msgspec.structs.replace(known, state="departed", version=conversation.version)
        wiring.id_map.put(move.account_id, [departed])
    logger.info(Event.CONVERSATION_DEPARTED, extra={"conversation_id": conversation.id})


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
        revision=known.revision if known else 0,
    )
    wiring.id_map.put(move.account_id, [tombstone])
    wiring.work.unquarantine(move.move_id, missing.id)
    logger.info(Event.CONVERSATION_DELETED, extra={"conversation_id": missing.id, "reason": missing.reason})
