"""Ask for moves as users do, by a queue message or from the console, and read what came of them."""

import contextlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import urllib3

from deskshift.domain.move_ids import move_id
from deskshift.model.account import Connection
from infra.local.sandbox.client import Sandbox
from infra.local.stack import LocalStack

Json = dict[str, Any]
LONG = 90.0
ENDED = frozenset({"done", "refused", "paused", "cancelled", "dry_run"})
SIGNED = {"authorization": "AWS4-HMAC-SHA256 Credential=test"}
"""What a caller with AWS credentials sends; the local API looks no further than that."""

_http = urllib3.PoolManager(retries=False, timeout=10)


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

    def console_move(self, channel_id: str, **fields: object) -> Json:
        """Ask for a move from the console, wait for its end, and give its report."""
        body = self.request(channel_id, **fields)
        arn = self.stack.start_execution("ChannelMoveMachine", body, name=f"{self.id}-{body['request_id']}")
        self.stack.wait_for(arn, LONG)
        return self.report(move_id(self.id, channel_id, str(body["request_id"])))

    def as_agent(self, path: str, agent_id: str) -> tuple[int, Json]:
        """Read something of the platform as one of its agents sees it; give the status and the answer."""
        answer = _http.request(
            "GET",
            f"{self.sandbox.api_url}{path}",
            fields={"as_agent": agent_id},
            headers={"authorization": f"Bearer {self.token}"},
        )
        return answer.status, dict(answer.json())

    def page(self, move: str, *, signed: bool = True) -> tuple[int, Json]:
        """Read a move by HTTP, as the progress page does; give the status and the answer."""
        url = f"{self.stack.http_url}/accounts/{self.id}/moves/{move}"
        answer = _http.request("GET", url, headers=SIGNED if signed else {})
        return answer.status, dict(answer.json())

    def calls(self, method: str, path: str) -> list[Json]:
        """Give the contract calls so far of one operation, by its path's template."""
        made = self.sandbox.calls(self.id)
        return [dict(call) for call in made if (call["method"], call["path"]) == (method, path)]

    def dump(self, folder: Path) -> "Dump":
        """Write down what the sandbox holds, and read it."""
        self.sandbox.dump(self.id, folder)
        return Dump(folder)


class Hold:
    """Hold a function of the stack at one of its looks at the time that it has left, as long as the block goes on.

    The looping steps look before every page, file or batch, so a test can let something happen exactly between two of
    them: ``with Hold(stack, "verify_conversations") as hold: move = account.ask("chat"); hold.reached(); ...``
    """

    def __init__(self, stack: LocalStack, function: str, *, look: int = 1) -> None:
        self._exits = contextlib.ExitStack()
        self._stack, self._function, self._look = stack, function, look
        self._looks = 0
        self._counting = threading.Lock()
        self._there, self._go = threading.Event(), threading.Event()

    def __enter__(self) -> Self:
        self._exits.enter_context(self._stack.time_left(self._function, self._seconds))
        return self

    def __exit__(self, *_: object) -> None:
        self.go_on()
        self._exits.close()

    def reached(self) -> None:
        """Wait until the function is there."""
        if not self._there.wait(LONG):
            raise AssertionError(f"{self._function} did not come to look {self._look} within {LONG} s")

    def go_on(self) -> None:
        """Let the function go on."""
        self._go.set()

    def _seconds(self) -> float:
        with self._counting:
            self._looks += 1
            here = self._looks == self._look
        if here:
            self._there.set()
            self._go.wait(LONG)
        return 600.0


@dataclass(frozen=True)
class Dump:
    """What the sandbox holds, in the export's own form."""

    folder: Path

    def rows(self, path: str) -> list[Json]:
        """Read a .jsonl file below the folder."""
        text = (self.folder / path).read_bytes().decode()
        return [json.loads(line) for line in text.split("\n") if line]  # texts hold other line separators

    def by_id(self, path: str) -> dict[str, Json]:
        """Read a .jsonl file as id -> object."""
        return {row["id"]: row for row in self.rows(path)}

    @property
    def account(self) -> Json:
        """Banner and notifications."""
        return dict(json.loads((self.folder / "account.json").read_text(encoding="utf-8")))
