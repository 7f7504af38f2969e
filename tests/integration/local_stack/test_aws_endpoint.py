"""Another process reaches the stack's services at one address."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import urllib3

from infra.local.stack import AwsEndpoint, LocalStack

from .conftest import SECONDS

CLIENT = """
import json, sys
import boto3

table, bucket, queue, function = sys.argv[1:]
dynamodb, s3, sqs, functions = (boto3.client(name) for name in ("dynamodb", "s3", "sqs", "lambda"))
dynamodb.put_item(TableName=table, Item={"key": {"S": "from-outside"}})
s3.put_object(Bucket=bucket, Key="a folder/b.txt", Body=b"words")
sqs.send_message(QueueUrl=queue, MessageBody="m", MessageGroupId="g")
try:
    dynamodb.put_item(
        TableName=table, Item={"key": {"S": "from-outside"}}, ConditionExpression="attribute_not_exists(#k)",
        ExpressionAttributeNames={"#k": "key"},
    )
    refused = None
except dynamodb.exceptions.ConditionalCheckFailedException as error:
    refused = error.response["Error"]["Code"]
print(json.dumps({
    "length": s3.head_object(Bucket=bucket, Key="a folder/b.txt")["ContentLength"],
    "body": s3.get_object(Bucket=bucket, Key="a folder/b.txt")["Body"].read().decode(),
    "refused": refused,
    "answer": json.load(functions.invoke(FunctionName=function, Payload=b'{"do": "echo", "value": 7}')["Payload"]),
}))
"""


@pytest.fixture(scope="module")
def endpoint(fixture_stack: LocalStack) -> Iterator[AwsEndpoint]:
    del fixture_stack  # the address is that of the stack that is open
    with AwsEndpoint() as serving:
        yield serving


def test_another_process_uses_the_stack(
    fixture_stack: LocalStack, endpoint: AwsEndpoint, records: Callable[[], list[dict[str, Any]]]
) -> None:
    names = [fixture_stack.physical_id(one) for one in ("RecordsTable", "Bucket", "MessagesQueue", "ProbeFunction")]
    outside = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": endpoint.url,
        "AWS_REGION": fixture_stack.region,
        "AWS_DEFAULT_REGION": fixture_stack.region,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    ran = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-c", CLIENT, *names], env=outside, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert (said["length"], said["body"]) == (5, "words")
    assert said["refused"] == "ConditionalCheckFailedException"
    assert said["answer"] == fixture_stack.invoke("probe", {"do": "echo", "value": 7})
    fixture_stack.drain(SECONDS)
    assert any("m" in json.dumps(record) for record in records())  # the queue's function had the message


def test_an_unsigned_request_is_refused(endpoint: AwsEndpoint) -> None:
    answer = urllib3.request("POST", endpoint.url, body=b"{}", retries=False, timeout=SECONDS)
    assert answer.status == 403
