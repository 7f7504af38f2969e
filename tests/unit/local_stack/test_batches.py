import json
from typing import Any

import pytest

from infra.local.stack.invocation import Outcome
from infra.local.stack.polling import failed_messages

BATCH: Any = [{"MessageId": "a"}, {"MessageId": "b"}]


def failures(*ids: object) -> dict[str, object]:
    return {"batchItemFailures": [{"itemIdentifier": one} for one in ids]}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": None}, set()),
        (failures("b"), {"b"}),
        (failures("a", "b"), {"a", "b"}),
        (failures("unknown"), {"a", "b"}),
        (failures(""), {"a", "b"}),
        (failures(None), {"a", "b"}),
        ({"batchItemFailures": [{"wrongName": "a"}]}, {"a", "b"}),
        ({"batchItemFailures": ["a"]}, {"a", "b"}),
        ("text", {"a", "b"}),
    ],
)
def test_partial_failures(answer: object, expected: set[str]) -> None:
    outcome = Outcome(json.dumps(answer).encode())
    assert failed_messages(BATCH, outcome, partial_failures=True) == expected


def test_an_error_fails_the_batch() -> None:
    assert failed_messages(BATCH, Outcome(b"{}", "ValueError"), partial_failures=True) == {"a", "b"}


def test_without_partial_failures_the_answer_does_not_matter() -> None:
    assert failed_messages(BATCH, Outcome(json.dumps(failures("a")).encode()), partial_failures=False) == set()
