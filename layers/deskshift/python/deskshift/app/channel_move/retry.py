"""Try quarantined conversations again, alone (X-08)."""

from collections.abc import Sequence

import msgspec

from deskshift.app.channel_move.comparing import compare
from deskshift.app.channel_move.quarantine import set_aside
from deskshift.app.channel_move.release import release_all
from deskshift.app.channel_move.reporting import write_report
from deskshift.app.channel_move.rereading import reread, take_back
from deskshift.app.channel_move.rules import present_rules
from deskshift.app.log import working_on_move
from deskshift.app.wiring import Wiring
from deskshift.model.errors import TransitionRefused

MOST_AT_ONCE = 100


class Retried(msgspec.Struct, frozen=True, kw_only=True):
    """Which conversations moved now, and which stay in quarantine."""

    moved: tuple[str, ...]
    still_quarantined: tuple[str, ...]


def retry(wiring: Wiring, account_id: str, move_id: str, conversation_ids: Sequence[str]) -> Retried:
    """Copy, verify and release the named conversations of a move that is done or paused, and renew its report.

    A conversation leaves the quarantine only when it is released; what comes in between puts it back with its reason.

    Raises:
        UnknownMove: there is no such move.
        TransitionRefused: the move is running, or never began.
    """
    working_on_move(move_id)
    move = wiring.moves.get(account_id, move_id)
    if move.status not in {"done", "paused"} or not move.switched:
        raise TransitionRefused(move_id, "retry conversations of", move.status)
    platform = wiring.platform(account_id, "capture")
    # A retry may come years after the attempt: its own rules would no longer be those that the help desk goes by.
    rules = present_rules(wiring, platform.directory, move)
    aside = {item.conversation_id: item for item in wiring.work.quarantined(move_id)}
    wanted = [one for one in dict.fromkeys(conversation_ids) if one in aside]
    reread(wiring, platform, move, rules, wanted, lift_aside=False)
    entries = [entry for entry in wiring.id_map.get(account_id, wanted).values() if entry.state == "copied"]
    releases, differing = compare(platform, rules, entries)
    take_back(wiring, platform, move, [difference.id for difference in differing])
    for difference in differing:
        item = msgspec.structs.replace(
            aside[difference.id], code="verification_failed", reason=f"{difference.field} differs in the help desk"
        )
        set_aside(wiring, platform, move, item)
    moved = release_all(wiring, platform, move, tuple(releases))
    for conversation_id in moved:
        wiring.work.unquarantine(move_id, conversation_id)
    write_report(wiring, move, platform)
    left = {item.conversation_id for item in wiring.work.quarantined(move_id)}
    return Retried(moved=tuple(moved), still_quarantined=tuple(one for one in wanted if one in left))
