"""Which IAM actions on which resources a boto3 call needs.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.local.stack.policies import Call

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TRANSACTION_ACTIONS = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Get": "dynamodb:GetItem",
}
S3_ACTIONS = {
    "HeadObject": "GetObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "HeadBucket": "ListBucket",
}
SQS_ACTIONS = {
    "SendMessageBatch": "SendMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
}
TOKEN_OPERATIONS = {"SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat"}


@dataclass(frozen=True)
class Lookups:
    """How to find what a call's parameters do not say themselves."""

    region: str
    account: str
    secret_arn: Callable[[str], str]
    machine_of_token: Callable[[str], str]

    def arn(self, service: str, resource: str) -> str:
        """An ARN in this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


def calls_of(service: str, operation: str, parameters: Mapping[str, Any], lookups: Lookups) -> list[Call]:
    """The IAM calls of one API call; `service` and `operation` as botocore names them."""
    reader = _READERS.get(service)
    if reader is None:
        return [Call(f"{service}:{operation}", "*")]
    return reader(operation, parameters, lookups)


def _dynamodb(operation: str, parameters: Mapping[str, Any], lookups: Lookups) -> list[Call]:
    def table(name: str) -> str:
        return name if name.startswith("arn:") else lookups.arn("dynamodb", f"table/{name}")

    if operation in {"TransactWriteItems", "TransactGetItems"}:
        return [
            Call(TRANSACTION_ACTIONS[kind], table(entry["TableName"]))
            for item in parameters["TransactItems"]
            for kind, entry in item.items()
        ]
    if operation in {"BatchWriteItem", "BatchGetItem"}:
        return [Call(f"dynamodb:{operation}", table(name)) for name in parameters["RequestItems"]]
    if "TableName" not in parameters:
        return [Call(f"dynamodb:{operation}", "*")]
    resource = table(parameters["TableName"])
    if "IndexName" in parameters:
        resource = f"{resource}/index/{parameters['IndexName']}"
    return [Call(f"dynamodb:{operation}", resource)]


def _s3(operation: str, parameters: Mapping[str, Any], lookups: Lookups) -> list[Call]:
    del lookups
    bucket = f"arn:aws:s3:::{parameters.get('Bucket', '*')}"
    if operation == "DeleteObjects":
        return [Call("s3:DeleteObject", f"{bucket}/{item['Key']}") for item in parameters["Delete"]["Objects"]]
    action = f"s3:{S3_ACTIONS.get(operation, operation)}"
    prefix = (("s3:prefix", str(parameters["Prefix"])),) if "Prefix" in parameters else ()
    calls = [Call(action, f"{bucket}/{parameters['Key']}" if "Key" in parameters else bucket, prefix)]
    source = parameters.get("CopySource")
    if source is not None:
        path = source if isinstance(source, str) else f"{source['Bucket']}/{source['Key']}"
        calls = [Call("s3:GetObject", f"arn:aws:s3:::{path}"), Call("s3:PutObject", calls[0].resource)]
    return calls


def _sqs(operation: str, parameters: Mapping[str, Any], lookups: Lookups) -> list[Call]:
    name = parameters.get("QueueName") or str(parameters.get("QueueUrl", "*")).rsplit("/", 1)[-1]
    return [Call(f"sqs:{SQS_ACTIONS.get(operation, operation)}", lookups.arn("sqs", name))]


def _states(operation: str, parameters: Mapping[str, Any], lookups: Lookups) -> list[Call]:
    if operation in TOKEN_OPERATIONS:
        resource = lookups.machine_of_token(parameters["taskToken"])
    else:
        resource = parameters.get("stateMachineArn") or parameters.get("executionArn") or "*"
    return [Call(f"states:{operation}", resource)]


def _secretsmanager(operation: str, parameters: Mapping[str, Any], lookups: Lookups) -> list[Call]:
    secret = parameters.get("SecretId")
    return [Call(f"secretsmanager:{operation}", lookups.secret_arn(secret) if secret else "*")]


def _kms(operation: str, parameters: Mapping[str, Any], lookups: Lookups) -> list[Call]:
    key = str(parameters.get("KeyId", "*"))
    context: Mapping[str, str] = parameters.get("EncryptionContext", {})
    conditions = tuple((f"kms:EncryptionContext:{name}", value) for name, value in context.items())
    resource = key if key == "*" or key.startswith("arn:") else lookups.arn("kms", f"key/{key}")
    return [Call(f"kms:{operation}", resource, conditions)]


def _lambda(operation: str, parameters: Mapping[str, Any], lookups: Lookups) -> list[Call]:
    name = parameters.get("FunctionName", "*")
    resource = name if name.startswith("arn:") else lookups.arn("lambda", f"function:{name}")
    return [Call("lambda:InvokeFunction" if operation == "Invoke" else f"lambda:{operation}", resource)]


def _cloudwatch(operation: str, parameters: Mapping[str, Any], lookups: Lookups) -> list[Call]:
    del lookups
    namespace = (("cloudwatch:namespace", str(parameters["Namespace"])),) if "Namespace" in parameters else ()
    return [Call(f"cloudwatch:{operation}", "*", namespace)]


_READERS: dict[str, Callable[[str, Mapping[str, Any], Lookups], list[Call]]] = {
    "dynamodb": _dynamodb,
    "s3": _s3,
    "sqs": _sqs,
    "stepfunctions": _states,
    "secretsmanager": _secretsmanager,
    "kms": _kms,
    "lambda": _lambda,
    "cloudwatch": _cloudwatch,
}
