"""A stack for runs that are killed: one part at a time, so that a run's calls come in one order."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.sandbox.client import Sandbox
from infra.local.stack import LocalStack
from tests.faults.ground import Ground
from tests.support.product import TEMPLATE

_stacks = itertools.count(1)
COUNTED = "killed everywhere"


@pytest.fixture(scope="module")
def ground(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Deploy the product's template under a name of its own; failed messages come back at once.

    For one module alone: as long as it is open, the stack that other tests share rests.
    """
    parameters = {"ImportConcurrency": "1", "LogLevel": "INFO"}
    # The functions' logger is made once in a process, with the level of whichever stack comes first.
    with LocalStack.deploy(TEMPLATE, parameters, stack_name=f"faults{next(_stacks)}", visibility_seconds=0) as stack:
        _one_message_at_a_time(stack, "reissue_tokens")
        yield Ground(stack, sandbox, Path(tmp_path_factory.mktemp("faults")))


def _one_message_at_a_time(stack: LocalStack, function: str) -> None:
    """Leave a function's queue one worker, for messages of several groups would else be dealt with at once."""
    for poller in stack._parts.pollers:  # noqa: SLF001 - the template leaves it to Lambda
        if poller.source.function.name == function:
            for _ in range(poller.source.concurrency - 1):
                poller._free.acquire()  # noqa: SLF001 - as above


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many places there were to be killed at."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties:
            if name == COUNTED and report.when == "call":
                terminalreporter.write_line(f"{name}: {value}")
