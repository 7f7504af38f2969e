"""Try quarantined conversations again, alone (X-08)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from deskshift.app.channel_move.comparing import compare
from deskshift.app.channel_move.quarantine import set_aside
from deskshift.app.channel_move.release import release_all
from deskshift.app.channel_move.reporting import write_report
from deskshift.app.channel_move.rereading import reread, take_back
from deskshift.app.channel_move.rules import Rules, present_rules
from deskshift.app.log import working_on_move
from deskshift.app.wiring import Wiring
from deskshift.connectors.ports import Platform
from deskshift.model.errors import TransitionRefused
from deskshift.model.move import Move, Quarantined

MOST_AT_ONCE = 100
_MOST_ROUNDS = 3


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
    trying = _Trying(wiring, platform, move, rules, aside)
    moved, again = trying.once(wanted)
    for _ in range(_MOST_ROUNDS):
        if not again:
            break
        # It changed, or was deleted, between its copy and its release; when the move is done nobody else looks again.
        more, again = trying.once(again)
        moved += more
    for conversation_id in again:
        trying.put_back(conversation_id, "changing", "it changed each time before it could be released")
    for conversation_id in moved:
        wiring.work.unquarantine(move_id, conversation_id)
    write_report(wiring, move, platform)
    left = {item.conversation_id for item in wiring.work.quarantined(move_id)}
    return Retried(moved=tuple(moved), still_quarantined=tuple(one for one in wanted if one in left))


@dataclass(frozen=True)
class _Trying:
    """What a retry works with; `aside` is what was in quarantine when it began."""

    wiring: Wiring
    platform: Platform
    move: Move
    rules: Rules
    aside: Mapping[str, Quarantined]

    def once(self, ids: Sequence[str]) -> tuple[list[str], list[str]]:
        """Read, copy, compare and release; gives what moved, and what could not be released as it was copied."""
        wiring, platform, move = self.wiring, self.platform, self.move
        reread(wiring, platform, move, self.rules, ids, lift_aside=False)
        entries = [entry for entry in wiring.id_map.get(move.account_id, ids).values() if entry.state == "copied"]
        releases, differing = compare(platform, self.rules, entries)
        take_back(wiring, platform, move, [difference.id for difference in differing])
        for difference in differing:
            self.put_back(difference.id, "verification_failed", f"{difference.field} differs in the help desk")
        moved = release_all(wiring, platform, move, tuple(releases))
        return moved, [release.id for release in releases if release.id not in moved]

    def put_back(self, conversation_id: str, code: str, reason: str) -> None:
        """Set it aside again, with why; its copy is taken back."""
        item = msgspec.structs.replace(self.aside[conversation_id], code=code, reason=reason)
        set_aside(self.wiring, self.platform, self.move, item)
