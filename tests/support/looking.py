"""Look at what a move left behind: the platform's calls, the stored record, files in the bucket."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from moto.sqs.models import SQSBackend

from infra.local.stack.errors import FunctionFailed
from infra.local.stack.principal import acting_as
from tests.support.moves import Account, Json, until

LISTING = "GET /v1/inbox/conversations"
IMPORT = "POST /v1/help_desk/imports"
RELEASE = "POST /v1/inbox/conversations/release"
READING_POSTS = ("POST /v1/inbox/conversations/batch_read", "POST /v1/help_desk/conversations/batch_read")
"""Calls of the contract that only read, though their method says that they may write."""
ATTACHMENT = "GET /v1/inbox/attachments/{id}"
PLENTY = 600.0
TOO_LITTLE = 119.0
"""A step that loops stops before two minutes are left."""


def calls(account: Account) -> list[str]:
    """Every contract call of the account so far, as `METHOD path`."""
    return [f"{call['method']} {call['path']}" for call in account.sandbox.calls(account.id)]


def writes(account: Account) -> list[str]:
    """The calls that may have changed something on the platform."""
    return [call for call in calls(account) if not call.startswith("GET ") and call not in READING_POSTS]


def files(account: Account, prefix: str) -> dict[str, bytes]:
    """Read the files of the bucket below a prefix."""
    client: Any = account.stack.client("s3")
    bucket = account.stack.physical_id("Bucket")
    found = {}
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for one in page.get("Contents", []):
            with suppress(client.exceptions.NoSuchKey):  # deleted since it was listed
                found[one["Key"]] = client.get_object(Bucket=bucket, Key=one["Key"])["Body"].read()
    return found


def parts(account: Account, move: str) -> dict[str, bytes]:
    """Read the part files of a move."""
    return files(account, f"moves/{account.id}/{move}/parts/")


def record(account: Account, move: str) -> Json:
    """Read the move's stored record."""
    return dict(json.loads(_item(account, move)["body"]["S"]))


def rewrite_record(account: Account, move: str, **fields: object) -> None:
    """Change fields of the stored record as if nobody had written it: its lock stays."""
    item = _item(account, move)
    body = {**json.loads(item["body"]["S"]), **fields}
    item["body"] = {"S": json.dumps(body)}
    account.stack.client("dynamodb").put_item(TableName=account.stack.physical_id("MovesTable"), Item=item)


def _item(account: Account, move: str) -> Json:
    keys = {"account_id": {"S": account.id}, "item": {"S": f"move#{move}"}}
    table = account.stack.physical_id("MovesTable")
    answer: Any = account.stack.client("dynamodb").get_item(TableName=table, Key=keys, ConsistentRead=True)
    return dict(answer["Item"])


def part_records(account: Account, move: str) -> list[Json]:
    """Read the records of a move's parts, in their order."""
    client: Any = account.stack.client("dynamodb")
    found = client.query(
        TableName=account.stack.physical_id("WorkTable"),
        KeyConditionExpression="move_id = :move AND begins_with(#item, :part)",
        ExpressionAttributeNames={"#item": "item"},
        ExpressionAttributeValues={":move": {"S": move}, ":part": {"S": "part#"}},
    )
    return [json.loads(item["body"]["S"]) for item in found["Items"]]


def execution_arn(account: Account, move: str, attempt: int = 1) -> str:
    """Find the execution of a move's attempt."""
    name = f"{move}-{attempt}"
    return next(arn for arn in account.stack.executions("ChannelMoveMachine") if arn.rsplit(":", 1)[-1] == name)


def kill(account: Account, move: str, attempt: int = 1) -> None:
    """Abort the move's execution and wait until the watch has noticed."""
    account.stack.stop_execution(execution_arn(account, move, attempt))
    until(lambda: account.status(move) == "paused", "the watch pauses a move whose execution was aborted")


def resume(account: Account, move: str) -> Json:
    """Resume a move and wait for its end; give its report."""
    account.stack.invoke("resume_move", {"account_id": account.id, "move_id": move})
    return dict(account.ended(move, "done", "paused")["report"])


@contextmanager
def before_page(account: Account, function: str, number: int, do: Callable[[], object]) -> Iterator[None]:
    """Do something once, as an operator, before a step reads its page of this number (from 1).

    Steps ask how much time they have before each page, which is when this comes in.
    """
    asked = 0
    lock = threading.Lock()

    def seconds() -> float:
        nonlocal asked
        with lock:
            asked += 1
            now = asked == number
        if now:
            with acting_as(None):
                do()
        return PLENTY

    with account.stack.time_left(function, seconds):
        yield
    assert asked >= number, f"{function} was asked {asked} times how much time is left"


def queued_bodies(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Keep (queue's name, body) of every message that is sent to any queue from now on."""
    kept: list[tuple[str, str]] = []
    send = SQSBackend.send_message

    def record(backend: SQSBackend, queue_name: str, message_body: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - moto's
        kept.append((queue_name, message_body))
        return send(backend, queue_name, message_body, *args, **kwargs)

    monkeypatch.setattr(SQSBackend, "send_message", record)
    return kept


class Hold:
    """Hold a move still inside a step until let go: `with hold.at(account, "list_conversations"): …`."""

    def __init__(self) -> None:
        self._reached = threading.Event()
        self._go = threading.Event()

    @contextmanager
    def at(self, account: Account, function: str, number: int = 1) -> Iterator["Hold"]:
        """Stop before the page of this number; what is inside the block finds the move held after `reached`."""
        with before_page(account, function, number, self._stop):
            try:
                yield self
            finally:
                self._go.set()

    def reached(self) -> None:
        """Wait until the move stands still."""
        assert self._reached.wait(60), "the move never came to where it should be held"

    def go(self) -> None:
        """Let the move go on."""
        self._go.set()

    def _stop(self) -> None:
        self._reached.set()
        assert self._go.wait(60), "nobody let the move go on"


def resolved_state(account: Account, old_id: str) -> str | None:
    """Say what became of an old id of the inbox; None if nobody knows it (yet)."""
    try:
        found = account.stack.invoke("resolve_id", {"account_id": account.id, "id": old_id})
    except FunctionFailed as failed:
        if failed.error_type != "UnknownId":
            raise
        return None
    return str(found["state"])
