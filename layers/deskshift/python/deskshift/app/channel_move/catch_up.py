"""Catch up with what changed since the capture was opened, and with what a check wants to be made again."""

import msgspec

from deskshift.app.channel_move.changes import read_changes
from deskshift.app.channel_move.rereading import reread, take_back
from deskshift.app.channel_move.rules import read_rules
from deskshift.app.channel_move.steps import (
    STOP_BEFORE_MS,
    StepInput,
    StepResult,
    TimeLeft,
    progressed,
    result,
    running,
)
from deskshift.app.wiring import Wiring
from deskshift.store.work import WRONG

_AT_ONCE = 100


def catch_up(wiring: Wiring, step: StepInput, time_left: TimeLeft) -> StepResult:
    """Read the changes to their end, then read again every conversation that is noted, until none is left.

    A note is struck out only if no newer one took its place while its conversation was read.
    """
    move = running(wiring, step, "catch_up")
    if not move.imported:
        move = wiring.moves.save(msgspec.structs.replace(move, imported=True))
    platform = wiring.platform(move.account_id)
    move, ended = read_changes(wiring, platform, move, time_left)
    if not ended:
        return result(move, more=True)
    if not move.takes_history:
        return result(move)
    rules = read_rules(wiring, move)
    while rereads := wiring.work.rereads(move.move_id, _AT_ONCE):
        if time_left() < STOP_BEFORE_MS:
            return result(move, more=True)
        take_back(wiring, platform, move, [entry.conversation_id for entry in rereads if entry.mark == WRONG])
        reread(wiring, platform, move, rules, [entry.conversation_id for entry in rereads])
        for entry in rereads:
            wiring.work.reread_done(move.move_id, entry)
        move = progressed(wiring, move)
    return result(move)
