"""The context object that Lambda passes to a handler."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.local.stack.functions import Function


@dataclass(frozen=True)
class LambdaContext:
    """What handlers read of https://docs.aws.amazon.com/lambda/latest/dg/python-context.html."""

    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    aws_request_id: str
    remaining: Callable[[], float] = field(repr=False)
    function_version: str = "$LATEST"
    log_group_name: str = "/aws/lambda/local"
    log_stream_name: str = "local"
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda would end this invocation; never below zero."""
        return max(0, int(self.remaining() * 1000))


def context_for(function: Function, remaining_seconds: Callable[[], float] | None) -> LambdaContext:
    """A context for one invocation that starts now.

    Args:
        function: the function to be invoked.
        remaining_seconds: says how much time is left instead of the template's timeout counting down.
    """
    deadline = time.monotonic() + function.timeout_seconds
    return LambdaContext(
        function_name=function.physical_name,
        invoked_function_arn=function.arn,
        memory_limit_in_mb=function.memory_mb,
        aws_request_id=str(uuid4()),
        remaining=remaining_seconds or (lambda: deadline - time.monotonic()),
    )
