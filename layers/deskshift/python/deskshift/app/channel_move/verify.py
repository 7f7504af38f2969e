"""Verify that the help desk holds what the source holds, item by item and field by field (X-04, X-07, X-11)."""

from collections.abc import Sequence

import msgspec

from deskshift.app.channel_move.comparing import compare, extras
from deskshift.app.channel_move.quarantine import aside
from deskshift.app.channel_move.rules import Rules, read_rules
from deskshift.app.channel_move.steps import (
    STOP_BEFORE_MS,
    StepInput,
    StepResult,
    TimeLeft,
    progressed,
    result,
    running,
    verified_key,
)
from deskshift.app.wiring import Wiring
from deskshift.connectors.ports import Platform
from deskshift.model.errors import VerificationFailed
from deskshift.model.listing import InventoryRow
from deskshift.model.move import Difference, Move, VerifyState
from deskshift.model.writing import Release
from deskshift.store.work import WRONG, Reread

_AT_ONCE = 100


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What one page of a round's verification found: what may be released, what differs."""

    releases: tuple[Release, ...] = ()
    differences: tuple[Difference, ...] = ()


def verify(wiring: Wiring, step: StepInput, time_left: TimeLeft) -> StepResult:
    """Go through the second listing, then through what the help desk holds beyond it.

    A conversation that changed since it was copied is noted to be copied again; it is no difference. Differences stop
    the move before anything of this round is released: the copies are not what they should be.

    Raises:
        VerificationFailed: at the end of the round, if anything differs.
    """
    move = running(wiring, step, "verify")
    if not move.takes_history:
        return result(move)
    platform = wiring.platform(move.account_id)
    rules = read_rules(wiring, move)
    while not move.verify.finished:
        if time_left() < STOP_BEFORE_MS:
            return result(move, more=True)
        if move.verify.inventory_done:
            move = _held_page(wiring, platform, move)
        else:
            move = _inventory_page(wiring, platform, move, rules)
    if move.verify.differing:
        raise VerificationFailed(move.verify.differing)
    return result(move)


def _inventory_page(wiring: Wiring, platform: Platform, move: Move, rules: Rules) -> Move:
    page = platform.inbox.inventory(move.request.channel_id, move.verify.cursor)
    held = aside(wiring, move)
    rows = [row for row in page.items if held.get(row.id) != row.version]
    releases: list[Release] = []
    differing: list[Difference] = []
    for start in range(0, len(rows), _AT_ONCE):
        good, bad = _chunk(wiring, platform, move, rules, rows[start : start + _AT_ONCE])
        releases += good
        differing += bad
    state = msgspec.structs.replace(move.verify, cursor=page.next_cursor, inventory_done=page.next_cursor is None)
    return _save(wiring, move, state, releases, differing)


def _chunk(
    wiring: Wiring, platform: Platform, move: Move, rules: Rules, rows: Sequence[InventoryRow]
) -> tuple[list[Release], list[Difference]]:
    known = wiring.id_map.get(move.account_id, [row.id for row in rows])
    current = [row for row in rows if row.id in known and known[row.id].version == row.version]
    current = [row for row in current if known[row.id].state == "copied"]
    ready = {row.id for row in current}
    behind = [Reread(row.id, f"behind:{row.version}") for row in rows if row.id not in ready]
    wiring.work.add_rereads(move.move_id, behind)
    return compare(platform, rules, [known[row.id] for row in current])


def _held_page(wiring: Wiring, platform: Platform, move: Move) -> Move:
    page = platform.help_desk.imported(move.request.channel_id, move.verify.held_cursor)
    differing, again = extras(wiring, platform, move, page.items)
    wiring.work.add_rereads(move.move_id, again)
    state = msgspec.structs.replace(move.verify, held_cursor=page.next_cursor, finished=page.next_cursor is None)
    return _save(wiring, move, state, [], differing)


def _save(wiring: Wiring, move: Move, state: VerifyState, releases: list[Release], differing: list[Difference]) -> Move:
    wrong = sorted({difference.id for difference in differing})
    wiring.work.add_rereads(move.move_id, [Reread(conversation_id, WRONG) for conversation_id in wrong])
    if releases or differing:
        found = Verified(releases=tuple(releases), differences=tuple(differing))
        wiring.files.put(verified_key(move, move.round, state.files), msgspec.json.encode(found))
        state = msgspec.structs.replace(
            state,
            files=state.files + 1,
            verified=state.verified + len(releases),
            differing=state.differing + len(wrong),
        )
    return progressed(wiring, msgspec.structs.replace(move, verify=state))
