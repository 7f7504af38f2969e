"""Come between a function and one of its AWS calls: do something there, hold it there, or lose its answer."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from infra.local.stack.principal import acting_as, current_principal

Json = dict[str, Any]
Matches = Callable[[Json], bool]
Around = Callable[[Callable[[], Any]], Any]
"""Takes the call as a function without arguments, and gives what the caller gets."""


@contextmanager
def around_call(function: str, operation: str, matches: Matches, around: Around) -> Iterator[threading.Event]:
    """Put `around` around the first call of this operation that `function` makes and whose parameters match.

    The event is set when that call has been made.
    """
    make = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001 - private, and where every call passes
    lock, met, done = threading.Lock(), threading.Event(), threading.Event()

    def call(client: BaseClient, name: str, parameters: Json) -> Any:  # noqa: ANN401 - botocore's
        principal = current_principal()
        ours = principal is not None and principal.name == function
        with lock:
            first = ours and name == operation and not met.is_set() and matches(parameters)
            if first:
                met.set()
        if not first:
            return make(client, name, parameters)
        try:
            return around(lambda: make(client, name, parameters))
        finally:
            done.set()

    with patch.object(BaseClient, "_make_api_call", call):
        yield done
    assert met.is_set(), f"{function} made no such {operation}"


def as_operator(do: Callable[[], object]) -> None:
    """Do something in a function's thread that the function itself does not do."""
    with acting_as(None):
        do()


class Sleeper:
    """A worker that sleeps before one of its calls until it is woken: `reached`, then `wake`."""

    def __init__(self) -> None:
        self._there, self._go = threading.Event(), threading.Event()

    def sleep(self) -> None:
        """Sleep here."""
        self._there.set()
        assert self._go.wait(120), "nobody woke the sleeper"

    def around(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - botocore's
        """Sleep before an AWS call."""
        self.sleep()
        return call()

    def reached(self) -> None:
        """Wait until it sleeps."""
        assert self._there.wait(60), "the worker never came to where it should sleep"

    def wake(self) -> None:
        """Let it go on."""
        self._go.set()
