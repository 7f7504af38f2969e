"""Makes an account of any size out of a smaller one: `python -m tests.benchmarks.multiply SOURCE TARGET CONVERSATIONS`.

The source is an account export (docs/account-export.md). Its conversations are repeated in rounds; from the second
round on, every id of a conversation, message, attachment, ticket and contact ends with the round's number, so that
all are fresh and every link still holds. Nothing is held but one line at a time and the tickets of the source.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json = dict[str, Any]


class NothingToMultiply(Exception):
    """The source has no conversation, or none in the channel."""

    code = "nothing_to_multiply"


def multiply(
    source: Path, target: Path, conversations: int, *, channel_id: str | None = None, account_id: str | None = None
) -> None:
    """Write an account of exactly so many conversations.

    Args:
        source: the folder of an account export, plain or gzipped.
        target: a folder, which is made.
        conversations: how many, at least 1; fewer than the source has are its first ones.
        channel_id: take only this channel's conversations; None for all.
        account_id: the account's new id; None keeps it.

    Raises:
        NothingToMultiply: there is no conversation to begin with.
    """
    target.mkdir(parents=True, exist_ok=True)
    account = json.loads((source / "account.json").read_text(encoding="utf-8"))
    account["id"] = account_id or account["id"]
    (target / "account.json").write_text(json.dumps(account), encoding="utf-8")
    for name in ("agents", "channels"):
        with (target / f"{name}.jsonl").open("w", encoding="utf-8") as out:
            out.writelines(f"{json.dumps(row)}\n" for row in _rows(source, name))
    tickets = {ticket["id"]: ticket for ticket in _rows(source, "tickets")}
    with (
        (target / "conversations.jsonl").open("w", encoding="utf-8") as conversations_out,
        (target / "tickets.jsonl").open("w", encoding="utf-8") as tickets_out,
    ):
        for conversation, ticket in _repeated(source, tickets, conversations, channel_id):
            conversations_out.write(f"{json.dumps(conversation)}\n")
            if ticket is not None:
                tickets_out.write(f"{json.dumps(ticket)}\n")


def largest_channel(source: Path) -> str:
    """Name the channel with the most conversations.

    Raises:
        NothingToMultiply: there is no conversation.
    """
    numbers = Counter(row["channel_id"] for row in _rows(source, "conversations"))
    if not numbers:
        raise NothingToMultiply(f"{source} has no conversation")
    return str(max(numbers, key=lambda one: numbers[one]))


def super_admin(source: Path) -> str:
    """Name the first agent who may ask for a move."""
    return str(next(row["id"] for row in _rows(source, "agents") if row["role"] == "super_admin"))


def _repeated(
    source: Path, tickets: dict[str, Json], conversations: int, channel_id: str | None
) -> Iterator[tuple[Json, Json | None]]:
    left = conversations
    for round_ in count():
        before = left
        for conversation in _rows(source, "conversations"):
            if not left:
                return
            if channel_id in {None, conversation["channel_id"]}:
                left -= 1
                yield _copy(conversation, tickets.get(conversation["ticket_id"]), round_)
        if left == before:
            raise NothingToMultiply(f"{source} has no conversation of {channel_id or 'any channel'}")


def _copy(conversation: Json, ticket: Json | None, round_: int) -> tuple[Json, Json | None]:
    if not round_:
        return conversation, ticket
    fresh = _renamer(round_)
    visitor = conversation["contact"]["id"] if conversation["contact"] else None
    messages = [
        {
            **message,
            "id": fresh(message["id"]),
            "author": {
                **message["author"],
                "id": fresh(visitor) if visitor == message["author"]["id"] else message["author"]["id"],
            },
            "attachments": [{**file, "id": fresh(file["id"])} for file in message["attachments"]],
        }
        for message in conversation["messages"]
    ]
    made = {**conversation, "id": fresh(conversation["id"]), "messages": messages}
    if visitor is not None:
        made["contact"] = {**conversation["contact"], "id": fresh(visitor)}
    if ticket is None:
        return made, None
    made["ticket_id"] = fresh(ticket["id"])
    return made, {**ticket, "id": made["ticket_id"], "conversation_id": made["id"]}


def _renamer(round_: int) -> Callable[[str], str]:
    return lambda one: f"{one}.{round_}"


def _rows(folder: Path, name: str) -> Iterator[Json]:
    plain, packed = folder / f"{name}.jsonl", folder / f"{name}.jsonl.gz"
    with _opened(plain if plain.exists() else packed) as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _opened(file: Path) -> IO[bytes]:
    return gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb")  # type: ignore[return-value]  # GzipFile reads bytes


def main() -> None:
    """Parse the arguments and write."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.multiply", description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("conversations", type=int)
    parser.add_argument("--channel", default=None, help="take only this channel's conversations")
    given = parser.parse_args()
    multiply(given.source, given.target, given.conversations, channel_id=given.channel)


if __name__ == "__main__":
    main()
