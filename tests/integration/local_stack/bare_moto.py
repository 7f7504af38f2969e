"""Shows each gap of moto as it is without the local stack; prints JSON: gap -> what moto did.

Run in a process of its own, in which nothing is mended. When moto mends a gap, its test fails and the file in
infra/local/stack/moto_gaps can go.
"""

# ruff: noqa: ANN401, PLC0415 - takes the place of moto's own methods, which take anything; imports stand with their probe

import datetime as dt
import json
import logging
import os
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

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


@probe
def cloudformation_leaves_out_secrets_and_machines() -> list[str]:
    resources = {
        "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "s", "SecretString": "x"}},
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "StateMachineName": "m",
                "RoleArn": ROLE,
                "DefinitionString": '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
            },
        },
        "Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {}},
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "t"}},
    }
    body = json.dumps({"Resources": resources})
    client("cloudformation").create_stack(StackName="s", TemplateBody=body)
    left_out = []
    if not client("secretsmanager").list_secrets()["SecretList"]:
        left_out.append("secret")
    if not client("stepfunctions").list_state_machines()["stateMachines"]:
        left_out.append("machine")
    return left_out


@probe
def tolerated_failure_percentage_must_be_a_decimal() -> str | None:
    states = {"Only": distributed({"Type": "Pass", "End": True}, ToleratedFailurePercentage=0)}
    return refused(lambda: machine(states))


@probe
def lambda_echoes_its_event() -> object:
    function()
    return json.loads(client("lambda").invoke(FunctionName="f", Payload='{"an": "event"}')["Payload"].read())


@probe
def sending_invokes_the_function() -> int:
    arn, sqs = function(), client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    client("lambda").create_event_source_mapping(
        EventSourceArn=f"arn:aws:sqs:{REGION}:123456789012:q", FunctionName=arn, BatchSize=10
    )
    sqs.send_message(QueueUrl=url, MessageBody="a")
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"]) + int(attributes["ApproximateNumberOfMessagesNotVisible"])


def fifo() -> str:
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    return str(client("sqs").create_queue(QueueName="q.fifo", Attributes=attributes)["QueueUrl"])


@probe
def a_deleted_message_is_no_duplicate() -> int:
    sqs, url, received = client("sqs"), fifo(), 0
    for _ in range(2):
        sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g")
        for message in sqs.receive_message(QueueUrl=url).get("Messages", []):
            received += 1
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return received


@probe
def sqs_takes_any_message() -> list[str | None]:
    sqs, url = client("sqs"), fifo()
    plain = sqs.create_queue(QueueName="q", Attributes={"MaximumMessageSize": "1024"})["QueueUrl"]
    return [
        refused(lambda: sqs.send_message(QueueUrl=plain, MessageBody="\x00")),
        refused(lambda: sqs.send_message(QueueUrl=plain, MessageBody="ä" * 1000)),
        refused(lambda: sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="with space")),
    ]


@probe
def dynamodb_conditions_are_not_isolated() -> bool:
    """Whether a request waits for another one of the same table: two are inside the backend at the same time."""
    from moto.dynamodb.models import DynamoDBBackend

    client("dynamodb").create_table(
        TableName="t",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
    )
    put, both = DynamoDBBackend.put_item, threading.Barrier(2, timeout=2)
    met: list[bool] = []

    def put_item(*args: Any, **kwargs: Any) -> Any:
        try:
            both.wait()
            met.append(True)
        except threading.BrokenBarrierError:
            met.append(False)
        return put(*args, **kwargs)

    DynamoDBBackend.put_item = put_item  # type: ignore[method-assign] # seen from inside
    clients = [client("dynamodb") for _ in range(2)]
    threads = [
        threading.Thread(target=c.put_item, kwargs={"TableName": "t", "Item": {"k": {"S": "a"}}}) for c in clients
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    DynamoDBBackend.put_item = put  # type: ignore[method-assign] # as it was
    return all(met)


@probe
def a_transaction_copies_its_tables() -> int:
    import copy

    from moto.dynamodb.models.table import Table

    dynamodb, copies = client("dynamodb"), []
    dynamodb.create_table(
        TableName="t",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
    )
    original = copy.deepcopy

    def deepcopy(value: Any, *args: Any) -> Any:
        if isinstance(value, Table):
            copies.append(value)
        return original(value, *args)

    copy.deepcopy = deepcopy  # type: ignore[assignment] # counted
    dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": "t", "Item": {"k": {"S": "a"}}}}])
    copy.deepcopy = original
    return len(copies)


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


def main() -> None:
    """Run every probe on a moto of its own."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    os.environ.update({"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "a", "AWS_DEFAULT_REGION": REGION})
    seen = {}
    for name, function_ in PROBES.items():
        with mock_aws(config=CONFIG):
            seen[name] = function_()
    print(json.dumps(seen))  # noqa: T201 - the answer of this process


if __name__ == "__main__":
    main()
