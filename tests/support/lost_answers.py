"""Answers of DynamoDB that moto does not give: one that is lost, and a transaction that is cancelled."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError


@contextmanager
def answer_lost(operation: str, meanwhile: Callable[[], object] | None = None) -> Iterator[list[str]]:
    """Carry out the first call of `operation` twice; the caller hears of the second alone.

    Yields:
        The operations that were carried out twice.
    """
    make = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001 - private, and where every call passes
    twice: list[str] = []

    def call(client: BaseClient, name: str, parameters: dict[str, Any]) -> Any:  # noqa: ANN401 - botocore's
        if name == operation and not twice:
            twice.append(name)
            make(client, name, dict(parameters))
            if meanwhile is not None:
                meanwhile()
        return make(client, name, parameters)

    with patch.object(BaseClient, "_make_api_call", call):
        yield twice


@contextmanager
def cancelled(reasons: list[str]) -> Iterator[None]:
    """Cancel every transaction for these reasons, one for each of its items."""
    make = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001 - as above

    def call(client: BaseClient, name: str, parameters: dict[str, Any]) -> Any:  # noqa: ANN401 - botocore's
        if name != "TransactWriteItems":
            return make(client, name, parameters)
        error: Any = {
            "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
            "CancellationReasons": [{"Code": reason} for reason in reasons],
        }
        raise ClientError(error, name)

    with patch.object(BaseClient, "_make_api_call", call):
        yield
