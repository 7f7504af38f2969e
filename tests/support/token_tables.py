"""The tables of the reissues, on the local stack's moto: their keys and indexes as the stores need them."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3

from infra.local.stack import LocalStack

GRANTS: dict[str, Any] = {
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("account_id", "item", "activity")
    ],
    "KeySchema": [{"AttributeName": "account_id", "KeyType": "HASH"}, {"AttributeName": "item", "KeyType": "RANGE"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "activity",
            "KeySchema": [
                {"AttributeName": "activity", "KeyType": "HASH"},
                {"AttributeName": "item", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
}
CUSTODY: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "key", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "key", "KeyType": "HASH"}],
}


@contextmanager
def table(_stack: LocalStack, form: dict[str, Any]) -> Iterator[str]:
    """Make a table of a name of its own."""
    client, name = boto3.client("dynamodb"), f"tokens-{secrets.token_hex(6)}"
    client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **form)
    yield name
    client.delete_table(TableName=name)


def everything(name: str) -> str:
    """Give all that lies in a table, as text."""
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=name)
    return "".join(repr(page["Items"]) for page in pages)
