"""Write a move's report, with exact counts (X-11)."""

from collections.abc import Iterator

import msgspec

from deskshift.app.channel_move.inventory import inventory
from deskshift.app.channel_move.steps import report_key, verified_key
from deskshift.app.channel_move.verify import Verified
from deskshift.app.wiring import Wiring
from deskshift.connectors.ports import Platform
from deskshift.domain.id_set import IdSet
from deskshift.domain.report import Report, build, counts, differences_csv
from deskshift.model.move import Difference, MappedId, Move


def write_report(wiring: Wiring, move: Move, platform: Platform | None = None) -> Report:
    """Build the report of a move as it stands and keep it in the bucket, as JSON and with its differences as CSV.

    Args:
        wiring: stores and clients.
        move: as it was last saved.
        platform: to count what is left in the inbox; None where nothing has begun or the platform does not answer,
            then what was counted at the check is taken.
    """
    differing = list(_differences(wiring, move))
    quarantined = wiring.work.quarantined(move.move_id)
    left = move.source_total
    moved: Iterator[MappedId] = iter(())
    if platform is not None:
        live = _live(platform, move.request.channel_id)
        aside = {item.conversation_id for item in quarantined}
        left, here = _left(platform, move.request.channel_id, aside)
        # One that was set aside may have been moved by another worker, or have been deleted or left the channel since.
        quarantined = [item for item in quarantined if item.conversation_id in here]
        entries = wiring.id_map.of_move(move.account_id, move.move_id)
        moved = (entry for entry in entries if entry.state == "copied" and entry.conversation_id in live)
    counted = counts(moved, left, len(quarantined), differing, takes_history=move.takes_history)
    late = () if move.takes_history else wiring.work.late_replies(move.move_id)
    report = build(move, counted, quarantined, differing, late)
    wiring.files.put(report_key(move, "json"), msgspec.json.format(msgspec.json.encode(report), indent=2))
    wiring.files.put(report_key(move, "csv"), differences_csv(differing).encode(), "text/csv")
    if platform is not None:
        now = wiring.moves.get(move.account_id, move.move_id)
        if now.lock != move.lock and now.status in {"done", "paused"}:
            # Somebody else took the move further meanwhile: this late report must not be the one that stays.
            return write_report(wiring, now, platform)
    return report


def _left(platform: Platform, channel_id: str, of_interest: set[str]) -> tuple[int, set[str]]:
    """Count what is left in the channel, and tell which of these conversations are among it."""
    left = 0
    here: set[str] = set()
    for row in inventory(platform.inbox, channel_id):
        left += 1
        if row.id in of_interest:
            here.add(row.id)
    return left, here


def _live(platform: Platform, channel_id: str) -> IdSet:
    """Read the ids of imported conversations that are live in the help desk, which only a release makes them."""
    live = IdSet()
    cursor = None
    while True:
        page = platform.help_desk.imported(channel_id, cursor)
        for row in page.items:
            if row.state == "live":
                live.add(row.external_id)
        cursor = page.next_cursor
        if cursor is None:
            return live


def _differences(wiring: Wiring, move: Move) -> Iterator[Difference]:
    """Read what the round's verification found; a later round that finds nothing leaves nothing to report."""
    yield from move.channel_differences
    for number in range(move.verify.files):
        found = wiring.files.read(verified_key(move, move.round, number), Verified)
        if found is not None:
            yield from found.differences
