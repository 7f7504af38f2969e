"""What must still hold a day after a move, though its conversations live on; and which of them are looked at."""

import hashlib
import heapq
from collections.abc import Iterable, Sequence

from deskshift.domain.content import history_digest
from deskshift.domain.differences import extra, missing
from deskshift.model.conversation import Conversation, HelpDeskConversation
from deskshift.model.move import Difference, MappedId

SAMPLE = 100
HISTORY = "messages"
"""The field of a difference in what was moved: beginning, messages, their files."""


def sample(entries: Iterable[MappedId]) -> list[MappedId]:
    """Take at most a hundred copied conversations by a hash of their ids: however often it is asked, the same ones.

    The id map is gone through once and never held.
    """
    copied = (entry for entry in entries if entry.state == "copied")
    return heapq.nsmallest(SAMPLE, copied, key=lambda entry: hashlib.sha256(entry.conversation_id.encode()).digest())


def drift(
    entry: MappedId, copies: Sequence[HelpDeskConversation], source: Conversation | None, ticket_leads_to: str | None
) -> list[Difference]:
    """Name what does not hold any more. Replies, status, owner, channel and contact may have changed since.

    Args:
        entry: what the id map recorded when it was copied.
        copies: what the help desk holds under its id in the source.
        source: what the inbox says of it; None if it says nothing any more.
        ticket_leads_to: the conversation that the id map gives for its ticket's old id; None if that id did not change.
    """
    one = entry.conversation_id
    if len(copies) != 1:
        return [extra(one, len(copies)) if copies else missing(one)]
    held = copies[0]
    found = [
        Difference(one, field, recorded or "absent", now or "absent")
        for field, recorded, now in (
            ("id", entry.target_id, held.id),
            ("state", "live", held.state),
            ("ticket_id", entry.ticket_id, held.ticket_id),
            ("ticket.id", entry.ticket_id, held.ticket.id if held.ticket else None),
            ("ticket.conversation_id", held.id, held.ticket.conversation_id if held.ticket else None),
            ("ticket.external_id", entry.source_ticket_id, held.ticket.external_id if held.ticket else None),
            ("ticket.old_id", one, ticket_leads_to or one),
        )
        if (recorded or "absent") != (now or "absent")
    ]
    return found + _history(entry, held) + _inbox(entry, source)


def _history(entry: MappedId, held: HelpDeskConversation) -> list[Difference]:
    """Compare what was moved; of an entry that has no digest of it, by the numbers of messages and files."""
    moved = held.messages[: entry.messages]
    if len(moved) < entry.messages:
        return [Difference(entry.conversation_id, f"{HISTORY}.length", str(entry.messages), str(len(moved)))]
    files = sum(len(message.attachments) for message in moved)
    if files != entry.attachments:
        return [Difference(entry.conversation_id, f"{HISTORY}.attachments", str(entry.attachments), str(files))]
    if entry.history_digest and history_digest(held, entry.messages) != entry.history_digest:
        return [Difference(entry.conversation_id, HISTORY, "as they were moved", "changed since")]
    return []


def _inbox(entry: MappedId, source: Conversation | None) -> list[Difference]:
    if source is None:
        return []
    if source.moved_to is None:
        return [Difference(entry.conversation_id, "inbox", "released", "there again")]
    pointer = (source.moved_to.conversation_id, source.moved_to.ticket_id)
    if pointer != (entry.target_id, entry.ticket_id):
        return [Difference(entry.conversation_id, "inbox.moved_to", entry.target_id, pointer[0])]
    return []
