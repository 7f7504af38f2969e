import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.stack import LocalStack

from .conftest import FIXTURES, SECONDS, fresh_name


@pytest.fixture
def stack() -> Iterator[LocalStack]:
    with LocalStack.deploy(FIXTURES / "template.yaml", stack_name=fresh_name()) as deployed:
        yield deployed


def events(stack: LocalStack) -> list[dict[str, Any]]:
    return list(stack.invoke("watch", {"list": True}))


def test_an_aborted_execution_is_told(stack: LocalStack) -> None:
    given = {"answer": "later", "manifest_key": "none", "number": 1}
    arn = stack.start_execution("Machine", given, name="aborted")
    stack.stop_execution(arn, error="Cancelled")
    stack.drain(SECONDS)
    (event,) = events(stack)
    assert (event["source"], event["detail-type"]) == ("aws.states", "Step Functions Execution Status Change")
    assert event["resources"] == [arn]
    detail = event["detail"]
    assert (detail["executionArn"], detail["stateMachineArn"]) == (arn, stack.arn("Machine"))
    assert (detail["name"], detail["status"], detail["error"]) == ("aborted", "ABORTED", "Cancelled")
    assert json.loads(detail["input"]) == given
    assert detail["stopDate"] >= detail["startDate"] > 1_600_000_000_000


def test_a_failed_execution_is_told(stack: LocalStack) -> None:
    stack.start_execution("Machine", {"answer": "at once", "manifest_key": "moves/none", "number": 1})
    stack.drain(SECONDS)
    assert [event["detail"]["status"] for event in events(stack)] == ["FAILED"]


def test_a_succeeded_execution_is_not_told_as_no_rule_wants_it(stack: LocalStack) -> None:
    stack.client("s3").put_object(Bucket=stack.physical_id("Bucket"), Key="moves/m", Body=b"[]")
    arn = stack.start_execution("Machine", {"answer": "at once", "manifest_key": "moves/m", "number": 1})
    assert stack.wait_for(arn, SECONDS)["status"] == "SUCCEEDED"
    stack.drain(SECONDS)
    assert events(stack) == []


def test_large_input_is_left_out_of_the_event(stack: LocalStack) -> None:
    given = {"answer": "at once", "manifest_key": "moves/none", "number": 1, "large": "x" * 250 * 1024}
    stack.start_execution("Machine", given)
    stack.drain(SECONDS)
    (event,) = events(stack)
    assert (event["detail"]["input"], event["detail"]["inputDetails"]) == (None, {"included": False})


def test_a_schedule_fires_when_asked_and_is_tried_three_times(stack: LocalStack) -> None:
    assert stack.fire_schedule("WatchFunction") == 1
    assert stack.fire_schedule("probe") == 0
    stack.drain(SECONDS)
    assert [event["detail-type"] for event in events(stack)] == ["Scheduled Event"] * 3
    assert [(crash.function, crash.error_type) for crash in stack.crashes] == [("watch", "RuntimeError")] * 3
