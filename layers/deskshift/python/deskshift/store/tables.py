"""Bind PynamoDB models to the tables of this stack; names come from the environment, so they are bound when used."""

from functools import lru_cache
from typing import TypeVar, cast

from botocore.exceptions import ClientError
from pynamodb.connection import Connection
from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.models import Model

M = TypeVar("M", bound=Model)

_CONDITION = "ConditionalCheckFailedException"
_CANCELLED = "TransactionCanceledException"
_BY_OTHERS = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_CONNECT_SECONDS = 1
_READ_SECONDS = 3


@lru_cache(maxsize=32)
def _bound(model: type[Model], table: str, region: str) -> type[Model]:
    # PynamoDB's own timeouts are a minute long: a function would die of its own before it hears of one.
    meta = type(
        "Meta",
        (),
        {
            "table_name": table,
            "region": region,
            "connect_timeout_seconds": _CONNECT_SECONDS,
            "read_timeout_seconds": _READ_SECONDS,
        },
    )
    return type(model.__name__, (model,), {"Meta": meta})


def refused_by_condition(error: PynamoDBException) -> bool:
    """Say whether a write failed because its condition did not hold.

    PynamoDB's own `cause_response_code` cannot be asked where the answer was lost: then there is no response.
    """
    cause = error.cause
    return isinstance(cause, ClientError) and cause.response["Error"]["Code"] == _CONDITION


def bound(model: type[M], table: str, region: str) -> type[M]:
    """Give the model for one table of one region."""
    return cast("type[M]", _bound(model, table, region))


def connection(region: str) -> Connection:
    """Open what transactions of one region are written through."""
    return Connection(region=region, connect_timeout_seconds=_CONNECT_SECONDS, read_timeout_seconds=_READ_SECONDS)


def cancelled_by_others(error: TransactWriteError) -> bool:
    """Say whether a transaction was cancelled because of what others have written, or are writing.

    A conflict (another transaction was at the same items) is no other outcome than a condition that does not hold: look
    again. What was throttled, or too large, is neither.
    """
    cause = error.cause
    if not isinstance(cause, ClientError) or cause.response["Error"]["Code"] != _CANCELLED:
        return False
    reasons = {reason.code for reason in error.cancellation_reasons if reason is not None}
    return reasons <= _BY_OTHERS
