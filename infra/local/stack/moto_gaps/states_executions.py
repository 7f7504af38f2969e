"""StartExecution's rules for names and input, which moto's executing backend does not apply.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
- A name has 1 to 80 characters, none of them white space, a bracket, wildcard, control or special character; without a
  name one is made. moto checks nothing, and without a name calls the execution `None`.
- Same name and input while it runs: the same execution again. Otherwise a name that was used within 90 days is
  refused (`ExecutionAlreadyExists`). moto knows this, but two callers at the same moment may both start one.
- Input over 256 KiB is refused.
- What an execution does later has nothing to do with who started it: it runs with its machine's role.
"""

from __future__ import annotations

import contextlib
import contextvars
import threading
from typing import TYPE_CHECKING
from unittest.mock import patch
from uuid import uuid4

from moto.stepfunctions.exceptions import InvalidName
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from infra.local.stack.moto_gaps.states_data_limit import refuse_large

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from moto.stepfunctions.parser.backend.execution import Execution

NAME_LIMIT = 80
FORBIDDEN = set(' \t\r\n<>{}[]?*"#%\\^|~`$&,;:/') | {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))}


@contextlib.contextmanager
def mend(started: Callable[[Execution], None]) -> Iterator[None]:
    """Apply the rules above, and call `started` with each execution that was asked for."""
    start = StepFunctionsParserBackend.start_execution
    starting = threading.RLock()

    def start_execution(
        backend: StepFunctionsParserBackend,
        state_machine_arn: str,
        name: str | None = None,
        execution_input: str | None = None,
        trace_header: str | None = None,
    ) -> Execution:
        if name is None:
            name = str(uuid4())
        if not 1 <= len(name) <= NAME_LIMIT or set(name) & FORBIDDEN:
            raise InvalidName(f"Invalid Name: '{name}'")
        text = "{}" if execution_input is None else execution_input
        refuse_large("input", text)
        with starting:
            execution = contextvars.Context().run(start, backend, state_machine_arn, name, text, trace_header or "")
        started(execution)
        return execution

    with patch.object(StepFunctionsParserBackend, "start_execution", start_execution):
        yield
