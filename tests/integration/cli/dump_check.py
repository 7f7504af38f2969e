"""Compare a dump with the account export and the events that arrived, knowing nothing of deskshift or the sandbox.

Only the forms of the export (docs/account-export.md) and of the dump are known here. By hand:
`python tests/integration/cli/dump_check.py EXPORT DUMP CHANNEL [all|none|stayed] [open=S,closed=S]`.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = dict[str, Any]

CONVERSATION = (
    "id",
    "channel_id",
    "original_channel_id",
    "status",
    "started_at",
    "updated_at",
    "owner_id",
    "archived",
    "contact",
    "messages",
)
TICKET = ("id", "subject", "status", "created_at", "owner_id", "conversation_id")
CHANNEL = ("id", "kind", "name", "address", "settings", "bot", "answers_forms_of")


def rows(folder: Path, name: str) -> list[Row]:
    """Read a .jsonl file, gzipped or not."""
    packed = folder / f"{name}.jsonl.gz"
    data = gzip.decompress(packed.read_bytes()) if packed.exists() else (folder / f"{name}.jsonl").read_bytes()
    return [json.loads(line) for line in data.split(b"\n") if line.strip()]


@dataclass
class Expected:
    """What must be there after the events: conversations by id, and what tickets of moved ones are made of."""

    conversations: dict[str, Row]
    tickets: dict[str, Row]
    born_in_desk: set[str] = field(default_factory=set)
    at_release: dict[str, Row] = field(default_factory=dict)


def expected(export: Path, events: list[Row]) -> Expected:
    """Let the events happen to the export."""
    conversations = {row["id"]: row for row in rows(export, "conversations")}
    end = Expected(conversations, {row["id"]: row for row in rows(export, "tickets")})
    for event in events:
        if "conversation" in event:
            conversations[event["conversation"]["id"]] = event["conversation"]
            if event["where"] == "help_desk":
                end.born_in_desk.add(event["conversation"]["id"])
            continue
        identifier = event["conversation_id"]
        held = conversations[identifier]
        if event["where"] == "help_desk":
            end.at_release.setdefault(identifier, held)
        if "message" in event:
            message = event["message"]
            held = {**held, "messages": [*held["messages"], message], "updated_at": message["at"]}
        elif "change" in event:
            held = {**held, **event["change"]}
        else:
            held = {**held, "deleted": True}
        conversations[identifier] = held
    end.at_release = {**conversations, **end.at_release}
    return end


@dataclass(frozen=True)
class Question:
    """What was asked for. `outcome` is all, none (the channel moved, its history stayed) or stayed (nothing moved)."""

    channel: str
    outcome: str
    status_map: dict[str, str] | None = None
    muted: bool = False


def check(export: Path, dump: Path, question: Question) -> list[str]:
    """Return every problem, none if the dump is as it must be."""
    return _Check(export, dump, question).problems()


class _Check:
    def __init__(self, export: Path, dump: Path, question: Question) -> None:
        self.question = question
        self.export = export
        self.account = json.loads((export / "account.json").read_text("utf-8"))
        self.dumped = json.loads((dump / "account.json").read_text("utf-8"))
        self.events = rows(dump, "arrivals")
        self.sent = rows(dump, "sent")
        self.sides = {
            side: {name: rows(dump / side, name) for name in ("conversations", "tickets", "channels")}
            for side in ("inbox", "help_desk")
        }
        self.end = expected(export, self.events)
        statuses = self.account["help_desk"]["ticket_statuses"]
        self.map = question.status_map or {"open": statuses[0], "closed": statuses[-1]}
        self.found: list[str] = []

    def problems(self) -> list[str]:
        self._channels()
        self._account()
        self._people()
        self._uniqueness()
        self._bytes()
        desk = {self._old_id(row): row for row in self.sides["help_desk"]["conversations"]}
        inbox = {row["id"]: row for row in self.sides["inbox"]["conversations"]}
        gone = {key for key, row in self.end.conversations.items() if row.get("deleted")}
        moving = {key for key in self.end.conversations.keys() - gone if self._is_moving(key)}
        staying = self.end.conversations.keys() - moving - gone
        self._same_keys("help_desk", moving, desk.keys())
        self._same_keys("inbox", staying, inbox.keys())
        for key in moving & desk.keys():
            self._conversation(key, desk[key], with_id="legacy_id" not in desk[key])
            self._desk_ticket(key, desk[key])
        for key in staying & inbox.keys():
            self._conversation(key, inbox[key], with_id=True)
            self._equal(f"inbox {key}", "ticket_id", self.end.conversations[key]["ticket_id"], inbox[key]["ticket_id"])
        self._tickets_that_stay(staying)
        return self.found

    def _is_moving(self, key: str) -> bool:
        if key in self.end.born_in_desk:
            return True
        return self.question.outcome == "all" and self.end.conversations[key]["channel_id"] == self.question.channel

    def _old_id(self, row: Row) -> str:
        return str(row.get("legacy_id", row["id"]))

    def _equal(self, what: str, name: str, wanted: object, found: object) -> None:
        if wanted != found:
            self.found.append(f"{what}: {name}: expected {wanted!r:.300}, found {found!r:.300}")

    def _same_keys(self, side: str, wanted: set[str], found: Any) -> None:  # noqa: ANN401 - a dict's keys
        self.found += [f"{side}: {key} is missing" for key in sorted(wanted - found)]
        self.found += [f"{side}: {key} is too many" for key in sorted(found - wanted)]

    def _channels(self) -> None:
        there = {row["id"]: row for row in rows(self.export, "channels")}
        moved = set() if self.question.outcome == "stayed" else {self.question.channel}
        for side, wanted in (("inbox", there.keys() - moved), ("help_desk", moved)):
            found = {row["id"]: row for row in self.sides[side]["channels"]}
            self._same_keys(f"{side} channels", set(wanted), found.keys())
            for key in wanted & found.keys():
                for name in CHANNEL:
                    self._equal(f"{side} channel {key}", name, there[key][name], found[key][name])

    def _account(self) -> None:
        self._equal("account", "banner", None, self.dumped["banner"])
        self._equal("account", "notifications", self.account["notifications"], self.dumped["notifications"])

    def _people(self) -> None:
        events = {f"live:{event.get('conversation_id') or event['conversation']['id']}" for event in self.events}
        for message in self.sent:
            backfill = str(message["cause"]).startswith("backfill:")
            if backfill and message["to_kind"] == "customer":
                self.found.append(f"sent: the backfill mailed a customer: {message}")
            if backfill and (self.question.muted or self.question.outcome != "all"):
                self.found.append(f"sent: an agent was notified though none should be: {message}")
            if not backfill and message["cause"] not in events:
                self.found.append(f"sent: its cause did not happen: {message}")

    def _uniqueness(self) -> None:
        for side, files in self.sides.items():
            for name, held in files.items():
                for key in ("id", "legacy_id"):
                    twice = [each for each, n in Counter(r[key] for r in held if key in r).items() if n > 1]
                    self.found += [f"{side} {name}: {key} {each} is there twice" for each in twice]

    def _bytes(self) -> None:
        for side in self.sides.values():
            for row in side["conversations"]:
                for message in row["messages"]:
                    for file in message["attachments"]:
                        digest = hashlib.sha256(base64.b64decode(file["base64"])).hexdigest()
                        self._equal(f"attachment {file['id']}", "sha256", digest, file["sha256"])

    def _conversation(self, key: str, found: Row, *, with_id: bool) -> None:
        wanted = self.end.conversations[key]
        for name in CONVERSATION:
            if name == "messages":
                self._messages(key, wanted["messages"], found["messages"])
            elif name != "id" or with_id:
                self._equal(f"conversation {key}", name, wanted[name], found[name])

    def _messages(self, key: str, wanted: list[Row], found: list[Row]) -> None:
        self._equal(f"conversation {key}", "message ids", [m["id"] for m in wanted], [m["id"] for m in found])
        for number, (left, right) in enumerate(zip(wanted, found, strict=False)):
            for name in ("at", "author", "text", "attachments"):
                self._equal(f"conversation {key}", f"messages[{number}].{name}", left[name], right[name])

    def _desk_ticket(self, key: str, row: Row) -> None:
        tickets = [t for t in self.sides["help_desk"]["tickets"] if t["conversation_id"] == row["id"]]
        self._equal(f"conversation {key}", "its tickets", [row["ticket_id"]], [t["id"] for t in tickets])
        if not tickets:
            return
        ticket, wanted = tickets[0], self.end.at_release[key]
        what = f"ticket {ticket['id']} of {key}"
        self._equal(what, "sla", self.account["help_desk"]["sla"], ticket["sla"])
        if key in self.end.born_in_desk:
            self._equal(what, "id", wanted["ticket_id"], ticket["id"])
            self._equal(what, "created_at", wanted["started_at"], ticket["created_at"])
        elif wanted["ticket_id"] is not None:
            kept = self.end.tickets[wanted["ticket_id"]]
            self._equal(what, "old id", kept["id"], self._old_id(ticket))
            for name in ("subject", "status", "created_at", "owner_id"):
                self._equal(what, name, kept[name], ticket[name])
        else:
            access = {agent["id"] for agent in rows(self.export, "agents") if agent["help_desk_access"]}
            owner = wanted["owner_id"] if wanted["owner_id"] in access else None
            self._equal(what, "status", self.map[wanted["status"]], ticket["status"])
            self._equal(what, "created_at", wanted["started_at"], ticket["created_at"])
            self._equal(what, "owner_id", owner, ticket["owner_id"])
            if not ticket["subject"]:
                self.found.append(f"{what}: it has no subject")

    def _tickets_that_stay(self, staying: set[str]) -> None:
        wanted = {key: row for key, row in self.end.tickets.items() if row["conversation_id"] in staying}
        found = {row["id"]: row for row in self.sides["inbox"]["tickets"]}
        self._same_keys("inbox tickets", set(wanted), found.keys())
        for key in wanted.keys() & found.keys():
            for name in TICKET:
                self._equal(f"inbox ticket {key}", name, wanted[key][name], found[key][name])
        linked = {row["id"] for row in self.sides["help_desk"]["conversations"]}
        for ticket in self.sides["help_desk"]["tickets"]:
            if ticket["conversation_id"] not in linked:
                self.found.append(f"help_desk: ticket {ticket['id']} belongs to no conversation")


def main(arguments: list[str]) -> int:
    """Print the problems; 1 if there are any."""
    export, dump, channel, *rest = arguments
    outcome = rest[0] if rest else "all"
    status_map = dict(part.split("=", 1) for part in rest[1].split(",")) if len(rest) > 1 else None
    problems = check(Path(export), Path(dump), Question(channel, outcome, status_map))
    sys.stdout.write("".join(f"{problem}\n" for problem in problems) + f"{len(problems)} problem(s)\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
