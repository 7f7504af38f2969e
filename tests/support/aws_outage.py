"""A service of AWS that does not answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError


@contextmanager
def outage(service: str, *operations: str) -> Iterator[list[str]]:
    """Let these operations of a service fail inside the block; yields those that were called."""
    make = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001 - private, and where every call passes
    called: list[str] = []

    def call(client: BaseClient, name: str, parameters: dict[str, Any]) -> Any:  # noqa: ANN401 - botocore's
        if client.meta.service_model.service_name == service and name in operations:
            called.append(name)
            raise ClientError({"Error": {"Code": "KMSInternalException", "Message": "canary: not for the log"}}, name)
        return make(client, name, parameters)

    with patch.object(BaseClient, "_make_api_call", call):
        yield called
