"""Copy conversations to the help desk, exactly once as far as another system lets us.

An upsert under the id in the source needs no claim of its own. What was written is recorded by one conditional put for
each conversation; if a run dies in between, the same upsert is done again and changes nothing. An older version never
replaces a newer one, neither in the help desk nor in the id map.
"""

import hashlib
import time
from collections.abc import Iterator, Sequence
from http import HTTPStatus

import msgspec

from deskshift.app.channel_move.rules import Rules
from deskshift.app.log import logger
from deskshift.app.wiring import Wiring
from deskshift.connectors.ports import HelpDesk, Inbox, Platform
from deskshift.domain.content import digest, expected_content, import_item
from deskshift.domain.tickets import ticket_for
from deskshift.model.conversation import Attachment, Conversation
from deskshift.model.errors import AnswerTooLarge, VendorRefused
from deskshift.model.move import MappedId, Move, Quarantined
from deskshift.model.writing import ImportItem, ImportOutcome, PendingImport

_ATTACHMENT_ATTEMPTS = 3
_ONE_ITEM_IS_BAD = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """The ids that the help desk holds now, and those that were set aside."""

    copied: tuple[str, ...] = ()
    quarantined: tuple[str, ...] = ()


def copy(wiring: Wiring, platform: Platform, move: Move, rules: Rules, conversations: Sequence[Conversation]) -> Copied:
    """Copy those conversations whose recorded version is older than what was read; the others are done already."""
    known = wiring.id_map.get(move.account_id, [c.id for c in conversations])
    needed = [
        c for c in conversations if c.id not in known or known[c.id].version < c.version or _departed(known[c.id], c)
    ]
    items: list[ImportItem] = []
    refused: list[Quarantined] = []
    for conversation in needed:
        failure = _carry_attachments(platform, conversation)
        if failure is None:
            items.append(import_item(conversation, ticket_for(conversation, rules.status_map, rules.with_access)))
        else:
            refused.append(failure)
    outcomes = list(write(platform.help_desk, items, platform.inbox.offers.batch))
    entries, rejected = _sorted(items, outcomes, move, rules)
    wiring.id_map.put(move.account_id, entries)
    refused += rejected
    for item in refused:
        _set_aside(wiring, platform, move, item, known.get(item.conversation_id))
    aside = {item.conversation_id for item in wiring.work.quarantined(move.move_id)}
    for entry in entries:
        if entry.conversation_id in aside:
            wiring.work.unquarantine(move.move_id, entry.conversation_id)
    return Copied(
        copied=tuple(entry.conversation_id for entry in entries),
        quarantined=tuple(item.conversation_id for item in refused),
    )


def _departed(known: MappedId, conversation: Conversation) -> bool:
    """It left this channel and came back, or was set aside: its copy was deleted."""
    return known.state == "departed" and known.version <= conversation.version


def write(help_desk: HelpDesk, items: Sequence[ImportItem], batch: int) -> Iterator[ImportOutcome]:
    """Write items in batches; where a whole batch is refused, find the bad one by halving it (X-08)."""
    for start in range(0, len(items), batch):
        yield from _write_batch(help_desk, items[start : start + batch])


def _write_batch(help_desk: HelpDesk, items: Sequence[ImportItem]) -> Iterator[ImportOutcome]:
    try:
        answer = help_desk.write(items)
    except VendorRefused as error:
        if error.status not in _ONE_ITEM_IS_BAD:
            raise
        if len(items) == 1:
            yield ImportOutcome(external_id=items[0].external_id, code="rejected", reason=error.vendor_code)
            return
        half = len(items) // 2
        yield from _write_batch(help_desk, items[:half])
        yield from _write_batch(help_desk, items[half:])
        return
    while isinstance(answer, PendingImport):
        time.sleep(answer.wait)
        answer = help_desk.outcome(answer)
    yield from answer


def _sorted(
    items: Sequence[ImportItem], outcomes: Sequence[ImportOutcome], move: Move, rules: Rules
) -> tuple[list[MappedId], list[Quarantined]]:
    """Tell what to record from what to set aside; stale, live and tombstoned items are somebody else's newer work."""
    by_id = {outcome.external_id: outcome for outcome in outcomes}
    entries: list[MappedId] = []
    refused: list[Quarantined] = []
    for item in items:
        outcome = by_id.get(item.external_id)
        if outcome is None:
            refused.append(_aside(item, "no_answer", "the help desk's answer does not name it"))
        elif outcome.refused:
            refused.append(_aside(item, "rejected_by_help_desk", outcome.reason or outcome.code))
        elif outcome.holds_what_was_sent:
            entries.append(_mapped(item, outcome, move, rules))
    return entries, refused


def _aside(item: ImportItem, code: str, reason: str) -> Quarantined:
    return Quarantined(conversation_id=item.external_id, code=code, reason=reason, version=item.source_version)


def _mapped(item: ImportItem, outcome: ImportOutcome, move: Move, rules: Rules) -> MappedId:
    return MappedId(
        conversation_id=item.external_id,
        channel_id=item.channel_id,
        move_id=move.move_id,
        version=item.source_version,
        state="copied",
        digest=digest(expected_content(item, rules.sla)),
        target_id=outcome.conversation_id or item.external_id,
        ticket_id=outcome.ticket_id or "",
        source_ticket_id=item.ticket.external_id,
        messages=len(item.messages),
        attachments=sum(len(message.attachments) for message in item.messages),
    )


def _carry_attachments(platform: Platform, conversation: Conversation) -> Quarantined | None:
    """Carry a conversation's files over, each checked by its hash; one that cannot be had is never skipped (X-03)."""
    for file in conversation.attachments():
        content = _fetched(platform.inbox, file)
        if content is None:
            reason = f"attachment {file.id} cannot be fetched whole"
            return Quarantined(
                conversation_id=conversation.id,
                code="attachment_unavailable",
                reason=reason,
                version=conversation.version,
            )
        platform.help_desk.store_attachment(file.id, file.name, file.content_type, file.sha256, content)
    return None


def _fetched(inbox: Inbox, file: Attachment) -> bytes | None:
    for _ in range(_ATTACHMENT_ATTEMPTS):
        try:
            content = inbox.attachment(file.id)
        except AnswerTooLarge:
            return None
        if content is not None and hashlib.sha256(content).hexdigest() == file.sha256:
            return content
    return None


def _set_aside(wiring: Wiring, platform: Platform, move: Move, item: Quarantined, known: MappedId | None) -> None:
    """Quarantine a conversation; an older copy of it is taken back, for it must not be there twice."""
    logger.warning("conversation.quarantined", extra={"conversation_id": item.conversation_id, "error_code": item.code})
    wiring.work.quarantine(move.move_id, item)
    if known is not None and known.state == "copied":
        platform.help_desk.delete(item.conversation_id, known.version - 1)
        wiring.id_map.put(move.account_id, [msgspec.structs.replace(known, state="departed")])
