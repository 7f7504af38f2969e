from typing import Any

import pytest

from infra.local.stack.calls import Lookups, calls_of

TABLE = "arn:aws:dynamodb:r:1:table/t"
LOOKUPS = Lookups(
    region="r",
    account="1",
    secret_arn=lambda secret: f"arn:aws:secretsmanager:r:1:secret:{secret}-AbCdEf",
    machine_of_token=lambda token: f"arn:aws:states:r:1:stateMachine:of-{token}",
)


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"),
    [
        ("dynamodb", "GetItem", {"TableName": "t"}, [("dynamodb:GetItem", TABLE)]),
        ("dynamodb", "GetItem", {"TableName": TABLE}, [("dynamodb:GetItem", TABLE)]),
        ("dynamodb", "Query", {"TableName": "t", "IndexName": "i"}, [("dynamodb:Query", f"{TABLE}/index/i")]),
        ("dynamodb", "ListTables", {}, [("dynamodb:ListTables", "*")]),
        ("dynamodb", "BatchGetItem", {"RequestItems": {"t": {}}}, [("dynamodb:BatchGetItem", TABLE)]),
        ("dynamodb", "BatchWriteItem", {"RequestItems": {"t": []}}, [("dynamodb:BatchWriteItem", TABLE)]),
        (
            "dynamodb",
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "t"}},
                    {"Update": {"TableName": "t"}},
                    {"Delete": {"TableName": "t"}},
                    {"ConditionCheck": {"TableName": "t"}},
                ]
            },
            [
                ("dynamodb:PutItem", TABLE),
                ("dynamodb:UpdateItem", TABLE),
                ("dynamodb:DeleteItem", TABLE),
                ("dynamodb:ConditionCheckItem", TABLE),
            ],
        ),
        ("s3", "PutObject", {"Bucket": "b", "Key": "k/1"}, [("s3:PutObject", "arn:aws:s3:::b/k/1")]),
        ("s3", "HeadObject", {"Bucket": "b", "Key": "k"}, [("s3:GetObject", "arn:aws:s3:::b/k")]),
        ("s3", "UploadPart", {"Bucket": "b", "Key": "k"}, [("s3:PutObject", "arn:aws:s3:::b/k")]),
        ("s3", "ListObjectsV2", {"Bucket": "b"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
        (
            "s3",
            "DeleteObjects",
            {"Bucket": "b", "Delete": {"Objects": [{"Key": "1"}, {"Key": "2"}]}},
            [("s3:DeleteObject", "arn:aws:s3:::b/1"), ("s3:DeleteObject", "arn:aws:s3:::b/2")],
        ),
        (
            "s3",
            "CopyObject",
            {"Bucket": "b", "Key": "k", "CopySource": {"Bucket": "a", "Key": "j"}},
            [("s3:GetObject", "arn:aws:s3:::a/j"), ("s3:PutObject", "arn:aws:s3:::b/k")],
        ),
        ("sqs", "SendMessageBatch", {"QueueUrl": "https://sqs/1/q"}, [("sqs:SendMessage", "arn:aws:sqs:r:1:q")]),
        ("sqs", "GetQueueUrl", {"QueueName": "q"}, [("sqs:GetQueueUrl", "arn:aws:sqs:r:1:q")]),
        ("stepfunctions", "StartExecution", {"stateMachineArn": "m"}, [("states:StartExecution", "m")]),
        ("stepfunctions", "DescribeExecution", {"executionArn": "e"}, [("states:DescribeExecution", "e")]),
        (
            "stepfunctions",
            "SendTaskHeartbeat",
            {"taskToken": "x"},
            [("states:SendTaskHeartbeat", "arn:aws:states:r:1:stateMachine:of-x")],
        ),
        (
            "secretsmanager",
            "GetSecretValue",
            {"SecretId": "s"},
            [("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:r:1:secret:s-AbCdEf")],
        ),
        ("lambda", "Invoke", {"FunctionName": "f"}, [("lambda:InvokeFunction", "arn:aws:lambda:r:1:function:f")]),
        ("kms", "Encrypt", {"KeyId": "arn:aws:kms:r:1:key/k"}, [("kms:Encrypt", "arn:aws:kms:r:1:key/k")]),
        ("kms", "Decrypt", {"KeyId": "k"}, [("kms:Decrypt", "arn:aws:kms:r:1:key/k")]),
        ("kms", "Decrypt", {}, [("kms:Decrypt", "*")]),
        ("cloudwatch", "PutMetricData", {"Namespace": "n"}, [("cloudwatch:PutMetricData", "*")]),
        ("events", "PutEvents", {}, [("events:PutEvents", "*")]),
    ],
)
def test_calls(service: str, operation: str, parameters: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    calls = calls_of(service, operation, parameters, LOOKUPS)
    assert [(call.action, call.resource) for call in calls] == expected
