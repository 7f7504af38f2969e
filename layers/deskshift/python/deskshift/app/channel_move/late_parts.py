"""Take away the file of a part whose writer came too late to record it."""

from deskshift.app.wiring import Wiring
from deskshift.model.move import ACTIVE, Move


def withdraw(wiring: Wiring, move: Move, number: int, key: str) -> None:
    """Delete a part's file, unless the part's record names it and somebody will still read it.

    The name comes from the content, so that a successor may have written the same file. Once the move closes up, the
    folder may have been emptied before this file was written: then nobody else comes to delete it. A file that is
    deleted here and was needed after all is missed by nobody: its conversations are read from the source.
    """
    now = wiring.moves.get(move.account_id, move.move_id)
    part = wiring.work.part(move.move_id, number)
    named = part is not None and key in (part.key, *part.stale_keys)
    if not named or now.status not in ACTIVE or now.phase == "finish":
        wiring.files.delete([key])
