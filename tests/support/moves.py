"""Ask for moves as users do, by a queue message or from the console, and read what came of them."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deskshift.domain.move_ids import move_id
from deskshift.model.account import Connection
from infra.local.sandbox.client import Sandbox
from infra.local.stack import LocalStack

Json = dict[str, Any]
LONG = 90.0
ENDED = frozenset({"done", "refused", "paused", "cancelled", "dry_run"})


def until(condition: Callable[[], object], what: str, seconds: float = LONG) -> None:
    """Wait for a condition, at most so long."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"still not after {seconds} s: {what}")
        time.sleep(0.02)


@dataclass(frozen=True)
class Account:
    """One account of the sandbox, connected with the stack."""

    id: str
    stack: LocalStack
    sandbox: Sandbox
    connection: Connection
    token: str
    webhook_secret: str
    numbers: list[int] = field(default_factory=list)

    def request(self, channel_id: str, **fields: object) -> Json:
        """Make a request's body; each has a request id of its own unless one is given."""
        self.numbers.append(1)
        made = {"request_id": f"request-{len(self.numbers)}", "account_id": self.id, "channel_id": channel_id}
        return {**made, "requested_by": "admin", **fields}

    def ask(self, channel_id: str, **fields: object) -> str:
        """Send the queue message that asks for a move, and give the move's id."""
        body = self.request(channel_id, **fields)
        self.send(body)
        return move_id(self.id, channel_id, str(body["request_id"]))

    def send(self, body: object) -> None:
        """Send a message to the queue of channel moves as it is."""
        self.stack.send("ChannelMovesQueue", body, group_id=self.id)

    def console(self, channel_id: str, **fields: object) -> str:
        """Start the machine from the console with a request as its input, and give the execution's ARN."""
        body = self.request(channel_id, **fields)
        return self.stack.start_execution("ChannelMoveMachine", body, name=f"{self.id}-{body['request_id']}")

    def show(self, move: str) -> Json:
        """Read a move as the progress page does."""
        return dict(self.stack.invoke("show_move", {"account_id": self.id, "move_id": move}))

    def status(self, move: str) -> str | None:
        """Read a move's status; None before it is admitted."""
        keys = {"account_id": {"S": self.id}, "item": {"S": f"move#{move}"}}
        answer = self.stack.client("dynamodb").get_item(
            TableName=self.stack.physical_id("MovesTable"), Key=keys, ConsistentRead=True
        )
        return str(json.loads(answer["Item"]["body"]["S"])["status"]) if "Item" in answer else None

    def ended(self, move: str, *statuses: str, seconds: float = LONG) -> Json:
        """Wait until the move has ended (or has one of these statuses), and until its machine has; show it."""
        wanted = frozenset(statuses) or ENDED
        until(lambda: self.status(move) in wanted, f"move {move} is {self.status(move)}", seconds)
        if wanted <= ENDED:
            for arn in self.stack.executions("ChannelMoveMachine"):
                if arn.rsplit(":", 1)[-1].startswith(f"{move}-"):
                    self.stack.wait_for(arn, seconds)
        return self.show(move)

    def move(self, channel_id: str, **fields: object) -> Json:
        """Ask for a move by a queue message, wait for its end, and give its report."""
        return self.report(self.ask(channel_id, **fields))

    def report(self, move: str) -> Json:
        """Wait for a move's end and give its report."""
        return dict(self.ended(move)["report"])

    def dump(self, folder: Path) -> "Dump":
        """Write down what the sandbox holds, and read it."""
        self.sandbox.dump(self.id, folder)
        return Dump(folder)


@dataclass(frozen=True)
class Dump:
    """What the sandbox holds, in the export's own form."""

    folder: Path

    def rows(self, path: str) -> list[Json]:
        """Read a .jsonl file below the folder."""
        return [json.loads(line) for line in (self.folder / path).read_text(encoding="utf-8").splitlines()]

    def by_id(self, path: str) -> dict[str, Json]:
        """Read a .jsonl file as id -> object."""
        return {row["id"]: row for row in self.rows(path)}

    @property
    def account(self) -> Json:
        """Banner and notifications."""
        return dict(json.loads((self.folder / "account.json").read_text(encoding="utf-8")))
