"""Write a move's report, with exact counts (X-11)."""

from collections.abc import Iterator

import msgspec

from deskshift.app.channel_move.steps import report_key, verified_key
from deskshift.app.channel_move.verify import Verified
from deskshift.app.wiring import Wiring
from deskshift.connectors.ports import Platform
from deskshift.domain.report import Counts, Report, build, counts, differences_csv
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
    counted = _counts(wiring, move, platform, differing)
    report = build(move, counted, quarantined, differing)
    wiring.files.put(report_key(move, "json"), msgspec.json.format(msgspec.json.encode(report), indent=2))
    wiring.files.put(report_key(move, "csv"), differences_csv(differing).encode(), "text/csv")
    return report


def _counts(wiring: Wiring, move: Move, platform: Platform | None, differing: list[Difference]) -> Counts:
    quarantined = len(wiring.work.quarantined(move.move_id))
    moved: list[MappedId] = []
    left = move.source_total
    if platform is not None:
        unreleased = set(_unreleased(platform, move.request.channel_id))
        left = len(unreleased)
        moved = [
            entry
            for entry in wiring.id_map.of_move(move.account_id, move.move_id)
            if entry.state == "copied" and entry.conversation_id not in unreleased
        ]
    return counts(moved, left, quarantined, differing, takes_history=move.takes_history)


def _unreleased(platform: Platform, channel_id: str) -> Iterator[str]:
    cursor = None
    while True:
        page = platform.inbox.inventory(channel_id, cursor)
        yield from (row.id for row in page.items)
        cursor = page.next_cursor
        if cursor is None:
            return


def _differences(wiring: Wiring, move: Move) -> Iterator[Difference]:
    """Read what the round's verification found; a later round that finds nothing leaves nothing to report."""
    yield from move.channel_differences
    for number in range(move.verify.files):
        found = wiring.files.read(verified_key(move, move.round, number), Verified)
        if found is not None:
            yield from found.differences
