"""What people did to an account, kept by the test alone, and what must therefore be there, before the end and after."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support import exports
from tests.support.moves import Dump, Json

MOVING = "chat"
OPEN, CLOSED = "new", "closed"
"""The statuses of created tickets, as exports have them."""
Ticket = tuple[str, str | None]


@dataclass
class Conversation:
    """One conversation as people know it. `ticket` is (status, owner) once settled, by the export or by a move."""

    channel: str
    status: str
    owner: str | None
    texts: list[str]
    ticket: Ticket | None = None
    in_help_desk: bool = False
    deleted: bool = False

    def ticket_now(self) -> Ticket:
        """Tell what ticket it has, or would be given if it came to the help desk now (H-19, H-20)."""
        owner = self.owner if self.owner == "with-access" else None
        return self.ticket or (OPEN if self.status == "open" else CLOSED, owner)

    def seen_in_help_desk(self) -> None:
        """Take note that it lives there: from now on its ticket no longer follows it."""
        self.ticket, self.in_help_desk = self.ticket_now(), True


@dataclass
class Model:
    """The account's conversations, and which of them the help desk may refuse."""

    history: str = "all"
    held: dict[str, Conversation] = field(default_factory=dict)

    def seeded(self, row: Mapping[str, Any], ticket: Mapping[str, Any] | None) -> None:
        """Take in a conversation of the export."""
        texts = [message["text"] for message in row["messages"]]
        kept = None if ticket is None else (ticket["status"], ticket["owner_id"])
        self.held[row["id"]] = Conversation(row["channel_id"], row["status"], row["owner_id"], texts, kept)

    def happened(self, told: Json) -> str:
        """Take in what a person did, as the platform told it; return whose conversation it was."""
        if "conversation" in told:
            self._born(told["conversation"], told["where"])
            return str(told["conversation"]["id"])
        one = self.held[told["conversation_id"]]
        if told["where"] == "help_desk":
            one.seen_in_help_desk()
        if "message" in told:
            one.texts.append(told["message"]["text"])
        one.status = told.get("change", {}).get("status", one.status)
        one.owner = told.get("change", {}).get("owner_id", one.owner)
        one.channel = told.get("change", {}).get("channel_id", one.channel)
        one.deleted = "deleted" in told
        return str(told["conversation_id"])

    def _born(self, row: Json, where: str) -> None:
        born = Conversation(row["channel_id"], row["status"], row["owner_id"], [m["text"] for m in row["messages"]])
        if where == "help_desk":
            born.ticket, born.in_help_desk = (OPEN, None), True
        self.held[row["id"]] = born

    def moving(self, aside: set[str]) -> set[str]:
        """Name the conversations that must be in the help desk after the end."""
        comes = self.history == "all"
        return {
            key
            for key, one in self.held.items()
            if not one.deleted and (one.in_help_desk or (comes and one.channel == MOVING and key not in aside))
        }

    def anywhere(self, dump: Dump) -> list[str]:
        """Before the end: name what is lost. A conversation's inbox is its truth until it is released."""
        inbox, desk = rows_of(dump, "inbox"), rows_of(dump, "help_desk")
        found = []
        for key, one in self.held.items():
            row = inbox.get(key) or desk.get(key)
            if one.deleted:
                found += [f"{key} is deleted, and in the inbox"] if key in inbox else []
            elif row is None:
                found.append(f"{key} is nowhere")
            else:
                found += _differences(key, one, row)
        return found

    def in_its_place(self, dump: Dump, aside: set[str]) -> list[str]:
        """After the end: name what the help desk or the inbox lacks, has twice, or has otherwise."""
        inbox, desk = rows_of(dump, "inbox"), rows_of(dump, "help_desk")
        there = {key for key, one in self.held.items() if not one.deleted}
        moving = self.moving(aside)
        found = _keys("help_desk", moving, desk) + _keys("inbox", there - moving, inbox) + _twice(dump)
        for key in moving & desk.keys():
            found += _differences(key, self.held[key], desk[key])
            found += _ticket_differences(key, self.held[key], desk[key], dump)
        for key in (there - moving) & inbox.keys():
            found += _differences(key, self.held[key], inbox[key])
        linked = {row["id"] for row in desk.values()}
        for ticket in dump.rows("help_desk/tickets.jsonl"):
            if ticket["conversation_id"] not in linked:
                found.append(f"ticket {ticket['id']} belongs to no conversation")
        return found


def rows_of(dump: Dump, side: str) -> dict[str, Json]:
    """Read a side's conversations by the ids that they had in the inbox."""
    return {str(row.get("legacy_id", row["id"])): row for row in dump.rows(f"{side}/conversations.jsonl")}


def _differences(key: str, one: Conversation, row: Json) -> list[str]:
    wanted = (one.channel, one.status, one.owner, one.texts)
    found = (row["channel_id"], row["status"], row["owner_id"], [message["text"] for message in row["messages"]])
    return [] if found == wanted else [f"{key} is {found} instead of {wanted}"]


def _ticket_differences(key: str, one: Conversation, row: Json, dump: Dump) -> list[str]:
    tickets = [each for each in dump.rows("help_desk/tickets.jsonl") if each["conversation_id"] == row["id"]]
    if [each["id"] for each in tickets] != [row["ticket_id"]]:
        return [f"{key} names ticket {row['ticket_id']}, and has {[each['id'] for each in tickets]}"]
    found = (tickets[0]["status"], tickets[0]["owner_id"])
    return [] if found == one.ticket_now() else [f"{key}'s ticket is {found} instead of {one.ticket_now()}"]


def _keys(side: str, wanted: set[str], found: Mapping[str, Json]) -> list[str]:
    return [f"{side}: {key} is missing" for key in sorted(wanted - found.keys())] + [
        f"{side}: {key} is too many" for key in sorted(found.keys() - wanted)
    ]


def _twice(dump: Dump) -> list[str]:
    found = []
    for name in ("inbox/conversations", "help_desk/conversations", "inbox/tickets", "help_desk/tickets"):
        ids = Counter(row.get("legacy_id", row["id"]) for row in dump.rows(f"{name}.jsonl"))
        found += [f"{name}: {key} is there {count} times" for key, count in ids.items() if count > 1]
    return found


def account(account_id: str, kinds: list[tuple[str, str, str | None, int, bool]]) -> Json:
    """Make an export of conversations given as (channel, status, owner, how many messages, whether a ticket)."""
    conversations, tickets = [], []
    for number, (channel, status, owner, messages, ticketed) in enumerate(kinds):
        key = f"c{number}"
        texts = [exports.message(f"{key}-m{n}", f"{key} says {n}") for n in range(messages)]
        more = {"ticket_id": f"t-{key}"} if ticketed else {}
        conversations.append(exports.conversation(key, channel, status=status, owner_id=owner, messages=texts, **more))
        tickets += [exports.ticket(f"t-{key}", key, owner_id="without-access")] if ticketed else []
    channels = [exports.channel(MOVING), exports.channel("mail", "email")]
    return exports.export(account_id, channels=channels, conversations=conversations, tickets=tickets)
