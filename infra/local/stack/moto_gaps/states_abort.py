"""StopExecution ends an execution at once; moto marks it and goes on until the present task ends by itself.

A task that waits for its token is never woken, so the execution stays RUNNING for the whole heartbeat or timeout;
error and cause given to StopExecution are lost; and an execution that has only just started cannot be stopped at all.
Also moto reports success a moment before the output is there.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unittest.mock import patch

from moto.core.responses import ActionResult
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded, ProgramError, ProgramStopped
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.responses import StepFunctionResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from moto.stepfunctions.parser.asl.eval.environment import Environment

START_SECONDS = 5.0

_closing = threading.Lock()
_listeners: list[Callable[[Execution], None]] = []  # of two open stacks both see each start, so both must see each end


@contextlib.contextmanager
def mend(ended: Callable[[Execution], None]) -> Iterator[None]:
    """Stop executions at once, and call `ended` after each execution's end, whatever its cause."""
    _listeners.append(ended)
    try:
        with (
            patch.object(StepFunctionResponse, "stop_execution", _stop_execution),
            patch.object(Execution, "stop", _stop),
            patch.object(BaseExecutionWorkerCommunication, "_reflect_execution_status", _reflect_status),
        ):
            yield
    finally:
        _listeners.remove(ended)


@dataclass(frozen=True)
class _End:
    """How an execution ended."""

    status: ExecutionStatus
    when: dt.datetime
    output: object = None
    error: str | None = None
    cause: str | None = None


def _stop_execution(response: StepFunctionResponse) -> ActionResult:
    arn, error, cause = (response._get_param(name) for name in ("executionArn", "error", "cause"))  # noqa: SLF001 - moto's way
    execution = response.stepfunction_backend.describe_execution(arn)
    execution.stop(dt.datetime.now(tz=dt.UTC), error, cause)
    return ActionResult({"stopDate": execution.stop_date})


def _stop(execution: Execution, stop_date: dt.datetime, error: str | None, cause: str | None) -> None:
    env = _environment(execution)
    if _close(execution, _End(ExecutionStatus.ABORTED, stop_date, None, error or None, cause or None)):
        env.set_stop(stop_date=stop_date, cause=cause, error=error)
        _finish(execution, env)


def _reflect_status(communication: BaseExecutionWorkerCommunication) -> None:
    env = _environment(communication.execution)
    if _close(communication.execution, _end_of(env)):
        _finish(communication.execution, env)


def _end_of(env: Environment) -> _End:
    state, now = env.program_state(), dt.datetime.now(tz=dt.UTC)
    if isinstance(state, ProgramEnded):
        return _End(ExecutionStatus.SUCCEEDED, now, output=env.states.get_input())
    if isinstance(state, ProgramError):
        details = state.error or {}
        return _End(ExecutionStatus.FAILED, now, error=details.get("error"), cause=details.get("cause"))
    return _End(ExecutionStatus.ABORTED if isinstance(state, ProgramStopped) else ExecutionStatus.TIMED_OUT, now)


def _close(execution: Execution, end: _End) -> bool:
    """Close the execution once; False if it is closed already."""
    with _closing:
        if execution.exec_status != ExecutionStatus.RUNNING:
            return False
        execution.stop_date, execution.error, execution.cause = end.when, end.error, end.cause
        execution.output = end.output  # type: ignore[assignment] # moto names the json module as its type
        execution.exec_status = end.status  # last: who sees the status may read the rest
        return True


def _finish(execution: Execution, env: Environment) -> None:
    for endpoint in list(env.callback_pool_manager._pool.values()):  # noqa: SLF001 - moto has no public way to reach them
        endpoint.interrupt_all()
    for listener in tuple(_listeners):
        listener(execution)


def _environment(execution: Execution) -> Environment:
    """The execution's environment, which its own thread makes a moment after the start."""
    deadline = time.monotonic() + START_SECONDS
    worker = execution.exec_worker
    while worker is None or worker.env is None or worker.env.program_state() is None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{execution.execution_arn} has not started within {START_SECONDS} s")
        time.sleep(0.001)
        worker = execution.exec_worker
    return worker.env
