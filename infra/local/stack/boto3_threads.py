"""Makes boto3's default session safe for functions that run side by side.

In Lambda each invocation has a process to itself, so a handler may call `boto3.client` when it likes. Here they share
one process and one default session, whose set-up is not safe in threads: one at a time, then.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let only one thread make a client or resource from the default session at a time."""
    making = threading.RLock()

    def guarded(make: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - boto3's signature
            with making:
                return make(*args, **kwargs)

        return call

    with (
        patch.object(boto3, "client", guarded(boto3.client)),
        patch.object(boto3, "resource", guarded(boto3.resource)),
    ):
        yield
