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
_listeners: list[Callable[[Execution], None]] = []


@contextlib.contextmanager
def mend(ended: Callable[[Execution], None]) -> Iterator[None]:
    """Stop executions at once, and call `ended` after each execution's end, whatever its cause."""
    closing = threading.Lock()
    # Of two open stacks both see each start, so both must see each end.
    _listeners.append(ended)

    def tell(execution: Execution) -> None:
        for listener in list(_listeners):
            listener(execution)

    def close(  # noqa: PLR0913, PLR0917 - an execution's end has these facts
        execution: Execution,
        status: ExecutionStatus,
        when: dt.datetime,
        output: object,
        error: str | None,
        cause: str | None,
    ) -> bool:
        with closing:
            if execution.exec_status != ExecutionStatus.RUNNING:
                return False
            execution.stop_date, execution.output = when, output  # type: ignore[assignment] # moto names the json module as type
            execution.error, execution.cause = error, cause
            execution.exec_status = status  # last: who sees the status may read the rest
            return True

    def stop(execution: Execution, stop_date: dt.datetime, error: str | None, cause: str | None) -> None:
        if not close(execution, ExecutionStatus.ABORTED, stop_date, None, error or None, cause or None):
            return
        env = _environment(execution)
        env.set_stop(stop_date=stop_date, cause=cause, error=error)
        _interrupt_callbacks(env)
        tell(execution)

    def reflect_status(communication: BaseExecutionWorkerCommunication) -> None:
        execution = communication.execution
        env = _environment(execution)
        state, now = env.program_state(), dt.datetime.now(tz=dt.UTC)
        output, error, cause = None, None, None
        if isinstance(state, ProgramEnded):
            status, output = ExecutionStatus.SUCCEEDED, env.states.get_input()
        elif isinstance(state, ProgramError):
            details = state.error or {}
            status, error, cause = ExecutionStatus.FAILED, details.get("error"), details.get("cause")
        elif isinstance(state, ProgramStopped):
            status = ExecutionStatus.ABORTED
        else:
            status = ExecutionStatus.TIMED_OUT
        if close(execution, status, now, output, error, cause):
            _interrupt_callbacks(env)
            tell(execution)

    def stop_execution(response: StepFunctionResponse) -> ActionResult:
        execution = response.stepfunction_backend.describe_execution(response._get_param("executionArn"))  # noqa: SLF001 - as moto does
        execution.stop(dt.datetime.now(tz=dt.UTC), response._get_param("error"), response._get_param("cause"))  # noqa: SLF001 - as moto does
        return ActionResult({"stopDate": execution.stop_date})

    with (
        contextlib.ExitStack() as exits,
        patch.object(StepFunctionResponse, "stop_execution", stop_execution),
        patch.object(Execution, "stop", stop),
        patch.object(BaseExecutionWorkerCommunication, "_reflect_execution_status", reflect_status),
    ):
        exits.callback(_listeners.remove, ended)
        yield


def _environment(execution: Execution) -> Environment:
    """The execution's environment, which its own thread makes a moment after the start."""
    deadline = time.monotonic() + START_SECONDS
    worker = execution.exec_worker
    while worker is None or worker.env is None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{execution.execution_arn} has not started within {START_SECONDS} s")
        time.sleep(0.001)
        worker = execution.exec_worker
    return worker.env


def _interrupt_callbacks(env: Environment) -> None:
    for endpoint in list(env.callback_pool_manager._pool.values()):  # noqa: SLF001 - moto has no public way to reach them
        endpoint.interrupt_all()
