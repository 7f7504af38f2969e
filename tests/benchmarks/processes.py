"""Starts what must not share a process with what is timed: the stack's AWS services, and each measured run."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import msgspec

from tests.support.product import ROOT
from tests.support.runtime import aws_variables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

T = TypeVar("T")

LONGEST_RUN = 3600.0
_STOP_SECONDS = 20.0


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """Where another process serves the stack's AWS services, and what its functions are told."""

    url: str
    name: str
    region: str
    http_url: str
    machine_arn: str
    environment: dict[str, str]

    def variables(self) -> dict[str, str]:
        """Everything that a process needs to be one of this stack's functions."""
        return {**self.environment, **aws_variables(self.url, self.region)}


class RunFailed(Exception):
    """A process of the benchmark failed; its own words were printed."""

    code = "run_failed"


def _outside(extra: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "BOTO_"))}
    return {**kept, "PYTHONPATH": str(ROOT), **extra}


@contextmanager
def served_stack() -> Iterator[Served]:
    """Serve a fresh stack as long as the block goes on."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.served_stack"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=_outside({}),
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else b""
            if not line:
                raise RunFailed("the stack did not start")
            yield msgspec.json.decode(line, type=Served)
        finally:
            if process.stdin:
                process.stdin.close()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def run(module: str, given: object, kind: type[T], variables: Mapping[str, str] | None = None) -> T:
    """Run a module of the benchmark with its input as JSON, and decode what it prints.

    Raises:
        RunFailed: it failed.
    """
    done = subprocess.run(  # noqa: S603 - this very Python, a module of this folder
        [sys.executable, "-m", f"tests.benchmarks.{module}"],
        input=msgspec.json.encode(given),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=_outside(variables or {}),
        timeout=LONGEST_RUN,
        check=False,
    )
    if done.returncode:
        raise RunFailed(f"{module} ended with {done.returncode}")
    # What comes before the last line are the log's records.
    return msgspec.json.decode(done.stdout.rstrip().rsplit(b"\n", 1)[-1], type=kind)
