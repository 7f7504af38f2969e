"""Reissues an account's tokens by the real handlers in this process: `python -m tests.benchmarks.reissuer`.

Reads a `ReissueJob` as JSON from standard input; the last line that it prints is a `Reissued`. Agents authorize in this
process too, while nothing is timed.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from infra.local.clock import set_to
from infra.local.players.agents import Agents, Invitation
from infra.local.sandbox.client import Sandbox
from tests.benchmarks.mover import Handlers, Job, Json, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMIT_WINDOW = timedelta(hours=73)


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """An account, its agents, and where each of them authorizes."""

    account_id: str
    agents: list[str]
    start: str


class ReissueJob(msgspec.Struct, frozen=True, kw_only=True):
    """Whose tokens to reissue; the first account warms the process up."""

    sandbox_url: str
    functions: dict[str, Limits]
    warm: Granted
    measured: Granted


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """What one phase took; times in seconds."""

    wall: float
    cpu: float
    aws_wall: float
    aws_cpu: float
    aws_calls: int
    vendor_calls: int


class Reissued(msgspec.Struct, frozen=True, kw_only=True):
    """What came of the grants, and what the phases took: asked for and invited, looked at, retired."""

    grants: int
    opened: Phase
    watched: Phase
    retired: Phase


class Reissuer(Handlers):
    """Keeps what is sent to the queue of reissues; nothing serves that queue here."""

    def __init__(self, job: Job) -> None:
        self.sent: list[str] = []
        super().__init__(job, None)

    def _seen(self, service: str, operation: str, given: Json, answer: Json | None) -> None:
        super()._seen(service, operation, given, answer)
        if operation == "SendMessageBatch":
            self.sent += [entry["MessageBody"] for entry in given["Entries"]]

    @contextmanager
    def phase(self, into: list[Phase]) -> Iterator[None]:
        """Time what is inside the block."""
        before = (self.aws.wall, self.aws.cpu, self.aws.count, self.vendor.count)
        with self.aws.watching(), self.vendor.watching():
            began, cpu = time.perf_counter(), time.process_time()
            yield
            wall, spent = time.perf_counter() - began, time.process_time() - cpu
        into.append(
            Phase(
                wall=wall,
                cpu=spent,
                aws_wall=self.aws.wall - before[0],
                aws_cpu=self.aws.cpu - before[1],
                aws_calls=self.aws.count - before[2],
                vendor_calls=self.vendor.count - before[3],
            )
        )


def reissued(job: ReissueJob) -> Reissued:
    """Reissue both accounts' tokens and tell of the second."""
    _one(job, job.warm)
    opened, watched, retired = _one(job, job.measured)
    return Reissued(grants=len(job.measured.agents), opened=opened, watched=watched, retired=retired)


def _one(job: ReissueJob, of: Granted) -> list[Phase]:
    handlers = Reissuer(Job(machine_arn="", functions=job.functions, requests=[]))
    for function in ("reissue_tokens", "watch_grants", "retire_tokens", "show_tokens"):
        handlers.handler(function)
    phases: list[Phase] = []
    asked = {"request_id": "bench", "account_id": of.account_id, "requested_by": "admin"}
    with handlers.phase(phases):
        handlers.invoke("reissue_tokens", _message(json.dumps(asked)))
        for body in handlers.sent:
            handlers.invoke("reissue_tokens", _message(body))
    _authorize(job.sandbox_url, of)
    with handlers.phase(phases):
        handlers.invoke("watch_grants", {})
    with set_to(datetime.now(UTC) + COMMIT_WINDOW), handlers.phase(phases):
        handlers.invoke("retire_tokens", {})
    _checked(handlers, of)
    return phases


def _message(body: str) -> Json:
    message: dict[str, Any] = {
        "messageId": "message",
        "receiptHandle": "handle",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": "bench"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:local:000000000000:token-reissues.fifo",
        "awsRegion": "local",
    }
    return {"Records": [message]}


def _authorize(url: str, of: Granted) -> None:
    sandbox = Sandbox()
    sandbox.url = url
    with closing(sandbox), closing(Agents(sandbox.integrations(of.account_id))) as agents:
        for agent in of.agents:
            played = agents.follow(Invitation(agent, of.start), "accept")
            if played.ended != "connected":
                raise SystemExit(f"{agent} has not authorized: {played.ended}")


def _checked(handlers: Reissuer, of: Granted) -> None:
    report = handlers.invoke("show_tokens", {"account_id": of.account_id, "what": "report"})
    if report["outcomes"] != {"confirmed": len(of.agents)}:
        raise SystemExit(f"the grants of {of.account_id} ended {report['outcomes']}")


def main() -> None:
    """Read the job, reissue, tell."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=ReissueJob)
    with contextlib.redirect_stdout(open(os.devnull, "w", encoding="utf-8")):  # noqa: PTH123 - until it ends
        done = reissued(job)
    sys.stdout.buffer.write(msgspec.json.encode(done) + b"\n")


if __name__ == "__main__":
    main()
