"""Who makes an AWS call: the function (or state machine) on whose behalf the present thread works.

Set for the length of an invocation in a context variable. Threads and executor tasks that a handler starts work on
its behalf as well, as they have its role in AWS: while a stack is open, `inherited_by_threads` lets every new thread
and executor task run in a copy of its starter's context. Handlers need do nothing for it.
"""

from __future__ import annotations

import contextlib
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future


@dataclass(frozen=True)
class Principal:
    """A function or state machine as IAM sees it: its name in the stack and its role's name."""

    name: str
    role: str


_current: contextvars.ContextVar[Principal | None] = contextvars.ContextVar("local_stack_principal", default=None)


def current_principal() -> Principal | None:
    """On whose behalf this thread works; None is the operator (a test, the command line, the stack itself)."""
    return _current.get()


@contextlib.contextmanager
def acting_as(principal: Principal | None) -> Iterator[None]:
    """Make AWS calls inside the block on behalf of `principal`."""
    token = _current.set(principal)
    try:
        yield
    finally:
        _current.reset(token)


@contextlib.contextmanager
def inherited_by_threads() -> Iterator[None]:
    """Let threads and executor tasks started inside the block run in a copy of their starter's context."""
    start, submit = threading.Thread.start, ThreadPoolExecutor.submit

    def start_in_context(thread: threading.Thread) -> None:
        context, run = contextvars.copy_context(), thread.run
        thread.run = lambda: context.run(run)  # type: ignore[method-assign] # the only place where a thread's work can be wrapped
        start(thread)

    def submit_in_context(
        executor: ThreadPoolExecutor,
        function: Callable[..., Any],
        /,
        *args: Any,  # noqa: ANN401 - submit's
        **kwargs: Any,  # noqa: ANN401 - submit's
    ) -> Future[Any]:
        return submit(executor, contextvars.copy_context().run, function, *args, **kwargs)

    with (
        patch.object(threading.Thread, "start", start_in_context),
        patch.object(ThreadPoolExecutor, "submit", submit_in_context),
    ):
        yield
