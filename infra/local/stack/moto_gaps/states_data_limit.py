"""256 KiB is the most that Step Functions passes to, between and from states; moto checks only what comes out.

- `StartExecution` and `SendTaskSuccess` refuse more with a `ValidationException`.
- A task's input (after `Parameters`) over the limit fails the state with `States.DataLimitExceeded`.
- `States.ALL` and `States.TaskFailed` catch neither `States.DataLimitExceeded` nor `States.Runtime`: the execution
  fails (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html). moto catches them.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from moto.stepfunctions.exceptions import ValidationException
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moto.stepfunctions.parser.asl.eval.environment import Environment

LIMIT_BYTES = 256 * 1024
TERMINAL = {"States.DataLimitExceeded", "States.Runtime"}
WILDCARDS = {"States.ALL", "States.TaskFailed"}


def refuse_large(field: str, text: str) -> None:
    """Raise Step Functions' ValidationException for more than 256 KiB."""
    if len(text.encode("utf-8", "surrogatepass")) > LIMIT_BYTES:
        raise ValidationException(
            f"1 validation error detected: Value at '{field}' failed to satisfy constraint: "
            f"Member must have length less than or equal to {LIMIT_BYTES}"
        )


@contextlib.contextmanager
def mend() -> Iterator[None]:
    """Check what goes into tasks, and let wildcards pass over what they do not catch."""
    before, evaluate = StateTaskService._before_eval_execution, ErrorEqualsDecl._eval_body  # noqa: SLF001 - patched here

    def before_eval_execution(task: StateTaskService, env: Environment, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - moto's signature
        task._verify_size_quota(env=env, value=kwargs["raw_parameters"])  # noqa: SLF001 - the same check as for results
        before(task, env, *args, **kwargs)

    def eval_body(declaration: ErrorEqualsDecl, env: Environment) -> None:
        error = env.stack[-1]
        terminal = isinstance(error, StatesErrorName) and error.error_name in TERMINAL
        if terminal and WILDCARDS & {name.error_name for name in declaration.error_names}:
            env.stack.pop()
            env.stack.append(error in declaration.error_names)
            return
        evaluate(declaration, env)

    with (
        patch.object(StateTaskService, "_before_eval_execution", before_eval_execution),
        patch.object(ErrorEqualsDecl, "_eval_body", eval_body),
    ):
        yield
