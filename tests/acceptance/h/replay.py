"""Say what must be in the help desk after a move that took the history along: the account, and what happened since."""

from tests.support.moves import Dump, Json

Expected = dict[str, Json]


class Replay:
    """The conversations as the events leave them, and as they were when they left the inbox.

    Knows nothing of deskshift: a new conversation is where it was born, a message is appended, a change is applied, a
    deletion takes away. Events in the inbox come before those in the help desk, conversation by conversation.
    """

    def __init__(self, before: Dump, after: Dump, channel_id: str) -> None:
        self.conversations: Expected = before.by_id("inbox/conversations.jsonl")
        self.born: set[str] = set()
        self.released_as: Expected = {}
        for event in after.rows("arrivals.jsonl"):
            self._apply(event)
        for identifier, conversation in self.conversations.items():
            self.released_as.setdefault(identifier, dict(conversation))
        self.channel_id = channel_id

    def _apply(self, event: Json) -> None:
        if "conversation" in event:
            identifier = event["conversation"]["id"]
            self.conversations[identifier] = event["conversation"]
            if event["where"] == "help_desk":
                self.born.add(identifier)
            return
        identifier = event["conversation_id"]
        now = self.conversations[identifier]
        if event["where"] == "help_desk":
            self.released_as.setdefault(identifier, dict(now))
        if "deleted" in event:
            del self.conversations[identifier]
        elif "message" in event:
            added = [*now["messages"], event["message"]]
            self.conversations[identifier] = {**now, "messages": added, "updated_at": event["message"]["at"]}
        else:
            self.conversations[identifier] = {**now, **event["change"]}

    @property
    def held(self) -> Expected:
        """What the help desk must hold, without the tickets' ids."""
        return {one: without_ticket(row) for one, row in self.conversations.items() if self._is_ours(one)}

    def created_tickets(self, open_status: str, closed_status: str, with_access: set[str]) -> Expected:
        """Status, owner and creation date of the tickets that the move must have made, by conversation."""
        return {
            identifier: {
                "status": open_status if left["status"] == "open" else closed_status,
                "owner_id": left["owner_id"] if left["owner_id"] in with_access else None,
                "created_at": left["started_at"],
            }
            for identifier, left in self.released_as.items()
            if self._is_ours(identifier) and identifier not in self.born and left["ticket_id"] is None
        }

    def _is_ours(self, identifier: str) -> bool:
        return self.conversations.get(identifier, {}).get("channel_id") == self.channel_id


def without_ticket(conversation: Json) -> Json:
    """Drop the ticket's id, which a move may give."""
    return {name: value for name, value in conversation.items() if name != "ticket_id"}


def old_id(row: Json) -> str:
    """Give the id that a conversation had in the inbox; one born in the help desk has no other."""
    return str(row.get("legacy_id", row["id"]))


def as_before(row: Json) -> Json:
    """Show what the help desk holds under the id in the inbox, without what a move gives."""
    kept = {name: value for name, value in without_ticket(row).items() if name != "legacy_id"}
    return {**kept, "id": old_id(row)}
