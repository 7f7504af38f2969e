"""Merges billing by the real handlers, then sends the same calls bare: `python -m tests.benchmarks.merger`.

Reads a `MergeJob` as JSON from standard input; the last line that it prints is a `Merged`.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from tests.benchmarks.mover import Handlers, Job, Limits
from tests.benchmarks.replay import Replay, replayed


class MergeJob(msgspec.Struct, frozen=True, kw_only=True):
    """Whose billing to merge; the first account warms the process up. `bare` are tokens of others like it."""

    base_url: str
    functions: dict[str, Limits]
    accounts: list[str]
    bare: list[str]


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """What the merges took together, and the bare calls; times in seconds."""

    merges: int
    wall: float
    cpu: float
    aws_wall: float
    aws_cpu: float
    vendor_calls: int
    bare_wall: float
    bare_cpu: float


def merged(job: MergeJob) -> Merged:
    """Merge all accounts, previews included, and send one merge's calls to as many others."""
    first, *rest = job.accounts
    with tempfile.TemporaryDirectory(prefix="deskshift-bench-") as folder:
        record = Path(folder) / "calls.jsonl"
        warming = _handlers(job, record)
        with warming.aws.watching(), warming.vendor.watching():
            _one(warming, first)
        handlers = _handlers(job, None)
        for function in ("preview_billing", "merge_billing", "show_merge"):
            handlers.handler(function)
        with handlers.aws.watching(), handlers.vendor.watching():
            began, cpu = time.perf_counter(), time.process_time()
            for account in rest:
                _one(handlers, account)
            wall, spent = time.perf_counter() - began, time.process_time() - cpu
        bare = [replayed(Replay(record=str(record), base_url=job.base_url, token=token)) for token in job.bare]
    return Merged(
        merges=len(rest),
        wall=wall,
        cpu=spent,
        aws_wall=handlers.aws.wall,
        aws_cpu=handlers.aws.cpu,
        vendor_calls=handlers.vendor.count,
        bare_wall=sum(one.wall for one in bare),
        bare_cpu=sum(one.cpu for one in bare),
    )


def _handlers(job: MergeJob, record: Path | None) -> Handlers:
    return Handlers(Job(machine_arn="", functions=job.functions, requests=[]), record)


def _one(handlers: Handlers, account: str) -> None:
    asked = {"request_id": "bench", "account_id": account, "requested_by": "bench", "upgrade_at": "2022-12-01"}
    made = handlers.invoke("preview_billing", asked)
    body = {
        "request_id": "bench",
        "account_id": account,
        "preview_id": made["preview"]["preview_id"],
        "approved_by": "bench",
        "upgrade_passed": True,
    }
    message = {
        "messageId": account,
        "receiptHandle": "handle",
        "body": json.dumps(body),
        "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": account},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:local:000000000000:billing-merges.fifo",
        "awsRegion": "local",
    }
    handlers.invoke("merge_billing", {"Records": [message]})
    shown = handlers.invoke("show_merge", {"account_id": account, "merge_id": made["merge_id"]})
    if shown["status"] != "done":
        raise SystemExit(f"the merge of {account} is {shown['status']}")


def main() -> None:
    """Read the job, merge, tell."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=MergeJob)
    with contextlib.redirect_stdout(open(os.devnull, "w", encoding="utf-8")):  # noqa: PTH123 - until it ends
        done = merged(job)
    sys.stdout.buffer.write(msgspec.json.encode(done) + b"\n")


if __name__ == "__main__":
    main()
