"""Keeps a stack's tables on a DynamoDB server of their own, e.g. the vendor's DynamoDB Local, instead of on moto.

CloudFormation makes the tables on moto; each is made again on the server and forgotten by moto, so that a call that
does not reach the server fails.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moto.dynamodb.models.table import Table
    from mypy_boto3_dynamodb import DynamoDBClient

INDEX_FIELDS = ("IndexName", "KeySchema", "Projection")


@contextlib.contextmanager
def calls_sent_to(url: str) -> Iterator[None]:
    """Send DynamoDB calls of every client that is made inside the block to `url`, PynamoDB's too."""
    with patch.dict(os.environ, {"AWS_ENDPOINT_URL_DYNAMODB": url}):
        yield


@contextlib.contextmanager
def tables_taken_over(region: str) -> Iterator[None]:
    """Make every table that moto has in the region on the server, for as long as the block goes on."""
    client = boto3.client("dynamodb", region_name=region)
    tables = dynamodb_backends[DEFAULT_ACCOUNT_ID][region].tables
    taken: list[str] = []
    try:
        for name, table in list(tables.items()):
            _make(client, table)
            taken.append(name)
            del tables[name]
        yield
    finally:
        for name in taken:
            client.delete_table(TableName=name)


def _make(client: DynamoDBClient, table: Table) -> None:
    described = table.describe()["TableDescription"]
    given: dict[str, Any] = {
        name: described[name] for name in ("TableName", "AttributeDefinitions", "KeySchema") if described[name]
    }
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if described[kind]:
            given[kind] = [{field: index[field] for field in INDEX_FIELDS} for index in described[kind]]
    client.create_table(**given, BillingMode="PAY_PER_REQUEST")
    if table.ttl.get("TimeToLiveStatus") == "ENABLED":
        client.update_time_to_live(
            TableName=table.name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": table.ttl["AttributeName"]},
        )
