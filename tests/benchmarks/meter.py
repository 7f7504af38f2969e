"""Meters what one move uses of AWS, call by call."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import msgspec

from tests.benchmarks.dynamodb_units import read_units, write_units

if TYPE_CHECKING:
    from collections.abc import Mapping

_S3_WRITES = frozenset({"PutObject", "CopyObject", "ListObjectsV2", "ListObjects"})
_S3_READS = frozenset({"GetObject", "HeadObject"})
_CPU_OF_MEMORY = 1769
"""Megabytes of memory at which a function has one whole processor (docs.aws.amazon.com/lambda, 'Memory')."""
AWS_SECONDS = 0.010
"""What one AWS call is taken to last: the local stack's calls last as long as moto takes, which says nothing."""
AT_ONCE = 8
"""How many of the id map's writes go at once (store/id_map.py)."""


class Spent(msgspec.Struct, kw_only=True):
    """What one invocation spent, apart from waiting for AWS and the platform."""

    function: str
    memory_mb: int
    wall: float
    cpu: float
    """Seconds of this process's CPU outside AWS calls."""
    aws_calls: int
    aws_calls_at_once: int
    paced: float
    """Seconds that the pace of its calls to the platform asks for."""

    @property
    def billed_seconds(self) -> float:
        """Reckon how long it lasts on AWS: what it waits for its pace and for AWS, and its CPU at its share of one."""
        waiting = (self.aws_calls + self.aws_calls_at_once / AT_ONCE) * AWS_SECONDS
        return self.paced + waiting + self.cpu * max(1.0, _CPU_OF_MEMORY / self.memory_mb)


class Metered(msgspec.Struct, kw_only=True):
    """What a whole move used."""

    write_units: int = 0
    read_units: float = 0.0
    s3_writes: int = 0
    s3_reads: int = 0
    secret_reads: int = 0
    transitions: int = 0
    invocations: int = 0
    written: dict[str, int] = msgspec.field(default_factory=dict)
    """Write units by table."""


class Meter:
    """Takes every AWS call of a process; `metered` is what it came to.

    Args:
        indexed: table -> the attribute that puts its items into an index of keys alone. Such an index is written when
            an item comes into it or leaves it, a unit each time.
    """

    def __init__(self, indexed: Mapping[str, str]) -> None:
        self._indexed = indexed
        self._in_index: set[str] = set()
        self._read = Fraction(0)
        self._written: Counter[str] = Counter()
        self._operations: Counter[tuple[str, str]] = Counter()

    def take(self, service: str, operation: str, given: dict[str, Any], answer: dict[str, Any] | None) -> None:
        """Count one call; `answer` is None if it failed."""
        self._operations[service, operation] += 1
        if service != "dynamodb":
            return
        units = write_units(operation, given) + self._index_units(operation, given)
        if units:
            table = given.get("TableName") or next(iter(given.get("RequestItems", {"": None})))
            self._written[str(table)] += units
        self._read += read_units(operation, given, answer)

    def _index_units(self, operation: str, given: Mapping[str, Any]) -> int:
        attribute = self._indexed.get(str(given.get("TableName")))
        if operation != "PutItem" or attribute is None:
            return 0
        item = given["Item"]
        key = str(sorted((name, value) for name, value in item.items() if name in {"account_id", "item"}))
        if (attribute in item) == (key in self._in_index):
            return 0
        self._in_index ^= {key}
        return 1

    def metered(self, transitions: int, invocations: int) -> Metered:
        """Give what was counted."""
        count = self._operations

        def of(service: str, operations: frozenset[str]) -> int:
            return sum(count[service, operation] for operation in operations)

        return Metered(
            write_units=self._written.total(),
            read_units=float(self._read),
            s3_writes=of("s3", _S3_WRITES),
            s3_reads=of("s3", _S3_READS),
            secret_reads=count["secretsmanager", "GetSecretValue"],
            transitions=transitions,
            invocations=invocations,
            written=dict(self._written),
        )
