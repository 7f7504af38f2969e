from collections.abc import Iterator

import pytest

from infra.local.stack import LocalStack
from infra.local.stack.errors import FunctionFailed

from .conftest import FIXTURES, SECONDS, fresh_name


@pytest.fixture
def stack() -> Iterator[LocalStack]:
    with LocalStack.deploy(FIXTURES / "template.yaml", stack_name=fresh_name()) as deployed:
        yield deployed


@pytest.mark.parametrize("do", ["put", "in_thread", "in_executor"])
def test_an_allowed_call_is_recorded_for_its_function(stack: LocalStack, do: str) -> None:
    stack.invoke("probe", {"do": do, "key": "a"})
    assert stack.calls == {"probe": {("dynamodb:PutItem", stack.arn("RecordsTable"))}}


def test_a_call_that_the_role_does_not_allow_is_refused_as_aws_does(stack: LocalStack) -> None:
    with pytest.raises(FunctionFailed) as failed:
        stack.invoke("probe", {"do": "forbidden"})
    assert failed.value.error_type == "ClientError"
    assert "(AccessDeniedException) when calling the GetItem operation" in failed.value.error_message
    assert f"dynamodb:GetItem on resource: {stack.arn('RecordsTable')}" in failed.value.error_message
    assert stack.calls == {}


def test_a_thread_of_a_function_has_its_role(stack: LocalStack) -> None:
    assert stack.invoke("probe", {"do": "forbidden_in_thread"}) == "ClientError"


def test_the_operator_is_not_checked(stack: LocalStack) -> None:
    stack.client("dynamodb").get_item(TableName=stack.physical_id("RecordsTable"), Key={"key": {"S": "a"}})
    assert stack.calls == {}


def test_without_enforcement_calls_are_only_recorded() -> None:
    template = FIXTURES / "template.yaml"
    with LocalStack.deploy(template, stack_name=fresh_name(), enforce_policies=False) as stack:
        stack.invoke("probe", {"do": "forbidden"})
        assert stack.calls == {"probe": {("dynamodb:GetItem", stack.arn("RecordsTable"))}}


def test_what_roles_allow_is_listed(stack: LocalStack) -> None:
    assert stack.allowed["probe"] == {("dynamodb:PutItem", stack.arn("RecordsTable"))}
    assert stack.allowed["begin"] == {("states:SendTaskSuccess", "*")}
    assert stack.allowed["watch"] == set()
    assert ("s3:GetObject", f"{stack.arn('Bucket')}/moves/*") in stack.allowed["Machine"]


def test_machines_and_functions_are_told_apart(stack: LocalStack) -> None:
    stack.client("s3").put_object(Bucket=stack.physical_id("Bucket"), Key="moves/m", Body=b"[{}, {}]")
    arn = stack.start_execution("Machine", {"answer": "at once", "manifest_key": "moves/m", "number": 1})
    stack.wait_for(arn, SECONDS)
    assert stack.calls["begin"] == {("states:SendTaskSuccess", stack.arn("Machine"))}
    assert ("states:StartExecution", stack.arn("Machine")) in stack.calls["Machine"]
    assert ("s3:GetObject", f"{stack.arn('Bucket')}/moves/m") in stack.calls["Machine"]
    assert "probe" not in stack.calls
