"""Try quarantined conversations again, alone (X-08)."""

from collections.abc import Sequence

import msgspec

from deskshift.app.channel_move.comparing import compare
from deskshift.app.channel_move.copying import copy
from deskshift.app.channel_move.release import release_all
from deskshift.app.channel_move.reporting import write_report
from deskshift.app.channel_move.rules import read_rules
from deskshift.app.wiring import Wiring
from deskshift.model.errors import TransitionRefused

MOST_AT_ONCE = 100


class Retried(msgspec.Struct, frozen=True, kw_only=True):
    """Which conversations moved now, and which stay in quarantine."""

    moved: tuple[str, ...]
    still_quarantined: tuple[str, ...]


def retry(wiring: Wiring, account_id: str, move_id: str, conversation_ids: Sequence[str]) -> Retried:
    """Copy, verify and release the named conversations of a move that is done or paused, and renew its report.

    Raises:
        UnknownMove: there is no such move.
        TransitionRefused: the move is running, or never began.
    """
    move = wiring.moves.get(account_id, move_id)
    if move.status not in {"done", "paused"} or not move.switched:
        raise TransitionRefused(move_id, "retry conversations of", move.status)
    platform = wiring.platform(account_id, "capture")
    rules = read_rules(wiring, move)
    aside = {item.conversation_id for item in wiring.work.quarantined(move_id)}
    wanted = [one for one in conversation_ids if one in aside]
    answer = platform.inbox.read(wanted)
    copied = copy(wiring, platform, move, rules, [c for c in answer.items if c.moved_to is None])
    entries = wiring.id_map.get(account_id, copied.copied)
    releases, _ = compare(platform, rules, [entries[one] for one in copied.copied])
    moved = release_all(wiring, platform, move, tuple(releases))
    write_report(wiring, move, platform)
    left = {item.conversation_id for item in wiring.work.quarantined(move_id)}
    return Retried(moved=tuple(moved), still_quarantined=tuple(one for one in wanted if one in left))
