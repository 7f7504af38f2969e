from typing import Any

import pytest

from infra.local.stack.events import matches

EVENT = {"source": "aws.states", "detail": {"status": "FAILED", "name": "move-1"}}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({}, True),
        ({"source": ["aws.states", "other"]}, True),
        ({"source": ["other"]}, False),
        ({"detail": {"status": ["FAILED"]}}, True),
        ({"detail": {"status": ["ABORTED"]}}, False),
        ({"detail": {"missing": ["x"]}}, False),
        ({"nothing": {"status": ["FAILED"]}}, False),
        ({"detail": {"name": [{"prefix": "move-"}]}}, True),
        ({"detail": {"name": [{"prefix": "other"}]}}, False),
        ({"detail": {"status": [{"anything-but": "FAILED"}]}}, False),
        ({"detail": {"status": [{"anything-but": ["SUCCEEDED"]}]}}, True),
    ],
)
def test_patterns(pattern: dict[str, Any], *, expected: bool) -> None:
    assert matches(pattern, EVENT) is expected


def test_an_unknown_test_is_an_error() -> None:
    with pytest.raises(ValueError, match="numeric"):
        matches({"source": [{"numeric": [">", 1]}]}, EVENT)
