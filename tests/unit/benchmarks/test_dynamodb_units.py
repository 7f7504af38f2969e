from fractions import Fraction
from typing import Any

import pytest

from tests.benchmarks.dynamodb_units import item_size, read_units, write_units
from tests.benchmarks.meter import Meter, Spent

SMALL = {"k": {"S": "a"}}


def item(size: int) -> dict[str, Any]:
    """Make an item of so many bytes."""
    return {"k": {"S": "x" * (size - 1)}}


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "né"}, 3),
        ({"N": "7"}, 2),
        ({"N": "-123456"}, 4),
        ({"N": "100"}, 2),  # zeros at the ends are not kept
        ({"B": bytes(32)}, 32),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"L": [{"S": "ab"}, {"N": "1"}]}, 3 + 3 + 3),
        ({"M": {"key": {"S": "ab"}}}, 3 + 1 + 5),
        ({"SS": ["ab", "c"]}, 3),
    ],
)
def test_an_items_size_is_that_of_names_and_values(value: dict[str, Any], size: int) -> None:
    assert item_size({"attr": value}) == 4 + size


@pytest.mark.parametrize(("size", "units"), [(2, 1), (1024, 1), (1025, 2), (4096, 4)])
def test_a_write_is_rounded_up_to_kilobytes(size: int, units: int) -> None:
    assert write_units("PutItem", {"TableName": "t", "Item": item(size)}) == units


def test_a_batch_rounds_each_item_and_a_transaction_costs_twice() -> None:
    requests = [{"PutRequest": {"Item": item(1025)}}, {"DeleteRequest": {"Key": SMALL}}]
    assert write_units("BatchWriteItem", {"RequestItems": {"t": requests}}) == 2 + 1
    actions = [{"Put": {"TableName": "t", "Item": item(1025)}}, {"ConditionCheck": {"TableName": "t"}}]
    assert write_units("TransactWriteItems", {"TransactItems": actions}) == 2 * (2 + 1)


def test_updates_and_deletions_write_and_reads_do_not() -> None:
    assert write_units("UpdateItem", {"Key": SMALL, "ExpressionAttributeValues": {":v": {"N": "1"}}}) == 1
    assert write_units("DeleteItem", {"Key": SMALL}) == 1
    assert write_units("Query", {}) == 0


@pytest.mark.parametrize(
    ("answered", "consistent", "units"),
    [({"Item": item(4096)}, True, 1), ({"Item": item(4097)}, True, 2), ({"Item": item(10)}, False, 0.5), ({}, True, 1)],
)
def test_a_read_is_rounded_up_to_four_kilobytes(answered: dict[str, Any], consistent: bool, units: float) -> None:  # noqa: FBT001 - a parameter
    assert read_units("GetItem", {"ConsistentRead": consistent}, answered) == Fraction(units)


def test_a_batch_read_costs_for_what_is_not_there_too() -> None:
    asked = {"RequestItems": {"t": {"Keys": [SMALL] * 5, "ConsistentRead": True}}}
    assert read_units("BatchGetItem", asked, {"Responses": {"t": [item(10), item(5000)]}}) == 1 + 2 + 3


def test_a_query_is_rounded_as_a_whole_and_costs_what_its_filter_drops() -> None:
    found = {"Items": [item(2000)] * 2, "Count": 2, "ScannedCount": 5}
    assert read_units("Query", {"ConsistentRead": True}, found) == 3  # 10,000 bytes
    assert read_units("Query", {"ConsistentRead": True}, {"Items": [], "Count": 0}) == 1
    assert read_units("Query", {"ConsistentRead": True}, None) == 0


def test_an_index_of_keys_is_written_when_an_item_comes_and_goes() -> None:
    meter = Meter({"moves": "activity"})
    key = {"account_id": {"S": "a"}, "item": {"S": "move#1"}}
    active = {**key, "activity": {"S": "active"}}
    for one in (active, active, key, key):
        meter.take("dynamodb", "PutItem", {"TableName": "moves", "Item": one}, {})
    assert meter.metered(0, 0).write_units == 4 + 2


def test_calls_are_counted_by_what_they_are_billed_as() -> None:
    meter = Meter({})
    for service, operation in (
        ("s3", "PutObject"),
        ("s3", "GetObject"),
        ("s3", "DeleteObjects"),
        ("secretsmanager", "GetSecretValue"),
        ("stepfunctions", "SendTaskSuccess"),
    ):
        meter.take(service, operation, {}, {})
    metered = meter.metered(transitions=7, invocations=3)
    assert (metered.s3_writes, metered.s3_reads, metered.secret_reads) == (1, 1, 1)
    assert (metered.transitions, metered.invocations, metered.write_units, metered.read_units) == (7, 3, 0, 0)


def test_what_is_billed_is_the_waiting_and_the_cpu_at_its_share() -> None:
    spent = Spent(function="f", memory_mb=512, wall=9.0, cpu=0.1, aws_calls=10, aws_calls_at_once=80, paced=2.0)
    assert spent.billed_seconds == pytest.approx(2.0 + (10 + 80 / 8) * 0.01 + 0.1 * 1769 / 512)
