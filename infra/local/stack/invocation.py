"""Runs handlers as the Lambda runtime does: JSON in, JSON out, errors as payloads, size limits, one principal."""

from __future__ import annotations

import json
import threading
import time
import traceback
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from infra.local.stack.errors import PayloadTooLarge
from infra.local.stack.function_output import take_over
from infra.local.stack.lambda_context import context_for
from infra.local.stack.principal import Principal, acting_as

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from infra.local.stack.functions import Function
    from infra.local.stack.loading import Handler

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
SYNCHRONOUS_LIMIT = 6 * 1024 * 1024
ASYNCHRONOUS_LIMIT = 256 * 1024


@dataclass(frozen=True)
class Outcome:
    """What an invocation answers: `payload` as JSON; `error_type` is None if the handler returned."""

    payload: bytes
    error_type: str | None = None


class Invoker:
    """Invokes the stack's functions, several at a time, in the caller's thread."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = handlers
        self._time_left: dict[str, Callable[[], float]] = {}
        self._changed = threading.Condition()
        self._running = 0
        self._counts: Counter[str] = Counter()

    @property
    def counts(self) -> dict[str, int]:
        """How often each function was invoked so far."""
        with self._changed:
            return dict(self._counts)

    def replace(self, handlers: Mapping[str, Handler]) -> None:
        """Invoke these from now on; invocations that run end with the handler that they began with."""
        self._handlers = {**self._handlers, **handlers}

    def set_time_left(self, function: Function, seconds: Callable[[], float] | None) -> None:
        """Let invocations of `function` see `seconds()` as remaining time; None: the template's timeout again."""
        if seconds is None:
            self._time_left.pop(function.name, None)
        else:
            self._time_left[function.name] = seconds

    def invoke(self, function: Function, payload: bytes, *, limit: int = SYNCHRONOUS_LIMIT) -> Outcome:
        """Run the handler with the JSON `payload`, to its end.

        Raises:
            PayloadTooLarge: `payload` is over `limit` bytes; the handler does not run.
        """
        if len(payload) > limit:
            raise PayloadTooLarge(function.name, len(payload), limit)
        with self._changed:
            self._running += 1
            self._counts[function.name] += 1
        try:
            take_over()
            with acting_as(Principal(function.name, function.role)):
                return self._run(function, payload)
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait until no handler runs; False if some still do after `seconds`."""
        with self._changed:
            return self._changed.wait_for(lambda: self._running == 0, seconds)

    @property
    def running(self) -> int:
        """How many handlers run at present."""
        return self._running

    def _run(self, function: Function, payload: bytes) -> Outcome:
        context = context_for(function, self._time_left.get(function.name))
        started = time.monotonic()
        try:
            result = self._handlers[function.name](json.loads(payload or b"{}"), context)
        except KeyboardInterrupt:
            raise
        except Exception as error:  # noqa: BLE001 - the runtime turns whatever a handler raises into an error payload
            return _failed(type(error).__name__, str(error), context.aws_request_id, error)
        except BaseException as error:  # noqa: BLE001 - a handler that ends its process; Lambda reports it like this
            return _failed("Runtime.ExitError", f"Runtime exited: {type(error).__name__}", context.aws_request_id)
        if time.monotonic() - started > function.timeout_seconds:
            # Lambda would have ended it: what it did is done, what it returned is lost.
            message = f"Task timed out after {function.timeout_seconds:.2f} seconds"
            return _failed("Sandbox.Timedout", message, context.aws_request_id)
        return _answered(result, context.aws_request_id)


def _answered(result: object, request_id: str) -> Outcome:
    try:
        payload = json.dumps(result, ensure_ascii=False, default=_number).encode("utf-8")
    except (TypeError, ValueError) as error:  # an encoding error (lone surrogates) is a ValueError
        return _failed("Runtime.MarshalError", f"Unable to marshal response: {type(error).__name__}", request_id)
    if len(payload) > SYNCHRONOUS_LIMIT:
        message = f"Response payload size ({len(payload)} bytes) exceeded maximum allowed payload size"
        return _failed("Function.ResponseSizeTooLarge", message, request_id)
    return Outcome(payload)


def _number(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)


def _failed(error_type: str, message: str, request_id: str, error: BaseException | None = None) -> Outcome:
    body: dict[str, Any] = {"errorType": error_type, "errorMessage": message, "requestId": request_id}
    if error is not None:
        body["stackTrace"] = traceback.format_tb(error.__traceback__)[1:]  # without the line of _run
    return Outcome(json.dumps(body).encode(), error_type)
