"""The calls of functions that change AWS or the vendor, seen as they are made: the places where a run can be killed.

They are found by recording: whatever a function sends through botocore or urllib3 passes here, and what is not known to
only read counts as a change.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from botocore.client import BaseClient
from urllib3.connectionpool import HTTPConnectionPool

from infra.local.stack.principal import Principal, current_principal
from tests.support.looking import READING_POSTS

READING_OPERATIONS = ("Get", "BatchGet", "Query", "Scan", "List", "Describe", "Head", "Receive", "Encrypt", "Decrypt")


@dataclass(frozen=True)
class Call:
    """One changing call: its number in the run (from 0), the invocation that makes it, what it does, and with what.

    `given` are the parameters of a call to AWS; of one to the vendor they are left out.
    """

    number: int
    invocation: Principal
    what: str
    given: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def function(self) -> str:
        """The function's name."""
        return self.invocation.name

    def __str__(self) -> str:
        return f"call {self.number}, {self.what} by {self.function}"


Make = Callable[[], Any]
Around = Callable[[Call, Make], Any]
"""Is given each changing call and what makes it; decides whether and how often it is made, and gives its answer."""


def as_it_is(_call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
    """Make the call and do nothing else."""
    return make()


@contextmanager
def seen(around: Around) -> Iterator[None]:
    """Let every changing call inside the block go through `around`, one number after the other."""
    numbers = _Numbers()
    make_call, urlopen = BaseClient._make_api_call, HTTPConnectionPool.urlopen  # type: ignore[attr-defined] # noqa: SLF001 - botocore's one way for every call

    def make_api_call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:  # noqa: ANN401 - botocore's
        def make() -> Any:  # noqa: ANN401 - botocore's
            return make_call(client, operation, dict(parameters))  # botocore makes a stream of a body, to be read once

        principal = current_principal()
        if principal is None or operation.startswith(READING_OPERATIONS):
            return make()
        service = client.meta.service_model.service_name
        return around(numbers.call(principal, f"{service}:{operation}", parameters), make)

    def open_url(pool: HTTPConnectionPool, method: str, url: str, *rest: Any, **named: Any) -> Any:  # noqa: ANN401 - urllib3's
        def make() -> Any:  # noqa: ANN401 - urllib3's
            return urlopen(pool, method, url, *rest, **named)

        principal, what = current_principal(), f"{method} {urlsplit(url).path}"
        if principal is None or method == "GET" or what in READING_POSTS:
            return make()
        return around(numbers.call(principal, what, {}), make)

    with (
        patch.object(BaseClient, "_make_api_call", make_api_call),
        patch.object(HTTPConnectionPool, "urlopen", open_url),
    ):
        yield


class _Numbers:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0

    def call(self, principal: Principal, what: str, given: Mapping[str, Any]) -> Call:
        with self._lock:
            number, self._next = self._next, self._next + 1
        return Call(number, principal, what, given)
