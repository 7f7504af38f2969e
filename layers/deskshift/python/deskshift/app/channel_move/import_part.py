"""Import one part of the history: the map's child."""

import msgspec

from deskshift.app.channel_move.copying import copy
from deskshift.app.channel_move.rereading import reread
from deskshift.app.channel_move.rules import read_rules
from deskshift.app.channel_move.steps import STOP_BEFORE_MS, StepInput, TimeLeft, loaded, part_number
from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.app.wiring import Wiring
from deskshift.model.errors import LateWriter, PartChanged
from deskshift.model.move import PartRecord


def import_part(wiring: Wiring, step: StepInput, key: str, time_left: TimeLeft) -> bool:
    """Claim the part as this attempt, copy what is in it, and note the counts.

    The claim is the fence: a worker of an earlier attempt that still runs can claim nothing any more. A part that is
    done is passed over. A part whose file is gone, because the move was paused for longer than the bucket keeps it, or
    is damaged, is read from the source again.

    Returns:
        Whether the part is done; if not, the time ran out, and calling again goes on where this call ended.

    Raises:
        SupersededAttempt, LateWriter: a later attempt has taken over.
        PartChanged: it has no record.
    """
    move = loaded(wiring, step)
    part = wiring.work.part(move.move_id, part_number(key))
    if part is None:
        raise PartChanged(key)
    if part.done:
        return True
    claimed = msgspec.structs.replace(part, attempt=step.attempt)
    claimed = wiring.work.save_part(move.move_id, claimed, read=part)
    platform = wiring.platform(move.account_id, "import")
    rules = read_rules(wiring, move)
    conversations = wiring.files.part(part.key, part.sha256)
    if conversations is None:
        reread(wiring, platform, move, rules, part.ids)
    else:
        finished = copy(wiring, platform, move, rules, conversations, go_on=lambda: time_left() > STOP_BEFORE_MS)
        if not finished:
            return False
    _finish(wiring, move.move_id, claimed)
    return True


def _finish(wiring: Wiring, move_id: str, claimed: PartRecord) -> None:
    aside = {item.conversation_id for item in wiring.work.quarantined(move_id)}
    read = claimed
    while True:
        quarantined = sum(1 for one in read.ids if one in aside)
        done = msgspec.structs.replace(
            read,
            attempt=claimed.attempt,
            done=True,
            done_at=wiring.now(),
            moved=len(read.ids) - quarantined,
            quarantined=quarantined,
        )
        try:
            wiring.work.save_part(move_id, done, read=read)
        except LateWriter:
            again = wiring.work.part(move_id, claimed.number)
            if again is None or again.attempt > claimed.attempt:
                raise
            # A deletion replaced the file while it was imported: keep the new file's record.
            read = again
        else:
            logger.info(Event.PART_IMPORTED, extra={"part": done.key, "moved": done.moved, "quarantined": quarantined})
            return
