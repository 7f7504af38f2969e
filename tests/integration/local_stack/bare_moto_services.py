"""Probes of moto's queues, tables, functions and stacks."""

# ruff: noqa: ANN401, PLC0415 - takes the place of moto's own methods, which take anything; imports stand with their probe

import json
import threading
from typing import Any

from .bare_moto_support import REGION, ROLE, client, function, probe, refused


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
def an_api_is_served_nowhere() -> bool:
    address = {"Fn::Sub": "https://${Topic.TopicName}.execute-api.${AWS::Region}.${AWS::URLSuffix}"}
    body = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "t"}}},
        "Outputs": {"Url": {"Value": address}},
    }
    stacks = client("cloudformation")
    stacks.create_stack(StackName="o", TemplateBody=json.dumps(body))
    return "execute-api" in str(stacks.describe_stacks(StackName="o")["Stacks"][0]["Outputs"][0]["OutputValue"])


@probe
def lambda_echoes_its_event() -> object:
    function()
    return json.loads(client("lambda").invoke(FunctionName="f", Payload='{"an": "event"}')["Payload"].read())


@probe
def an_update_of_inline_code_fails() -> str:
    role = client("iam").create_role(RoleName="u-role", AssumeRolePolicyDocument="{}")["Role"]["Arn"]

    def body(code: str) -> str:
        properties = {"Handler": "a.b", "Runtime": "python3.11", "Role": role, "Code": {"ZipFile": code}}
        return json.dumps({"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": properties}}})

    stacks = client("cloudformation")
    stacks.create_stack(StackName="u", TemplateBody=body("# one"))
    try:
        stacks.update_stack(StackName="u", TemplateBody=body("# two"))
    except ValueError:
        return "UPDATE_FAILED"
    return str(stacks.describe_stacks(StackName="u")["Stacks"][0]["StackStatus"])


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
