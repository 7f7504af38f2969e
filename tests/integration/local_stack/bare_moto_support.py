"""What the probes of bare moto share."""

# ruff: noqa: ANN401 - boto3's clients and JSON

import json
import time
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = "eu-central-1"
CONFIG: Any = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}
ROLE = "arn:aws:iam::123456789012:role/none"
FINISHED = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}
PROBES: dict[str, Callable[[], object]] = {}


def probe(function: Callable[[], object]) -> Callable[[], object]:
    PROBES[function.__name__] = function
    return function


def client(service: str) -> Any:
    once = Config(retries={"total_max_attempts": 1})
    return boto3.client(service, region_name=REGION, config=once)  # type: ignore[call-overload] # any service


def machine(states: dict[str, Any], start: str = "Only") -> str:
    definition = json.dumps({"StartAt": start, "States": states})
    created = client("stepfunctions").create_state_machine(
        name=f"m{time.time_ns()}", definition=definition, roleArn=ROLE
    )
    return str(created["stateMachineArn"])


def run(states: dict[str, Any], given: object = None, seconds: float = 5.0) -> dict[str, Any]:
    started = client("stepfunctions").start_execution(
        stateMachineArn=machine(states), name=f"e{time.time_ns()}", input=json.dumps(given or {})
    )
    return ended(started["executionArn"], seconds)


def ended(arn: str, seconds: float = 5.0) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while True:
        execution: dict[str, Any] = client("stepfunctions").describe_execution(executionArn=arn)
        if execution["status"] in FINISHED or time.monotonic() > deadline:
            return execution
        time.sleep(0.02)


def refused(call: Callable[[], object]) -> str | None:
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return None


def function(name: str = "f") -> str:
    iam = client("iam")
    role = iam.create_role(RoleName=f"{name}-role", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    made = client("lambda").create_function(
        FunctionName=name, Runtime="python3.11", Role=role, Handler="a.b", Code={"ZipFile": b"x"}
    )
    return str(made["FunctionArn"])


def bucket_with(key: str, body: bytes) -> str:
    s3 = client("s3")
    s3.create_bucket(Bucket="manifests", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="manifests", Key=key, Body=body)
    return "manifests"


def task(parameters: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": parameters,
        "End": True,
        **fields,
    }


def distributed(child: dict[str, Any], **fields: Any) -> dict[str, Any]:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Child",
        "States": {"Child": child},
    }
    return {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}
