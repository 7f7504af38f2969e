"""AWS serves an HTTP API at the address that the stack's outputs name; on moto nothing is there.

http_api.py serves it on this machine. Whoever takes its address from the outputs, as every command for a deployed stack
does, gets the one that answers.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from moto.cloudformation.models import Stack

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


@contextlib.contextmanager
def mend(apis: Collection[str], region: str, url: str) -> Iterator[None]:
    """Let outputs name the address that serves.

    Args:
        apis: the physical ids of a stack's HTTP APIs.
        region: where the stack is.
        url: where they are served.
    """
    moto_outputs = Stack.outputs
    addresses = [f"https://{api}.execute-api.{region}.amazonaws.com" for api in apis]

    def outputs(stack: Stack) -> list[dict[str, Any]] | None:
        found = moto_outputs.__get__(stack)
        return found and [{**one, "OutputValue": served(one["OutputValue"])} for one in found]

    def served(value: object) -> object:
        for address in addresses if isinstance(value, str) else ():
            value = str(value).replace(address, url)
        return value

    with patch.object(Stack, "outputs", property(outputs)):
        yield
