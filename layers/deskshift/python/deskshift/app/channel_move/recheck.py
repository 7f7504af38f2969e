"""A day after a move is done: look at a sample of what moved, and change nothing on the platform."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from botocore.exceptions import ClientError
from pynamodb.exceptions import PynamoDBException

from deskshift.app.channel_move.steps import STOP_BEFORE_MS, TimeLeft, report_key
from deskshift.app.events import Event
from deskshift.app.log import logger, working_on_move
from deskshift.app.metrics import Metric, count
from deskshift.app.wiring import Wiring
from deskshift.connectors.ports import Platform
from deskshift.domain.recheck import drift, sample
from deskshift.model.errors import DeskshiftError
from deskshift.model.move import Difference, MappedId, Move

AFTER = timedelta(days=1)
GIVEN_UP_AFTER = timedelta(days=4)
"""Since the move was done: a platform that could not be read for three days is somebody's work, not an hour's."""

_CANNOT = (DeskshiftError, ClientError, PynamoDBException)

Outcome = Literal["checked", "put_off", "given_up"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The file beside the report. Times are RFC 3339 in UTC; `outcome` is checked, or given_up with its `reason`."""

    move_id: str
    account_id: str
    outcome: Literal["checked", "given_up"]
    reason: str | None = None
    rechecked_at: str
    moved: int = 0
    checked: int = 0
    drifted: int = 0
    conversations: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()


class Rechecked(msgspec.Struct, frozen=True, kw_only=True):
    """What one call did, as move ids."""

    checked: tuple[str, ...] = ()
    put_off: tuple[str, ...] = ()
    given_up: tuple[str, ...] = ()


def recheck(wiring: Wiring, time_left: TimeLeft) -> Rechecked:
    """Check each move that was done a day ago and was not checked yet; one that cannot be checked holds up no other."""
    done: dict[Outcome, list[str]] = {"checked": [], "put_off": [], "given_up": []}
    for seen in _due(wiring):
        if time_left() < STOP_BEFORE_MS:
            break
        working_on_move(seen.move_id, attempt=seen.attempt)
        outcome = _recheck(wiring, seen)
        if outcome is not None:
            done[outcome].append(seen.move_id)
    return Rechecked(checked=tuple(done["checked"]), put_off=tuple(done["put_off"]), given_up=tuple(done["given_up"]))


def _due(wiring: Wiring) -> Iterator[Move]:
    for move in wiring.moves.awaiting_recheck():
        if _since_done(wiring, move) >= AFTER:
            yield move


def _since_done(wiring: Wiring, move: Move) -> timedelta:
    return wiring.clock() - datetime.fromisoformat(move.finished_at or move.created_at)


def _recheck(wiring: Wiring, seen: Move) -> Outcome | None:
    """Check a move. The file is written first: a call that dies in between writes the same findings again."""
    try:
        move = wiring.moves.get(seen.account_id, seen.move_id)
        if not move.awaits_recheck:  # the index was behind
            return None
        finding = _looked(wiring, move)
        content = msgspec.json.format(msgspec.json.encode(finding), indent=2)
        wiring.files.put(report_key(move, "recheck.json"), content)
        wiring.moves.save(msgspec.structs.replace(move, rechecked_at=finding.rechecked_at))
    except _CANNOT as error:
        logger.warning(Event.RECHECK_PUT_OFF, extra={"error_code": _code(error)})
        return "put_off"
    _tell(finding)
    return finding.outcome


def _looked(wiring: Wiring, move: Move) -> Finding:
    """Look at the sample, or say why it is given up.

    Raises:
        what it met, as long as it is worth trying again.
    """
    finding = Finding(
        move_id=move.move_id, account_id=move.account_id, outcome="checked", reason=None, rechecked_at=wiring.now()
    )
    counted = _Counted(wiring.id_map.of_move(move.account_id, move.move_id))
    entries = sample(counted)
    try:
        found = _drift(wiring, wiring.platform(move.account_id, "capture"), move, entries) if entries else []
    except _CANNOT as error:
        if _since_done(wiring, move) < GIVEN_UP_AFTER:
            raise
        return msgspec.structs.replace(finding, outcome="given_up", reason=_code(error), moved=counted.copied)
    return msgspec.structs.replace(
        finding,
        moved=counted.copied,
        checked=len(entries),
        drifted=len({difference.id for difference in found}),
        conversations=tuple(sorted(entry.conversation_id for entry in entries)),
        differences=tuple(sorted(found, key=lambda one: (one.id, one.field))),
    )


def _code(error: Exception) -> str:
    return error.code if isinstance(error, DeskshiftError) else type(error).__name__


class _Counted:
    """Counts the copied entries that pass by."""

    def __init__(self, entries: Iterator[MappedId]) -> None:
        self.copied = 0
        self._entries = entries

    def __iter__(self) -> Iterator[MappedId]:
        for entry in self._entries:
            self.copied += entry.state == "copied"
            yield entry


def _drift(wiring: Wiring, platform: Platform, move: Move, entries: list[MappedId]) -> list[Difference]:
    ids = [entry.conversation_id for entry in entries]
    held = platform.help_desk.held(ids).items
    source = {conversation.id: conversation for conversation in platform.inbox.read(ids).items}
    return [
        difference
        for entry in entries
        for difference in drift(
            entry,
            [copy for copy in held if copy.external_id == entry.conversation_id],
            source.get(entry.conversation_id),
            _ticket_leads_to(wiring, move, entry),
        )
    ]


def _ticket_leads_to(wiring: Wiring, move: Move, entry: MappedId) -> str | None:
    if entry.source_ticket_id is None or entry.source_ticket_id == entry.ticket_id:
        return None
    return wiring.id_map.ticket(move.account_id, entry.source_ticket_id) or "absent"


def _tell(finding: Finding) -> None:
    if finding.outcome == "given_up":
        logger.error(Event.RECHECK_GIVEN_UP, extra={"error_code": finding.reason})
        return
    count(Metric.COPIES_RECHECKED, finding.checked)
    count(Metric.COPY_DRIFTED, finding.drifted)
    for one in sorted({difference.id for difference in finding.differences}):
        fields = [difference.field for difference in finding.differences if difference.id == one]
        logger.error(Event.RECHECK_DRIFTED, extra={"conversation_id": one, "fields": fields})
    logger.info(Event.RECHECK_DONE, extra={"checked": finding.checked, "drifted": finding.drifted})
