"""Say where an old id is now, for ever (X-10)."""

import msgspec

from deskshift.app.wiring import Wiring
from deskshift.model.errors import UnknownId
from deskshift.model.move import MappedId


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """Where an id of the inbox is now in the help desk; `state` is copied, or why there is nothing."""

    id: str
    conversation_id: str | None
    ticket_id: str | None
    move_id: str | None
    state: str


def resolve(wiring: Wiring, account_id: str, old_id: str) -> Resolved:
    """Find a conversation or a ticket by the id that it had in the inbox.

    Raises:
        UnknownAccount: no connection is recorded.
        UnknownId: neither the id map nor the help desk knows it.
    """
    wiring.connections.get(account_id)
    entry = wiring.id_map.get(account_id, [old_id]).get(old_id)
    if entry is None:
        conversation_id = wiring.id_map.ticket(account_id, old_id)
        # The ticket is recorded a moment before its conversation.
        entry = wiring.id_map.get(account_id, [conversation_id]).get(conversation_id) if conversation_id else None
    if entry is not None:
        return _of_entry(old_id, entry)
    # A ticket that kept its id has no entry of its own: that would be a third more writes, and the help desk knows it.
    held = wiring.platform(account_id, "capture").help_desk.where_is_ticket(old_id)
    if held is None:
        raise UnknownId(account_id, old_id)
    ticket_id, conversation_id = held
    return Resolved(id=old_id, conversation_id=conversation_id, ticket_id=ticket_id, move_id=None, state="copied")


def _of_entry(old_id: str, entry: MappedId) -> Resolved:
    there = entry.state == "copied"
    return Resolved(
        id=old_id,
        conversation_id=entry.target_id if there else None,
        ticket_id=entry.ticket_id if there else None,
        move_id=entry.move_id,
        state=entry.state,
    )
