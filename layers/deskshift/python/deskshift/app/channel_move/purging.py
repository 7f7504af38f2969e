"""Take a deleted conversation's text out of the parts.

A file is never rewritten in place. The record first names the new file as one to be deleted, then the file is written,
then the record is switched to it and names the old one instead, which is then deleted; each change of the record on
condition that nobody else changed it meanwhile. A worker that dies anywhere in between leaves a record that fits its
file and names every other file, so that whoever looks at the deletion again, or finishes the move, deletes them.
"""

import msgspec

from deskshift.app.channel_move.late_parts import withdraw
from deskshift.app.channel_move.steps import part_key
from deskshift.app.wiring import Wiring
from deskshift.model.errors import LateWriter, PartChanged
from deskshift.model.move import Move, PartRecord
from deskshift.store.files import part_content

_ATTEMPTS = 20


def purge(wiring: Wiring, move: Move, conversation_id: str) -> None:
    """Replace the parts that hold the conversation, and delete what was replaced."""
    for part in wiring.work.parts(move.move_id):
        if conversation_id in part.ids or part.stale_keys:
            _replace(wiring, move, part.number, conversation_id)


def _replace(wiring: Wiring, move: Move, number: int, conversation_id: str) -> None:
    """Replace one part's file; begin anew where its importer, or another deletion, changed the record meanwhile.

    Raises:
        PartChanged: others keep changing the record.
    """
    for _ in range(_ATTEMPTS):
        part = wiring.work.part(move.move_id, number)
        if part is None:
            return
        try:
            if conversation_id in part.ids:
                part = _without(wiring, move, part, conversation_id)
            wiring.files.delete(part.stale_keys)
            if part.stale_keys:
                wiring.work.save_part(move.move_id, msgspec.structs.replace(part, stale_keys=()), read=part)
        except LateWriter:
            continue
        return
    raise PartChanged(f"part {number}")


def _without(wiring: Wiring, move: Move, part: PartRecord, conversation_id: str) -> PartRecord:
    ids = tuple(one for one in part.ids if one != conversation_id)
    conversations = wiring.files.part(part.key, part.sha256)
    if conversations is None:
        # The bucket's lifecycle took the file, or it is damaged: it goes, and its importer reads the ids anew.
        without = msgspec.structs.replace(part, ids=ids, stale_keys=(*part.stale_keys, part.key))
        return wiring.work.save_part(move.move_id, without, read=part)
    content, sha256 = part_content([msgspec.json.encode(c) for c in conversations if c.id != conversation_id])
    key = part_key(move, part.number, sha256)
    named = msgspec.structs.replace(part, stale_keys=(*part.stale_keys, key))
    named = wiring.work.save_part(move.move_id, named, read=part)
    wiring.files.put_part(key, content)
    stale = tuple(one for one in (*part.stale_keys, part.key) if one != key)
    switched = msgspec.structs.replace(named, key=key, sha256=sha256, ids=ids, stale_keys=stale)
    try:
        return wiring.work.save_part(move.move_id, switched, read=named)
    except LateWriter:
        withdraw(wiring, move, part.number, key)
        raise
