"""Decide whether the move is done with its history (H-25): not by a clock, but by reading to the end."""

import msgspec

from deskshift.app.channel_move.changes import read_changes
from deskshift.app.channel_move.inventory import inventory
from deskshift.app.channel_move.quarantine import aside
from deskshift.app.channel_move.steps import StepInput, StepResult, TimeLeft, result, running
from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.app.wiring import Wiring
from deskshift.connectors.ports import Platform
from deskshift.model.errors import NeverSettles
from deskshift.model.move import Move, ReleaseState, VerifyState

_MOST_ROUNDS = 50


def settle(wiring: Wiring, step: StepInput, time_left: TimeLeft) -> StepResult:
    """Look whether anything is left; if so, a new round of verification and release begins.

    Settled is: the source's changes are read to their end after the switch and the declared lag, nothing is noted to
    be read again by a consistent read, and the second listing finds nothing unreleased but what is quarantined.

    Raises:
        NeverSettles: after fifty rounds of this attempt something still changes faster than it can be released.
    """
    move = running(wiring, step, "settle")
    platform = wiring.platform(move.account_id)
    move, ended = read_changes(wiring, platform, move, time_left)
    if not ended:
        return result(move)
    left = left_over(wiring, platform, move) if move.takes_history else 0
    if not left:
        return result(move, settled=True)
    if move.round - move.first_round >= _MOST_ROUNDS:
        raise NeverSettles(_MOST_ROUNDS, left)
    logger.info(Event.MOVE_NEXT_ROUND, extra={"left": left, "round": move.round + 1})
    return result(wiring.moves.save(next_round(move)))


def next_round(move: Move) -> Move:
    """Begin a new round of verification and release."""
    return msgspec.structs.replace(move, round=move.round + 1, verify=VerifyState(), release=ReleaseState())


def left_over(wiring: Wiring, platform: Platform, move: Move) -> int:
    """Count what is noted to be read again and what is not released yet."""
    return len(wiring.work.rereads(move.move_id, 1)) + unreleased(wiring, platform, move)


def unreleased(wiring: Wiring, platform: Platform, move: Move) -> int:
    """Count what the second listing finds beyond the quarantine.

    Raises:
        ListingIncomplete: its rows are not as many as its total says (X-04).
    """
    held = aside(wiring, move)
    rows = inventory(platform.inbox, move.request.channel_id)
    return sum(1 for row in rows if held.get(row.id) != row.version)
