"""Probes of moto's state machines."""

# ruff: noqa: ANN401, PLC0415 - takes the place of moto's own methods, which take anything; imports stand with their probe

import datetime as dt
import json
import os
import time
from typing import Any

import boto3

from .bare_moto_support import (
    REGION,
    bucket_with,
    client,
    distributed,
    ended,
    function,
    machine,
    probe,
    refused,
    run,
    task,
)


@probe
def tolerated_failure_percentage_must_be_a_decimal() -> str | None:
    states = {"Only": distributed({"Type": "Pass", "End": True}, ToleratedFailurePercentage=0)}
    return refused(lambda: machine(states))


@probe
def executions_have_any_name() -> list[str | None]:
    states, arn = client("stepfunctions"), machine({"Only": {"Type": "Pass", "End": True}})
    unnamed = states.start_execution(stateMachineArn=arn)["executionArn"].rsplit(":", 1)[-1]
    return [refused(lambda: states.start_execution(stateMachineArn=arn, name="a b")), unnamed]


@probe
def execution_input_has_no_limit() -> str | None:
    arn = machine({"Only": {"Type": "Fail"}})
    given = json.dumps("x" * 256 * 1024)
    return refused(lambda: client("stepfunctions").start_execution(stateMachineArn=arn, name="a", input=given))


@probe
def a_waiting_task_is_not_stopped() -> str:
    function()
    waiting = task(
        {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token"}},
        Resource="arn:aws:states:::lambda:invoke.waitForTaskToken",
        HeartbeatSeconds=60,
        TimeoutSeconds=120,
    )
    states = client("stepfunctions")
    arn = states.start_execution(stateMachineArn=machine({"Only": waiting}), name="a")["executionArn"]
    time.sleep(0.5)  # until it waits
    states.stop_execution(executionArn=arn)
    return str(ended(arn, 1.0)["status"])


@probe
def a_token_is_answered_too_early_and_too_often() -> list[str | None]:
    from moto.awslambda_simple.models import LambdaSimpleBackend

    function()
    states, tokens = client("stepfunctions"), []

    def invoke(_self: object, _name: str, _qualifier: object, body: Any, *_: object) -> bytes:
        tokens.append(json.loads(body)["token"])
        states.send_task_success(taskToken=tokens[0], output="{}")
        return b"{}"

    original = LambdaSimpleBackend.invoke
    LambdaSimpleBackend.invoke = invoke  # type: ignore[assignment,method-assign] # a handler that answers at once
    waiting = task(
        {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token"}},
        Resource="arn:aws:states:::lambda:invoke.waitForTaskToken",
        HeartbeatSeconds=60,
        TimeoutSeconds=120,
    )
    status = str(run({"Only": waiting}, seconds=1.5)["status"])
    LambdaSimpleBackend.invoke = original  # type: ignore[method-assign] # as it was
    return [status, refused(lambda: states.send_task_success(taskToken=tokens[0], output="{}"))]


@probe
def a_failed_child_does_not_fail_the_map() -> str:
    bucket_with("k", b"[1, 2]")
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Parameters": {"Bucket": "manifests", "Key": "k"},
    }
    return str(run({"Only": distributed({"Type": "Fail"}, ItemReader=reader)})["status"])


@probe
def a_missing_manifest_is_a_runtime_error() -> str | None:
    bucket_with("k", b"[]")
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Parameters": {"Bucket": "manifests", "Key": "none"},
    }
    return run({"Only": distributed({"Type": "Pass", "End": True}, ItemReader=reader)}).get("error")


@probe
def a_wildcard_catches_runtime_errors() -> str:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    states = {"Only": task({"FunctionName.$": "$.missing"}, Catch=catch), "Caught": {"Type": "Pass", "End": True}}
    return str(run(states)["status"])


@probe
def tasks_take_large_input() -> str:
    from moto.awslambda_simple.models import lambda_simple_backends

    function()
    lambda_simple_backends["123456789012"][REGION].lambda_simple_results_queue.append(
        "{}"
    )  # else the large event comes back
    given = {"FunctionName": "f", "Payload": {"a.$": "$.text", "b.$": "$.text"}}
    states = {"Only": task(given, ResultSelector={"status.$": "$.StatusCode"})}
    return str(run(states, {"text": "x" * 140_000}).get("error"))


@probe
def each_task_makes_a_client() -> int:
    function()
    made, original = [], boto3.client

    def counted(*args: Any, **kwargs: Any) -> Any:
        made.append(args)
        return original(*args, **kwargs)

    boto3.client = counted
    call = task({"FunctionName": "f", "Payload": {}})
    first = {name: value for name, value in call.items() if name != "End"}
    states = {"Only": {**first, "Next": "Again"}, "Again": call}
    started = machine(states)
    made.clear()
    backend_client = original("stepfunctions", region_name=REGION)
    arn = backend_client.start_execution(stateMachineArn=started, name="a")["executionArn"]
    while backend_client.describe_execution(executionArn=arn)["status"] == "RUNNING":
        time.sleep(0.02)
    boto3.client = original
    return len(made)


@probe
def each_execution_parses_its_definition() -> int:
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

    arn, parsed, original = machine({"Only": {"Type": "Pass", "End": True}}), [], AmazonStateLanguageParser.parse

    def counted(definition: str) -> Any:
        parsed.append(definition)
        return original(definition)

    AmazonStateLanguageParser.parse = staticmethod(counted)  # type: ignore[method-assign] # counted
    states = client("stepfunctions")
    for name in ("a", "b"):
        ended(states.start_execution(stateMachineArn=arn, name=name)["executionArn"])
    AmazonStateLanguageParser.parse = staticmethod(original)  # type: ignore[method-assign] # as it was
    return len(parsed)


@probe
def timestamps_are_read_in_local_time() -> bool:
    """Whether a time ten seconds ahead in UTC is not ten seconds ahead in a zone east of it."""
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()
    at = (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    execution = run({"Only": {"Type": "Wait", "TimestampPath": "$.at", "End": True}}, {"at": at}, seconds=1.0)
    os.environ["TZ"] = "UTC"
    time.tzset()
    return bool(execution["status"] == "SUCCEEDED")
