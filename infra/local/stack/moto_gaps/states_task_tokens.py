"""Step Functions takes a task's result at any time while the task waits, and once; moto loses it or takes it again.

- A result or heartbeat that arrives while the function that got the token still runs: Step Functions goes on at once.
  moto sets up the heartbeat's clock only after the function returned, and then waits for the next heartbeat although
  the result is there, up to `HeartbeatSeconds`.
- A token of a task that is over (answered, timed out, its execution ended): Step Functions answers `TaskTimedOut`
  (https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html). moto takes a second
  answer without a word, and calls the token invalid once its execution has ended.
- A token while another execution is just starting: moto fails with an internal error, as that one has no environment
  yet.
- The cause given to `SendTaskFailure` is the task's; moto loses it.
- Output over 256 KiB: Step Functions refuses it; moto takes it.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, cast
from unittest.mock import patch

from moto.core.exceptions import AWSError
from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.parser.api import InvalidToken
from moto.stepfunctions.parser.asl.eval.callback.callback import (
    CallbackEndpoint,
    CallbackOutcome,
    CallbackOutcomeFailure,
    CallbackOutcomeSuccess,
    HeartbeatEndpoint,
)
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from infra.local.stack.moto_gaps.states_data_limit import refuse_large

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moto.stepfunctions.parser.backend.execution import Execution


class TaskTimedOut(AWSError):
    """The answer for a token whose task is over; moto's own class reaches the caller without its code."""

    TYPE = "TaskTimedOut"
    STATUS = 400


TASK_OVER = "Task Timed Out: 'Provided task does not exist anymore'"


@contextlib.contextmanager
def mend() -> Iterator[None]:
    """Take each task's result exactly once, as early as it comes."""
    set_up = CallbackEndpoint.setup_heartbeat_endpoint

    def setup_heartbeat_endpoint(endpoint: CallbackEndpoint, heartbeat_seconds: int) -> HeartbeatEndpoint:
        heartbeat = set_up(endpoint, heartbeat_seconds)
        if endpoint.get_outcome() is not None:
            heartbeat.notify()  # type: ignore[no-untyped-call] # moto left it untyped
        return heartbeat

    def send_task_success(backend: StepFunctionsParserBackend, task_token: str, outcome: str) -> None:
        refuse_large("output", outcome)
        _answer(backend, task_token, CallbackOutcomeSuccess(callback_id=task_token, output=outcome))

    def send_task_failure(
        backend: StepFunctionsParserBackend, task_token: str, error: str | None = None, cause: str | None = None
    ) -> None:
        _answer(backend, task_token, CallbackOutcomeFailure(callback_id=task_token, error=error, cause=cause))

    def failure_response(response: StepFunctionResponse) -> ActionResult:
        token, error, cause = (response._get_param(name) for name in ("taskToken", "error", "cause"))  # noqa: SLF001 - as moto does
        send_task_failure(cast("StepFunctionsParserBackend", response.stepfunction_backend), token, error, cause)
        return EmptyResult()

    def send_task_heartbeat(backend: StepFunctionsParserBackend, task_token: str) -> None:
        # A heartbeat sent before its clock runs is not lost: the clock starts full.
        _open_endpoint(backend, task_token).notify_heartbeat()

    with (
        patch.object(CallbackEndpoint, "setup_heartbeat_endpoint", setup_heartbeat_endpoint),
        patch.object(StepFunctionsParserBackend, "send_task_success", send_task_success),
        patch.object(StepFunctionResponse, "send_task_failure", failure_response),
        patch.object(StepFunctionsParserBackend, "send_task_heartbeat", send_task_heartbeat),
    ):
        yield


def owner_of_token(backend: StepFunctionsParserBackend, task_token: str) -> Execution | None:
    """The execution whose task got this token, running or ended; None for a token that nobody gave out."""
    for machine in backend.state_machines:
        for execution in cast("list[Execution]", list(machine.executions)):
            if _endpoint(execution, task_token) is not None:
                return execution
    return None


def _endpoint(execution: Execution, task_token: str) -> CallbackEndpoint | None:
    worker = execution.exec_worker
    if worker is None or worker.env is None:  # it starts at this moment: it has given out no token yet
        return None
    return worker.env.callback_pool_manager.get(task_token)


def _open_endpoint(backend: StepFunctionsParserBackend, task_token: str) -> CallbackEndpoint:
    execution = owner_of_token(backend, task_token)
    if execution is None:
        raise InvalidToken
    endpoint = _endpoint(execution, task_token)
    assert endpoint is not None  # noqa: S101 - it is what made the execution the owner
    # `interrupt_all` sets the event of a task that is over, an answer sets the outcome as well.
    if execution.status != "RUNNING" or endpoint._notify_event.is_set():  # noqa: SLF001 - moto has no public way to ask
        raise TaskTimedOut(TASK_OVER)
    return endpoint


def _answer(backend: StepFunctionsParserBackend, task_token: str, outcome: CallbackOutcome) -> None:
    _open_endpoint(backend, task_token).notify(outcome)
