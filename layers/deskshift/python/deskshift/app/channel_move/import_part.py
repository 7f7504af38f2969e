"""Import one part of the history: the map's child."""

import msgspec

from deskshift.app.channel_move.copying import Copied, copy
from deskshift.app.channel_move.rules import read_rules
from deskshift.app.channel_move.steps import StepInput, loaded, part_number
from deskshift.app.log import logger
from deskshift.app.wiring import Wiring
from deskshift.model.errors import LateWriter, PartChanged
from deskshift.model.move import PartRecord


def import_part(wiring: Wiring, step: StepInput, key: str) -> None:
    """Claim the part as this attempt, copy what is in it, and note the counts.

    The claim is the fence: a worker of an earlier attempt that still runs can claim nothing any more. A part that is
    done is passed over.

    Raises:
        SupersededAttempt, LateWriter: a later attempt has taken over.
        PartChanged: a deletion has just replaced the file; try again.
    """
    move = loaded(wiring, step)
    part = wiring.work.part(move.move_id, part_number(key))
    if part is None:
        raise PartChanged(key)
    if part.done:
        return
    claimed = msgspec.structs.replace(part, attempt=step.attempt)
    wiring.work.save_part(move.move_id, claimed, read=part)
    conversations = wiring.files.part(part.key, part.sha256)
    platform = wiring.platform(move.account_id, "import")
    copied = copy(wiring, platform, move, read_rules(wiring, move), conversations)
    _finish(wiring, move.move_id, claimed, copied)
    counts = {"copied": len(copied.copied), "quarantined": len(copied.quarantined)}
    logger.info("part.imported", extra={"part": part.key, **counts})


def _finish(wiring: Wiring, move_id: str, claimed: PartRecord, copied: Copied) -> None:
    read = claimed
    while True:
        done = msgspec.structs.replace(
            read, attempt=claimed.attempt, done=True, moved=len(copied.copied), quarantined=len(copied.quarantined)
        )
        try:
            wiring.work.save_part(move_id, done, read=read)
        except LateWriter:
            again = wiring.work.part(move_id, claimed.number)
            if again is None or again.attempt > claimed.attempt:
                raise
            # A deletion rewrote the file while it was imported: keep the new file's record.
            read = again
        else:
            return
