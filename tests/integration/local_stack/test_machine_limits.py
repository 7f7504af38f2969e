import json
import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.stack import LocalStack

from .conftest import SECONDS, RunMachine, fresh_name, probe_task

LIMIT = 256 * 1024
CATCH_ALL = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Caught"}]
GIVEN = {"answer": "later", "manifest_key": "none", "number": 1}


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return error.value.response["Error"]["Code"]


@pytest.mark.parametrize("name", ["a b", "a/b", "a:b", "a#b", "a\x85b", "a\tb", "x" * 81])
def test_execution_names_are_checked(fixture_stack: LocalStack, name: str) -> None:
    with pytest.raises(ClientError) as error:
        fixture_stack.start_execution("Machine", GIVEN, name=name)
    assert code_of(error) == "InvalidName"


@pytest.mark.parametrize("name", ["x" * 80, "a.b_c-D9", "\u00e4"])
def test_other_names_are_taken(fixture_stack: LocalStack, name: str) -> None:
    arn = fixture_stack.start_execution("Machine", GIVEN, name=name)
    assert arn.endswith(f":{name}")
    fixture_stack.stop_execution(arn)


def test_an_execution_without_a_name_gets_one(fixture_stack: LocalStack) -> None:
    arns = {fixture_stack.start_execution("Machine", GIVEN) for _ in range(2)}
    assert len(arns) == 2
    for arn in arns:
        assert not arn.endswith(":None")
        fixture_stack.stop_execution(arn)


def test_the_same_start_twice_is_one_execution(fixture_stack: LocalStack) -> None:
    name, arns = fresh_name(), []
    starters = [
        threading.Thread(target=lambda: arns.append(fixture_stack.start_execution("Machine", GIVEN, name=name)))
        for _ in range(8)
    ]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    assert len(arns) == 8
    assert len(set(arns)) == 1
    assert fixture_stack.executions("Machine").count(arns[0]) == 1
    fixture_stack.stop_execution(arns[0])


def test_a_name_with_other_input_is_taken(fixture_stack: LocalStack) -> None:
    name = fresh_name()
    arn = fixture_stack.start_execution("Machine", GIVEN, name=name)
    with pytest.raises(ClientError) as error:
        fixture_stack.start_execution("Machine", {**GIVEN, "number": 2}, name=name)
    assert code_of(error) == "ExecutionAlreadyExists"
    fixture_stack.stop_execution(arn)


def test_a_closed_name_cannot_be_used_again(fixture_stack: LocalStack) -> None:
    name = fresh_name()
    fixture_stack.stop_execution(fixture_stack.start_execution("Machine", GIVEN, name=name))
    with pytest.raises(ClientError) as error:
        fixture_stack.start_execution("Machine", GIVEN, name=name)
    assert code_of(error) == "ExecutionAlreadyExists"


def test_large_input_is_refused(fixture_stack: LocalStack) -> None:
    with pytest.raises(ClientError) as error:
        fixture_stack.start_execution("Machine", {"large": "x" * LIMIT})
    assert code_of(error) == "ValidationException"


def test_large_output_for_a_token_is_refused(fixture_stack: LocalStack) -> None:
    with pytest.raises(ClientError) as error:
        fixture_stack.client("stepfunctions").send_task_success(taskToken="any", output=json.dumps("x" * LIMIT))
    assert code_of(error) == "ValidationException"


def test_a_large_result_fails_the_execution_and_no_wildcard_catches_it(run_machine: RunMachine) -> None:
    definition = probe_task({"do": "large", "size": LIMIT}, Catch=CATCH_ALL)
    definition["States"]["Caught"] = {"Type": "Pass", "End": True}
    execution = run_machine(definition)
    assert (execution["status"], execution["error"]) == ("FAILED", "States.DataLimitExceeded")


def test_a_large_result_can_be_caught_by_name(run_machine: RunMachine) -> None:
    catch = [{"ErrorEquals": ["States.DataLimitExceeded"], "ResultPath": "$.error", "Next": "Caught"}]
    definition = probe_task({"do": "large", "size": LIMIT}, Catch=catch)
    definition["States"]["Caught"] = {"Type": "Pass", "End": True}
    assert run_machine(definition)["status"] == "SUCCEEDED"


def test_a_result_just_under_the_limit_passes(run_machine: RunMachine) -> None:
    definition = probe_task({"do": "large", "size": LIMIT - 2000}, OutputPath=None)
    assert run_machine(definition)["status"] == "SUCCEEDED"


def test_large_input_of_a_task_fails_it(run_machine: RunMachine) -> None:
    payload: dict[str, Any] = {"do": "calls", "one.$": "$.text", "two.$": "$.text"}
    execution = run_machine(probe_task(payload), {"text": "x" * (LIMIT // 2)})
    assert (execution["status"], execution["error"]) == ("FAILED", "States.DataLimitExceeded")


def test_a_wildcard_does_not_catch_an_error_of_the_definition(run_machine: RunMachine) -> None:
    definition = probe_task({"do.$": "$.missing"}, Catch=CATCH_ALL)
    definition["States"]["Caught"] = {"Type": "Pass", "End": True}
    execution = run_machine(definition)
    assert (execution["status"], execution["error"]) == ("FAILED", "States.Runtime")


def test_a_wildcard_still_catches_the_rest(fixture_stack: LocalStack, run_machine: RunMachine) -> None:
    fixture_stack.invoke("probe", {"do": "clear"})
    definition = probe_task({"do": "fail", "times": 9}, Catch=CATCH_ALL)
    definition["States"]["Caught"] = {"Type": "Pass", "End": True}
    assert run_machine(definition)["status"] == "SUCCEEDED"
    fixture_stack.drain(SECONDS)
