"""Counts DynamoDB's request units from what is sent and answered, as AWS bills them.

A write unit is 1 KB of an item, a read unit 4 KB; each item is rounded up by itself, a query as a whole. An eventually
consistent read is half as dear, a transaction twice. A write whose condition fails costs the same. A batch read costs a
unit also for a key that is not there. Writes to an index are counted where they happen (meter.py).

What an item was before a write is not known here: it is taken to be no larger than what is written, and an item that is
deleted or updated to be smaller than 1 KB (those of deskshift are). Sources: docs.aws.amazon.com/amazondynamodb/latest/
developerguide/read-write-operations.html, CapacityUnitCalculations.html, GSI.html (as of November 2026).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

WRITE_BYTES = 1024
READ_BYTES = 4096
_IN_TRANSACTION = 2
_CONTAINER = 3

Item = dict[str, dict[str, Any]]


def item_size(item: Mapping[str, Mapping[str, Any]]) -> int:
    """Reckon an item's size in bytes: names and values, as AWS counts them."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:  # noqa: PLR0911 - one for each type that there is
    ((kind, held),) = value.items()
    match kind:
        case "S":
            return len(str(held).encode())
        case "N":
            # About one byte for two significant digits, and one more.
            return (len(str(held).lstrip("-").replace(".", "").strip("0")) + 1) // 2 + 1
        case "B":
            return len(bytes(held))
        case "L":
            return _CONTAINER + sum(1 + _value_size(each) for each in held)
        case "M":
            return _CONTAINER + len(held) + item_size(held)
        case "SS" | "NS" | "BS":
            return sum(len(each) for each in held)
        case _:
            return 1  # BOOL and NULL


def write_units(operation: str, given: Mapping[str, Any]) -> int:
    """Give the write units of one call; 0 if it writes nothing."""
    match operation:
        case "PutItem":
            return _written(given["Item"])
        case "DeleteItem":
            return 1
        case "UpdateItem":
            return _written({**given["Key"], **given.get("ExpressionAttributeValues", {})})
        case "BatchWriteItem":
            return sum(
                _written(request["PutRequest"]["Item"]) if "PutRequest" in request else 1
                for requests in given["RequestItems"].values()
                for request in requests
            )
        case "TransactWriteItems":
            kinds = {"Put": "PutItem", "Delete": "DeleteItem", "Update": "UpdateItem"}
            return _IN_TRANSACTION * sum(
                write_units(kinds[kind], entry) if kind in kinds else 1
                for action in given["TransactItems"]
                for kind, entry in action.items()
            )
        case _:
            return 0


def read_units(operation: str, given: Mapping[str, Any], answer: Mapping[str, Any] | None) -> Fraction:
    """Give the read units of one call; 0 if it reads nothing or was not answered."""
    if answer is None:
        return Fraction(0)
    match operation:
        case "GetItem":
            return _read(item_size(answer.get("Item", {})), consistent=given.get("ConsistentRead", False))
        case "BatchGetItem":
            return sum(
                (
                    _batch_read(keys, answer["Responses"].get(table, []))
                    for table, keys in given["RequestItems"].items()
                ),
                Fraction(0),
            )
        case "Query" | "Scan":
            size = sum(item_size(item) for item in answer.get("Items", []))
            if answer.get("Count"):
                # What a filter drops was read all the same.
                size = size * answer.get("ScannedCount", answer["Count"]) // answer["Count"]
            return _read(size, consistent=given.get("ConsistentRead", False))
        case _:
            return Fraction(0)


def _batch_read(keys: Mapping[str, Any], items: list[Item]) -> Fraction:
    consistent = bool(keys.get("ConsistentRead", False))
    absent = len(keys["Keys"]) - len(items)
    found = sum((_read(item_size(item), consistent=consistent) for item in items), Fraction(0))
    return found + absent * _read(0, consistent=consistent)


def _written(item: Mapping[str, Mapping[str, Any]]) -> int:
    return max(1, -(-item_size(item) // WRITE_BYTES))


def _read(size: int, *, consistent: bool) -> Fraction:
    units = max(1, -(-size // READ_BYTES))
    return Fraction(units) if consistent else Fraction(units, 2)
