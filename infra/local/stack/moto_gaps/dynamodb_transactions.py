"""TransactWriteItems touches its items; moto first copies every table that it touches, in case it must be undone.

With a few thousand items one transaction takes longer than a second. Here only the items are kept. Needs service_locks:
nothing else may write meanwhile.
"""

from __future__ import annotations

import contextlib
import copy
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def mend() -> Iterator[None]:
    """Undo a cancelled transaction item by item."""
    transact = DynamoDBBackend.transact_write_items

    def transact_write_items(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        before = [_kept(backend, operation) for item in transact_items for operation in item.values()]
        try:
            with patch.object(Table, "__deepcopy__", lambda table, _memo: table, create=True):
                transact(backend, transact_items)
        except Exception:
            for kept in before:
                if kept is not None:
                    kept.put_back()
            raise

    with patch.object(DynamoDBBackend, "transact_write_items", transact_write_items):
        yield


class _Kept:
    """One item as it was, or its absence."""

    def __init__(self, table: Table, hash_key: DynamoType, range_key: DynamoType | None) -> None:
        self._table, self._hash_key, self._range_key = table, hash_key, range_key
        self._item: Item | None = copy.deepcopy(table.get_item(hash_key, range_key))

    def put_back(self) -> None:
        if self._item is None:
            self._table.delete_item(self._hash_key, self._range_key)
        elif self._range_key is not None:
            self._table.items[self._hash_key][self._range_key] = self._item
        else:
            self._table.items[self._hash_key] = self._item  # type: ignore[assignment] # moto keeps either there


def _kept(backend: DynamoDBBackend, operation: dict[str, Any]) -> _Kept | None:
    table = backend.tables.get(operation.get("TableName", ""))
    if table is None:  # moto raises the error for it
        return None
    key = operation.get("Key") or operation.get("Item") or {}
    if table.hash_key_attr not in key or (table.range_key_attr is not None and table.range_key_attr not in key):
        return None
    range_key = DynamoType(key[table.range_key_attr]) if table.range_key_attr is not None else None
    return _Kept(table, DynamoType(key[table.hash_key_attr]), range_key)
