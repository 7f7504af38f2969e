"""Which ticket a moved conversation gets (H-16 to H-20)."""

from collections.abc import Collection

from deskshift.model.conversation import Conversation
from deskshift.model.move import StatusMap
from deskshift.model.writing import TicketDraft

_SUBJECT_LENGTH = 100


def ticket_for(conversation: Conversation, status_map: StatusMap, with_access: Collection[str]) -> TicketDraft:
    """Decide on the ticket of one conversation.

    One that has a ticket keeps it, field by field (H-16). One without gets a new one (H-17): created when the
    conversation started (H-18), its status by the request's map (H-19), its owner the conversation's owner if that
    agent has help desk access, else nobody (H-20).

    Args:
        conversation: as it was read from the inbox.
        status_map: the request's, or the account's default.
        with_access: ids of the agents who have help desk access.
    """
    if conversation.ticket is not None:
        kept = conversation.ticket
        return TicketDraft(
            external_id=kept.id,
            subject=kept.subject,
            status=kept.status,
            created_at=kept.created_at,
            owner_id=kept.owner_id,
        )
    return TicketDraft(
        external_id=None,
        subject=_subject(conversation),
        status=status_map.open if conversation.status == "open" else status_map.closed,
        created_at=conversation.started_at,
        owner_id=conversation.owner_id if conversation.owner_id in with_access else None,
    )


def _subject(conversation: Conversation) -> str:
    """Take the first words of the first message that has any, on one line; else name the conversation."""
    for message in conversation.messages:
        words = " ".join("".join(c if c.isprintable() else " " for c in message.text[:1000]).split())
        if words:
            return words if len(words) <= _SUBJECT_LENGTH else f"{words[: _SUBJECT_LENGTH - 1]}…"
    return f"Conversation {conversation.id}"
