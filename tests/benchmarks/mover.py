"""Moves a channel by the real handlers in this process, and tells what it took: `python -m tests.benchmarks.mover`.

Reads a `Job` as JSON from standard input; the last line that it prints is a `Moved`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import msgspec

from tests.benchmarks.aws_calls import AwsCalls
from tests.benchmarks.machine import Machine
from tests.benchmarks.meter import Meter, Metered, Spent
from tests.benchmarks.vendor_calls import VendorCalls
from tests.support.product import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]


class Limits(msgspec.Struct, frozen=True):
    """What the template gives a function."""

    memory_mb: int
    seconds: int


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Which channels to move one after the other; the last one is measured, those before it warm the process up."""

    machine_arn: str
    functions: dict[str, Limits]
    requests: list[dict[str, Any]]
    record: str | None = None


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What the measured move took; times in seconds, memory in bytes."""

    report: dict[str, Any]
    wall: float
    cpu: float
    aws_wall: float
    aws_cpu: float
    vendor_calls: int
    metered: Metered
    spent: list[Spent]
    peak_memory: int
    memory_before: int


class Context:
    """What handlers read of Lambda's context."""

    def __init__(self, function: str, limits: Limits) -> None:
        self.function_name = function
        self.memory_limit_in_mb = limits.memory_mb
        self.invoked_function_arn = f"arn:aws:lambda:local:000000000000:function:{function}"
        self.aws_request_id = str(uuid4())
        self._deadline = time.monotonic() + limits.seconds

    def get_remaining_time_in_millis(self) -> int:
        """Count the function's timeout down."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


class Handlers:
    """The functions of the template, loaded when they are first invoked; a `machine.World`."""

    def __init__(self, job: Job, record: Path | None) -> None:
        self._limits = job.functions
        self._loaded: dict[str, Callable[[Any, Any], Any]] = {}
        self._answered: Json = {}
        self.meter = Meter({os.environ["MOVES_TABLE"]: "activity"})
        self._at_once = 0
        self.aws = AwsCalls(self._seen)
        self.vendor = VendorCalls(record)
        self.spent: list[Spent] = []

    def _seen(self, service: str, operation: str, given: Json, answer: Json | None) -> None:
        self.meter.take(service, operation, given, answer)
        if operation == "SendTaskSuccess":
            self._answered = json.loads(given["output"])
        self._at_once += given.get("TableName") == os.environ["ID_MAP_TABLE"] and operation == "PutItem"

    def invoke(self, function: str, payload: Json) -> Any:  # noqa: ANN401 - whatever the function returns
        """Invoke one handler and note what it spent."""
        limits = self._limits[function]
        handler = self.handler(function)
        before = (self.aws.wall, self.aws.cpu, self.aws.count, self._at_once, self.vendor.gaps)
        began, cpu = time.perf_counter(), time.process_time()
        answer = handler(json.loads(json.dumps(payload)), Context(function, limits))
        at_once = self._at_once - before[3]
        self.spent.append(
            Spent(
                function=function,
                memory_mb=limits.memory_mb,
                wall=time.perf_counter() - began,
                cpu=time.process_time() - cpu - (self.aws.cpu - before[1]),
                aws_calls=self.aws.count - before[2] - at_once,
                aws_calls_at_once=at_once,
                paced=self.vendor.gaps - before[4],
            )
        )
        return answer

    def token_answer(self) -> Json:
        """Give what the last task token was answered with; there is no such execution in AWS, but it was called."""
        return self._answered

    def items(self, bucket: str, key: str) -> list[Any]:
        """Read the manifest."""
        found: list[Any] = json.loads(boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
        return found

    def handler(self, function: str) -> Callable[[Any, Any], Any]:
        """Load a function's handler, or give the one that is loaded."""
        if function not in self._loaded:
            spec = importlib.util.spec_from_file_location(
                f"measured_{function}", ROOT / "functions" / function / "app.py"
            )
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules[spec.name] = module
            spec.loader.exec_module(module)
            self._loaded[function] = module.handler
        return self._loaded[function]


def moved(job: Job) -> Moved:
    """Move the channels and measure the last one."""
    for request in job.requests[:-1]:
        warming = Handlers(job, None)
        with warming.aws.watching(), warming.vendor.watching():
            _one(warming, job, request)
    handlers = Handlers(job, Path(job.record) if job.record else None)
    for function in job.functions:
        handlers.handler(function)  # imports are the cold start's, and measured there
    before = _peak()
    with handlers.aws.watching(), handlers.vendor.watching():
        began, cpu = time.perf_counter(), time.process_time()
        machine, move_id = _one(handlers, job, job.requests[-1])
        wall, spent = time.perf_counter() - began, time.process_time() - cpu
    peak = _peak()
    account_id = job.requests[-1]["account_id"]
    shown = handlers.invoke("show_move", {"account_id": account_id, "move_id": move_id})
    return Moved(
        report=shown["report"],
        wall=wall,
        cpu=spent,
        aws_wall=handlers.aws.wall,
        aws_cpu=handlers.aws.cpu,
        vendor_calls=handlers.vendor.count,
        metered=handlers.meter.metered(machine.transitions, len(handlers.spent) - 1),
        spent=handlers.spent[:-1],
        peak_memory=peak,
        memory_before=before,
    )


def _one(handlers: Handlers, job: Job, request: Json) -> tuple[Machine, str]:
    name = f"{request['account_id']}-by-hand"
    execution = {"Id": f"{job.machine_arn.replace(':stateMachine:', ':execution:')}:{name}", "Name": name}
    machine = Machine.load(
        ROOT / "infra" / "state_machines" / "channel_move.asl.json",
        {"ImportConcurrency": os.environ["IMPORT_CONCURRENCY"], "BucketName": os.environ["BUCKET"]},
        handlers,
        {"Execution": execution, "Task": {"Token": "by-hand"}},
    )
    end = machine.run(request)
    if end != "Done":
        raise SystemExit(f"the move of {request['account_id']} ended in {end}")
    return machine, handlers.token_answer()["move_id"]


def _peak() -> int:
    """Read the most memory that this process has had; getrusage's would be the starter's if that had more."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def main() -> None:
    """Read the job, move, tell."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    with contextlib.redirect_stdout(open(os.devnull, "w", encoding="utf-8")):  # noqa: PTH123 - until it ends
        done = moved(job)
    sys.stdout.buffer.write(msgspec.json.encode(done) + b"\n")


if __name__ == "__main__":
    main()
