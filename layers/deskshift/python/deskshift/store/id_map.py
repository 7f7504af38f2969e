"""Where every moved conversation is, for ever (X-10); written with the plain client, for these writes are the many.

One conditional put for each conversation records ticket, digest and version together: an older version never replaces
a newer one, and in the same version nobody replaces what they have not read; only a deletion always counts. The items
of an account are spread over shards, so that a large account is not one hot partition.
"""

import contextvars
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from deskshift.model.move import MappedId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

_SHARDS = 16
_BATCH = 100
_THREADS = 8
_TICKET = "ticket#"
_CONVERSATION = "conversation#"
_EMPTY = ({"S": ""}, {"B": b""})
"""What an item leaves out: a deleted conversation has neither digest nor ticket, and DynamoDB Local of 2020 takes no
empty values."""
_CONDITION = "ConditionalCheckFailedException"


class IdMap:
    """The id map of this stack's accounts."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        # Kept, for a warm function writes often; its threads are started when they are first needed.
        self._pool = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="id-map")

    def get(self, account_id: str, ids: Sequence[str]) -> dict[str, MappedId]:
        """Read the entries of conversations, consistently; those without one are left out."""
        found: dict[str, MappedId] = {}
        for start in range(0, len(ids), _BATCH):
            wanted = [_key(account_id, _CONVERSATION, one) for one in dict.fromkeys(ids[start : start + _BATCH])]
            while wanted:
                answer = self._client.batch_get_item(
                    RequestItems={self._table: {"Keys": wanted, "ConsistentRead": True}}
                )
                for item in answer["Responses"].get(self._table, []):
                    entry = _entry(item)
                    found[entry.conversation_id] = entry
                wanted = list(answer.get("UnprocessedKeys", {}).get(self._table, {"Keys": []})["Keys"])
        return found

    def put(self, account_id: str, entries: Sequence[MappedId]) -> None:
        """Record entries, each unless a newer version is recorded, or the same one by somebody else since it was read.

        Whoever comes too late is passed over: what is recorded is newer. So is the repetition of a put whose answer was
        lost, for its effect is there.
        """
        # Each thread runs in a copy of the caller's context, so that logs and local policies know the function.
        shares = [
            self._pool.submit(contextvars.copy_context().run, self._put_each, account_id, entries[first::_THREADS])
            for first in range(min(_THREADS, len(entries)))
        ]
        # Nothing may still be written once this has ended, however it ends.
        wait(shares)
        for share in shares:
            share.result()

    def of_move(self, account_id: str, move_id: str) -> Iterator[MappedId]:
        """Read every entry that a move has written, consistently."""
        pages = self._client.get_paginator("query")
        for shard in range(_SHARDS):
            for page in pages.paginate(
                TableName=self._table,
                KeyConditionExpression="#shard = :shard AND begins_with(#item, :kind)",
                FilterExpression="#move = :move",
                ExpressionAttributeNames={"#shard": "shard", "#item": "item", "#move": "move_id"},
                ExpressionAttributeValues={
                    ":shard": {"S": f"{account_id}#{shard}"},
                    ":kind": {"S": _CONVERSATION},
                    ":move": {"S": move_id},
                },
                ConsistentRead=True,
            ):
                yield from map(_entry, page["Items"])

    def ticket(self, account_id: str, old_ticket_id: str) -> str | None:
        """Find the conversation of a ticket whose id changed; None if none with this id did."""
        answer = self._client.get_item(TableName=self._table, Key=_key(account_id, _TICKET, old_ticket_id))
        return answer["Item"]["conversation_id"]["S"] if "Item" in answer else None

    def _put_each(self, account_id: str, entries: Sequence[MappedId]) -> None:
        for entry in entries:
            self._put_one(account_id, entry)

    def _put_one(self, account_id: str, entry: MappedId) -> None:
        if entry.source_ticket_id not in {None, entry.ticket_id}:
            # Before the entry: who finds that recorded does not come back for the ticket.
            key = _key(account_id, _TICKET, str(entry.source_ticket_id))
            self._client.put_item(TableName=self._table, Item={**key, "conversation_id": {"S": entry.conversation_id}})
        try:
            self._client.put_item(
                TableName=self._table,
                Item=_item(account_id, entry),
                ConditionExpression="attribute_not_exists(#version) OR #version < :version"
                " OR (#version = :version AND (#revision = :read OR :state = :deleted))",
                ExpressionAttributeNames={"#version": "version", "#revision": "revision"},
                ExpressionAttributeValues={
                    ":version": {"N": str(entry.version)},
                    ":read": {"N": str(entry.revision)},
                    ":state": {"S": entry.state},
                    ":deleted": {"S": "deleted"},
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != _CONDITION:
                raise


def _key(account_id: str, kind: str, one: str) -> "dict[str, AttributeValueTypeDef]":
    shard = zlib.crc32(one.encode()) % _SHARDS
    return {"shard": {"S": f"{account_id}#{shard}"}, "item": {"S": kind + one}}


def _item(account_id: str, entry: MappedId) -> "dict[str, AttributeValueTypeDef]":
    item: dict[str, AttributeValueTypeDef] = {
        **_key(account_id, _CONVERSATION, entry.conversation_id),
        "channel_id": {"S": entry.channel_id},
        "move_id": {"S": entry.move_id},
        "version": {"N": str(entry.version)},
        "state": {"S": entry.state},
        "digest": {"B": entry.digest},
        "history_digest": {"B": entry.history_digest},
        "target_id": {"S": entry.target_id},
        "ticket_id": {"S": entry.ticket_id},
        "messages": {"N": str(entry.messages)},
        "attachments": {"N": str(entry.attachments)},
        "revision": {"N": str(entry.revision + 1)},
    }
    if entry.source_ticket_id is not None:
        item["source_ticket_id"] = {"S": entry.source_ticket_id}
    return {name: value for name, value in item.items() if value not in _EMPTY}


def _entry(item: "dict[str, AttributeValueTypeDef]") -> MappedId:
    state = item["state"]["S"]
    return MappedId(
        conversation_id=item["item"]["S"].removeprefix(_CONVERSATION),
        channel_id=item["channel_id"]["S"],
        move_id=item["move_id"]["S"],
        version=int(item["version"]["N"]),
        state="copied" if state == "copied" else "deleted" if state == "deleted" else "departed",
        digest=_bytes(item, "digest"),
        history_digest=_bytes(item, "history_digest"),
        target_id=item["target_id"]["S"] if "target_id" in item else "",
        ticket_id=item["ticket_id"]["S"] if "ticket_id" in item else "",
        source_ticket_id=item["source_ticket_id"]["S"] if "source_ticket_id" in item else None,
        messages=int(item["messages"]["N"]),
        attachments=int(item["attachments"]["N"]),
        revision=int(item["revision"]["N"]),
    )


def _bytes(item: "dict[str, AttributeValueTypeDef]", name: str) -> bytes:
    return bytes(item[name]["B"]) if name in item else b""
