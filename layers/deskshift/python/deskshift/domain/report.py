"""The report of a move: exact counts, warnings, what did not move and what differs (X-11)."""

import csv
import io
from collections.abc import Iterable

import msgspec

from deskshift.domain.differences import CHANNEL, EXTRA, MISMATCHED, MISSING, kind_of
from deskshift.model.move import Difference, MappedId, Move, Notice, Quarantined


class ConversationCounts(msgspec.Struct, frozen=True, kw_only=True):
    """`source` is what the channel had to move; of a move that is done each of them is moved, skipped or quarantined.

    `moved` live in the help desk now, without those born there; `skipped` stay because the request said so (H-23).
    `missing`, `extra` and `mismatched` count what verification found wrong in the help desk.
    """

    source: int
    moved: int
    skipped: int
    quarantined: int
    missing: int
    extra: int
    mismatched: int


class TicketCounts(msgspec.Struct, frozen=True):
    """Tickets that existed and were kept, and tickets that the move created."""

    kept: int
    created: int


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What moved, in numbers."""

    conversations: ConversationCounts
    tickets: TicketCounts
    messages: int
    attachments: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The whole report. Times are RFC 3339 in UTC."""

    move_id: str
    account_id: str
    channel_id: str
    status: str
    history: str
    mute: bool
    attempt: int
    edition: str | None
    policy_version: int | None
    created_at: str
    started_at: str | None
    finished_at: str | None
    counts: Counts
    estimate: object
    warnings: tuple[Notice, ...]
    refusals: tuple[Notice, ...]
    paused_because: Notice | None
    quarantined: tuple[Quarantined, ...]
    differences: tuple[Difference, ...]
    late_replies: tuple[str, ...]


def counts(
    moved: Iterable[MappedId], left: int, quarantined: int, differing: Iterable[Difference], *, takes_history: bool
) -> Counts:
    """Count exactly, without holding what is counted.

    Args:
        moved: the id map's entries of conversations that live in the help desk now.
        left: conversations that the second listing still finds in the inbox, quarantined ones included.
        quarantined: how many of those are quarantined.
        differing: the differences that verification found.
        takes_history: whether the request takes existing conversations along (H-13).
    """
    number = kept = messages = attachments = 0
    for entry in moved:
        number += 1
        kept += entry.source_ticket_id is not None
        messages += entry.messages
        attachments += entry.attachments
    wrong: dict[str, set[str]] = {MISSING: set(), EXTRA: set(), MISMATCHED: set()}
    for difference in differing:
        if not difference.field.startswith(CHANNEL):
            wrong[kind_of(difference)].add(difference.id)
    return Counts(
        conversations=ConversationCounts(
            source=number + left,
            moved=number,
            skipped=0 if takes_history else left,
            quarantined=quarantined,
            missing=len(wrong[MISSING]),
            extra=len(wrong[EXTRA]),
            mismatched=len(wrong[MISMATCHED]),
        ),
        tickets=TicketCounts(kept=kept, created=number - kept),
        messages=messages,
        attachments=attachments,
    )


def build(
    move: Move,
    counted: Counts,
    quarantined: Iterable[Quarantined],
    differing: Iterable[Difference],
    late_replies: Iterable[str],
) -> Report:
    """Put a move's report together."""
    return Report(
        move_id=move.move_id,
        account_id=move.account_id,
        channel_id=move.request.channel_id,
        status="queued" if move.status == "scheduled" else move.status,
        history=move.request.history,
        mute=move.request.mute,
        attempt=move.attempt,
        edition=move.edition,
        policy_version=move.policy_version,
        created_at=move.created_at,
        started_at=move.started_at,
        finished_at=move.finished_at,
        counts=counted,
        estimate=move.estimate,
        warnings=move.warnings,
        refusals=move.refusals,
        paused_because=move.pause,
        quarantined=tuple(sorted(quarantined, key=lambda item: item.conversation_id)),
        differences=tuple(sorted(set(differing), key=lambda d: (d.id, d.field))),
        late_replies=tuple(sorted(late_replies)),
    )


def differences_csv(differing: Iterable[Difference]) -> str:
    """Write the differences as CSV (RFC 4180); a cell that a spreadsheet would run as a formula is quoted as text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "field", "source", "target"])
    for difference in sorted(set(differing), key=lambda d: (d.id, d.field)):
        writer.writerow(
            [_cell(value) for value in (difference.id, difference.field, difference.source, difference.target)]
        )
    return out.getvalue()


def _cell(value: str) -> str:
    return f"'{value}" if value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
