"""Take a deleted conversation's text out of the parts.

A file is never rewritten in place: its new content gets a file of its own, the record is switched to it on condition
that nobody else did so meanwhile, and only then the old file is deleted. A worker that dies in between leaves a record
that fits its file, and the old file's key in the record, so that it is deleted when the deletion is looked at again.
"""

import msgspec

from deskshift.app.channel_move.steps import rewritten_key
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
        PartChanged: its file stays another one than its record describes.
    """
    changed = PartChanged(f"part {number}")
    for _ in range(_ATTEMPTS):
        part = wiring.work.part(move.move_id, number)
        if part is None:
            return
        try:
            if conversation_id in part.ids:
                part = _without(wiring, move, part, conversation_id)
            wiring.files.delete(part.stale_keys)
            if part.stale_keys:
                clean = msgspec.structs.replace(part, stale_keys=())
                wiring.work.save_part(move.move_id, clean, read=part)
        except LateWriter:
            continue
        except PartChanged as error:
            changed = error
            continue
        return
    raise changed


def _without(wiring: Wiring, move: Move, part: PartRecord, conversation_id: str) -> PartRecord:
    kept = [c for c in wiring.files.part(part.key, part.sha256) if c.id != conversation_id]
    content, sha256 = part_content([msgspec.json.encode(c) for c in kept])
    key = rewritten_key(part, sha256)
    wiring.files.put_part(key, content)
    replaced = msgspec.structs.replace(
        part, key=key, sha256=sha256, ids=tuple(c.id for c in kept), stale_keys=(*part.stale_keys, part.key)
    )
    wiring.work.save_part(move.move_id, replaced, read=part)
    return replaced
