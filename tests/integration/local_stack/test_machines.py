import datetime as dt
import json
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from infra.local.stack import LocalStack
from infra.local.stack.errors import NotFinished

from .conftest import FIXTURES, SECONDS, RunMachine, fresh_name, probe_task

if TYPE_CHECKING:
    from collections.abc import Callable

ALL = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Caught"}]


def put_manifest(stack: LocalStack, parts: object, key: str = "moves/manifest") -> str:
    body = parts if isinstance(parts, bytes) else json.dumps(parts).encode()
    stack.client("s3").put_object(Bucket=stack.physical_id("Bucket"), Key=key, Body=body)
    return key


def start(stack: LocalStack, parts: object, *, answer: str = "at once") -> str:
    key = put_manifest(stack, parts)
    return stack.start_execution("Machine", {"answer": answer, "manifest_key": key, "number": 3})


def start_waiting(stack: LocalStack) -> tuple[str, str]:
    """Start an execution and wait until its task waits for its token; gives ARN and token."""
    before = len(stack.invoke("begin", {"tokens": True}))
    arn = start(stack, [], answer="later")
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        tokens = stack.invoke("begin", {"tokens": True})
        if len(tokens) > before:
            return arn, str(tokens[-1])
        time.sleep(0.01)
    raise AssertionError("no token was given out")


def test_the_templates_machine_runs_to_its_end(fixture_stack: LocalStack) -> None:
    arn = start(fixture_stack, [{"refuse": False}] * 25)
    execution = fixture_stack.wait_for(arn, SECONDS)
    assert execution["status"] == "SUCCEEDED"
    output = json.loads(execution["output"])
    assert output["begun"] == {"outcome": "begun"}  # sent while the function that got the token still ran
    assert output["parts"] == [{"number": 3}] * 25
    assert arn in fixture_stack.executions("Machine")


def test_a_map_over_nothing_succeeds(fixture_stack: LocalStack) -> None:
    execution = fixture_stack.wait_for(start(fixture_stack, []), SECONDS)
    assert json.loads(execution["output"])["parts"] == []


def test_a_failed_child_fails_the_map(fixture_stack: LocalStack) -> None:
    execution = fixture_stack.wait_for(start(fixture_stack, [{"refuse": n == 1} for n in range(6)]), SECONDS)
    assert (execution["status"], execution["error"]) == ("FAILED", "PartsRefused")
    assert execution["cause"] == "States.ExceedToleratedFailureThreshold"


@pytest.mark.parametrize("manifest", [b"not json", b'{"an": "object"}'])
def test_a_manifest_that_cannot_be_read_can_be_caught(fixture_stack: LocalStack, manifest: bytes) -> None:
    execution = fixture_stack.wait_for(start(fixture_stack, manifest), SECONDS)
    assert (execution["status"], execution["cause"]) == ("FAILED", "States.ItemReaderFailed")


def test_a_missing_manifest_can_be_caught(fixture_stack: LocalStack) -> None:
    given = {"answer": "at once", "manifest_key": "moves/none", "number": 1}
    execution = fixture_stack.wait_for(fixture_stack.start_execution("Machine", given), SECONDS)
    assert execution["cause"] == "States.ItemReaderFailed"


def test_many_children_share_their_clients(fixture_stack: LocalStack) -> None:
    with LocalStack.deploy(FIXTURES / "template.yaml", {"ImportConcurrency": "16"}, stack_name=fresh_name()) as stack:
        execution = stack.wait_for(start(stack, [{"refuse": False}] * 400), 60)
        assert execution["status"] == "SUCCEEDED"
        assert stack.invocations["probe"] == 400


def test_retries_do_not_wait(fixture_stack: LocalStack, run_machine: RunMachine) -> None:
    fixture_stack.invoke("probe", {"do": "clear"})
    retry = [{"ErrorEquals": ["VendorUnavailable"], "IntervalSeconds": 3600, "MaxAttempts": 5, "BackoffRate": 2.0}]
    execution = run_machine(probe_task({"do": "fail", "times": 3}, Retry=retry))
    assert json.loads(execution["output"]) == {"attempts": 4}


def test_retries_end_and_the_error_is_caught_by_its_class(fixture_stack: LocalStack, run_machine: RunMachine) -> None:
    fixture_stack.invoke("probe", {"do": "clear"})
    definition = probe_task(
        {"do": "fail", "times": 99},
        Retry=[{"ErrorEquals": ["VendorUnavailable"], "MaxAttempts": 2}],
        Catch=[{"ErrorEquals": ["VendorUnavailable"], "ResultPath": "$.error", "Next": "Caught"}],
    )
    definition["States"]["Caught"] = {"Type": "Pass", "End": True}
    execution = run_machine(definition)
    error = json.loads(execution["output"])["error"]
    assert error["Error"] == "VendorUnavailable"
    assert json.loads(error["Cause"])["errorMessage"] == "busy"
    assert len(fixture_stack.invoke("probe", {"do": "calls"})) == 3


@pytest.mark.parametrize(
    "moment", ["2999-01-01T00:00:00Z", "2999-01-01T00:00:00.250Z", "2999-01-01T01:00:00+01:00", "2001-01-01T00:00:00Z"]
)
def test_a_wait_for_a_timestamp_is_skipped(run_machine: RunMachine, moment: str) -> None:
    wait = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "TimestampPath": "$.at", "End": True}}}
    assert run_machine(wait, {"at": moment})["status"] == "SUCCEEDED"


