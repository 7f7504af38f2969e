"""A small template of its own, so that the stack is tested without the product."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from infra.local.stack import LocalStack

FIXTURES = Path(__file__).parent / "fixtures"
SECONDS = 20.0
RunMachine = Callable[..., Any]


@pytest.fixture(scope="module")
def fixture_stack() -> Iterator[LocalStack]:
    with LocalStack.deploy(FIXTURES / "template.yaml", stack_name=fresh_name(), visibility_seconds=0) as stack:
        yield stack


@pytest.fixture
def records(fixture_stack: LocalStack) -> Callable[[], list[dict[str, Any]]]:
    """Give a function that lists what the queues' functions wrote down."""

    def read() -> list[dict[str, Any]]:
        items = fixture_stack.client("dynamodb").scan(TableName=fixture_stack.physical_id("RecordsTable"))["Items"]
        return [json.loads(item["record"]["S"]) for item in items if "record" in item]

    return read


@pytest.fixture
def run_machine(fixture_stack: LocalStack) -> RunMachine:
    """Give a function that runs a definition with the fixture machine's role and describes the execution."""

    def run(definition: dict[str, Any], execution_input: object = None, *, wait: bool = True) -> Any:  # noqa: ANN401 - JSON
        client = fixture_stack.client("stepfunctions")
        role = client.describe_state_machine(stateMachineArn=fixture_stack.physical_id("Machine"))["roleArn"]
        text = json.dumps(definition).replace("PROBE", fixture_stack.arn("ProbeFunction"))
        text = text.replace("BEGIN", fixture_stack.arn("BeginFunction"))
        machine = client.create_state_machine(name=f"m{uuid4()}", definition=text, roleArn=role)["stateMachineArn"]
        arn = client.start_execution(stateMachineArn=machine, input=json.dumps(execution_input or {}))["executionArn"]
        return fixture_stack.wait_for(arn, SECONDS) if wait else arn

    return run


def probe_task(payload: dict[str, Any], **fields: object) -> dict[str, Any]:
    """Make a definition of one task that invokes the probe."""
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": "PROBE", "Payload": payload},
        "OutputPath": "$.Payload",
        "End": True,
    }
    return {"StartAt": "Only", "States": {"Only": {**task, **fields}}}


def fresh_name() -> str:
    """Make a name for a stack that is opened while others of this process are open."""
    return f"t{uuid4().hex[:8]}"
