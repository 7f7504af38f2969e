"""List a channel's history into parts (X-01, X-04, X-05, X-13)."""

from collections.abc import Sequence

import msgspec

from deskshift.app.channel_move.late_parts import withdraw
from deskshift.app.channel_move.steps import (
    STOP_BEFORE_MS,
    StepInput,
    StepResult,
    TimeLeft,
    entered,
    loaded,
    manifest_key,
    part_key,
    progressed,
    result,
)
from deskshift.app.wiring import Wiring
from deskshift.connectors.ports import Inbox
from deskshift.domain.parts import cut
from deskshift.domain.sweeps import advanced, narrowed, query, smaller_pages
from deskshift.model.errors import AnswerTooLarge, LateWriter
from deskshift.model.listing import ConversationPage
from deskshift.model.move import Move, PartRecord, Quarantined
from deskshift.store.files import part_content


class ManifestEntry(msgspec.Struct, frozen=True):
    """One part in the manifest that feeds the map."""

    key: str
    count: int
    sha256: str


def list_conversations(wiring: Wiring, step: StepInput, time_left: TimeLeft) -> StepResult:
    """Write page after page into parts until the listing ends or two minutes are left; the cursor is kept.

    A page's parts are written and recorded before the cursor moves on: a run that dies does at most one page again.
    """
    move = loaded(wiring, step)
    if move.imported:
        return result(move)
    if not move.listing.finished:
        move = entered(wiring, move, "list")
    inbox = wiring.platform(move.account_id).inbox
    while not move.listing.finished:
        if time_left() < STOP_BEFORE_MS:
            return result(move, more=True)
        move = _page(wiring, inbox, move)
    entries = [ManifestEntry(p.key, len(p.ids), p.sha256) for p in wiring.work.parts(move.move_id)][
        : move.listing.parts
    ]
    wiring.files.put(manifest_key(move), msgspec.json.encode(entries))
    # What follows is the map, whose children run side by side and leave the move's record alone.
    return result(entered(wiring, move, "import"), parts=len(entries), manifest_key=manifest_key(move))


def _page(wiring: Wiring, inbox: Inbox, move: Move) -> Move:
    state, channel_id = move.listing, move.request.channel_id
    try:
        page = inbox.conversations(query(state, channel_id))
    except AnswerTooLarge:
        smaller = smaller_pages(state)
        if smaller is None:
            raise
        return wiring.moves.save(msgspec.structs.replace(move, listing=smaller))
    if page is None:
        return wiring.moves.save(msgspec.structs.replace(move, listing=narrowed(state, channel_id)))
    parts = _write(wiring, move, page)
    return progressed(wiring, msgspec.structs.replace(move, listing=advanced(state, page, parts)))


def _write(wiring: Wiring, move: Move, page: ConversationPage) -> int:
    for odd in page.unreadable:
        aside = Quarantined(conversation_id=odd.id, code="unreadable", reason=odd.reason, version=odd.version)
        wiring.work.quarantine(move.move_id, aside)
    lines = [msgspec.json.encode(conversation) for conversation in page.items]
    number = 0
    for number, (start, end) in enumerate(cut(lines), start=1):
        ids = tuple(conversation.id for conversation in page.items[start:end])
        _write_part(wiring, move, move.listing.parts + number, lines[start:end], ids)
    return number


def _write_part(wiring: Wiring, move: Move, number: int, lines: Sequence[bytes], ids: tuple[str, ...]) -> None:
    """Write a part under a name that its content gives it, then record it.

    A lister of an earlier attempt that still runs can record nothing any more, and takes its file away again. A page
    that is done again may look different: the file of the first time goes.

    Raises:
        LateWriter: a later attempt has taken over.
    """
    before = wiring.work.part(move.move_id, number)
    content, sha256 = part_content(lines)
    part = PartRecord(number=number, key=part_key(move, number, sha256), sha256=sha256, ids=ids, attempt=move.attempt)
    wiring.files.put_part(part.key, content)
    try:
        wiring.work.put_part(move.move_id, part)
    except LateWriter:
        withdraw(wiring, move, number, part.key)
        raise
    if before is not None:
        wiring.files.delete({before.key, *before.stale_keys} - {part.key})