def test_a_wait_for_what_is_no_timestamp_fails(run_machine: RunMachine) -> None:
    wait = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "TimestampPath": "$.at", "End": True}}}
    assert run_machine(wait, {"at": "tomorrow"})["error"] == "States.Runtime"


def test_a_wait_for_a_timestamp_is_exact_when_not_skipped() -> None:
    with LocalStack.deploy(FIXTURES / "template.yaml", stack_name=fresh_name(), skip_timestamp_waits=False) as stack:
        client = stack.client("stepfunctions")
        role = client.describe_state_machine(stateMachineArn=stack.physical_id("Machine"))["roleArn"]
        wait = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "TimestampPath": "$.at", "End": True}}}
        machine = client.create_state_machine(name="wait", definition=json.dumps(wait), roleArn=role)
        at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=0.7)
        arn = client.start_execution(
            stateMachineArn=machine["stateMachineArn"], input=json.dumps({"at": at.isoformat()})
        )
        stack.wait_for(arn["executionArn"], SECONDS)
        assert dt.datetime.now(dt.UTC) >= at


def test_a_waiting_task_is_stopped_at_once(fixture_stack: LocalStack) -> None:
    arn, _ = start_waiting(fixture_stack)
    fixture_stack.stop_execution(arn, error="Cancelled", cause="by a person")
    execution = fixture_stack.wait_for(arn, SECONDS)
    assert (execution["status"], execution["error"], execution["cause"]) == ("ABORTED", "Cancelled", "by a person")
    fixture_stack.drain(SECONDS)
    assert fixture_stack.execution(arn)["status"] == "ABORTED"  # and what the task's thread says later changes nothing


def test_an_execution_is_stopped_right_after_its_start(fixture_stack: LocalStack) -> None:
    for _ in range(5):
        arn = start(fixture_stack, [], answer="later")
        fixture_stack.stop_execution(arn)
        assert fixture_stack.wait_for(arn, SECONDS)["status"] == "ABORTED"


def test_closing_the_stack_does_not_wait_for_executions() -> None:
    with LocalStack.deploy(FIXTURES / "template.yaml", stack_name=fresh_name()) as stack:
        start(stack, [], answer="later")
        with pytest.raises(NotFinished, match="runs"):
            stack.drain(0.2)
        started = time.monotonic()
    assert time.monotonic() - started < SECONDS


def test_a_token_is_answered_once(fixture_stack: LocalStack) -> None:
    arn, token = start_waiting(fixture_stack)
    client = fixture_stack.client("stepfunctions")
    client.send_task_heartbeat(taskToken=token)
    client.send_task_success(taskToken=token, output='{"outcome": "cancelled"}')
    assert json.loads(fixture_stack.wait_for(arn, SECONDS)["output"])["begun"] == {"outcome": "cancelled"}
    sends: list[Callable[[], object]] = [
        lambda: client.send_task_success(taskToken=token, output="{}"),
        lambda: client.send_task_failure(taskToken=token, error="Late"),
        lambda: client.send_task_heartbeat(taskToken=token),
    ]
    for send in sends:
        with pytest.raises(ClientError) as error:
            send()
        assert error.value.response["Error"]["Code"] == "TaskTimedOut"


def test_a_token_that_nobody_gave_out_is_invalid(fixture_stack: LocalStack) -> None:
    with pytest.raises(ClientError) as error:
        fixture_stack.client("stepfunctions").send_task_success(taskToken="made up", output="{}")
    assert error.value.response["Error"]["Code"] == "InvalidToken"


def test_a_failure_sent_for_a_token_is_the_tasks_error(fixture_stack: LocalStack) -> None:
    arn, token = start_waiting(fixture_stack)
    fixture_stack.client("stepfunctions").send_task_failure(taskToken=token, error="Denied", cause="no slot")
    execution = fixture_stack.wait_for(arn, SECONDS)
    assert (execution["status"], execution["error"], execution["cause"]) == ("FAILED", "Denied", "no slot")


def test_a_task_without_a_heartbeat_times_out(fixture_stack: LocalStack, run_machine: RunMachine) -> None:
    payload = {"task_token.$": "$$.Task.Token", "answer": "later"}
    definition = probe_task(
        payload,
        Resource="arn:aws:states:::lambda:invoke.waitForTaskToken",
        Parameters={"FunctionName": "BEGIN", "Payload": payload},
        OutputPath="$",
        HeartbeatSeconds=1,
        TimeoutSeconds=60,
        Catch=ALL,
    )
    definition["States"]["Caught"] = {"Type": "Pass", "End": True}
    assert "Timeout" in json.loads(run_machine(definition)["output"])["error"]["Error"]


def test_a_child_started_by_a_function_is_not_the_functions(fixture_stack: LocalStack) -> None:
    """What an execution does, it does with its machine's role, whoever started it."""
    fixture_stack.wait_for(start(fixture_stack, [{"refuse": False}]), SECONDS)
    counted = Counter(action for action, _ in fixture_stack.calls["Machine"])
    assert {"lambda:InvokeFunction", "s3:GetObject", "states:StartExecution"} <= set(counted)


def test_a_machine_may_only_invoke_what_its_role_allows(fixture_stack: LocalStack, run_machine: RunMachine) -> None:
    definition: dict[str, Any] = probe_task({}, Catch=ALL)
    definition["States"]["Only"]["Parameters"]["FunctionName"] = fixture_stack.arn("AnswerFunction")
    definition["States"]["Caught"] = {"Type": "Pass", "End": True}
    error = json.loads(run_machine(definition)["output"])["error"]
    assert error["Error"] == "Lambda.AccessDeniedException"
