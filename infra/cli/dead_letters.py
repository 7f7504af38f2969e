"""`deskshift dead-letters`: read why messages were given up, send them again, or drop them."""

from __future__ import annotations

import contextlib
import hashlib
import re
from typing import TYPE_CHECKING

from infra.cli.deployed_stack import DeployedStack, in_words
from infra.cli.errors import DONE, NOT_DONE, InputRefused
from infra.cli.terminal import say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef
    from rich.console import Console

QUEUES = {
    "moves": ("ChannelMovesDeadLetterQueueUrl", "ChannelMovesQueueUrl"),
    "merges": ("BillingMergesDeadLetterQueueUrl", "BillingMergesQueueUrl"),
    "tokens": ("TokenReissuesDeadLetterQueueUrl", "TokenReissuesQueueUrl"),
    "changes": ("ChangesDeadLetterQueueUrl", "ChangesQueueUrl"),
}
LOOK_SECONDS = 60
"""So long nobody else sees what is looked at here; a command that dies gives it back after that."""
NO_CODE = "failed_too_often"
_TOKEN, _HIDDEN = re.compile(r'("task_token"\s*:\s*)"[^"]*"?'), r'\1"(not shown)"'
"""Whoever has a task token can answer for us."""
MOST_SHOWN = 300


def run_dead_letters(given: argparse.Namespace, console: Console) -> int:
    """List the messages of a dead-letter queue, send them to their queue again, or discard one; returns the exit code.

    A message is sent first and deleted afterwards: a command that dies in between leaves it in both, and work is keyed
    on what it asks for, so that twice is once.

    Raises:
        InputRefused: no message has the id, or AWS refuses.
        RunFailed: AWS cannot be reached.
    """
    dead, source = QUEUES[given.queue]
    with in_words():
        stack = DeployedStack(given.stack, given.region)
        queues, url = stack.queues, stack.output(dead)
        with looked_at(queues, url) as messages:
            match given.action:
                case "list":
                    return _list(messages, console)
                case "redrive":
                    return _redrive(queues, (url, stack.output(source)), messages, given.message_id, console)
                case _:
                    return _discard(queues, url, messages, given.message_id, console)


@contextlib.contextmanager
def looked_at(queues: SQSClient, url: str) -> Iterator[list[MessageTypeDef]]:
    """Show what is there, each message once; what is left in the list at the end is given back."""
    messages = list(_received(queues, url))
    try:
        yield messages
    finally:
        _give_back(queues, url, messages)


def _received(queues: SQSClient, url: str) -> Iterator[MessageTypeDef]:
    """Receive what is there, each message once."""
    seen: set[str] = set()
    while True:
        answer = queues.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=LOOK_SECONDS,
            MessageAttributeNames=["All"],
            AttributeNames=["All"],
        )
        new = [message for message in answer.get("Messages", []) if message["MessageId"] not in seen]
        if not new:
            return
        seen.update(message["MessageId"] for message in new)
        yield from new


def _list(messages: list[MessageTypeDef], console: Console) -> int:
    for message in messages:
        say(console, f"{message['MessageId']}  {attribute(message, 'error_code') or NO_CODE}")
        say(console, f"  {attribute(message, 'reason') or 'see the log of the function that failed'}")
        say(console, f"  {_TOKEN.sub(_HIDDEN, message['Body'])[:MOST_SHOWN]}")
    say(console, f"{len(messages)} dead letter(s).")
    return NOT_DONE if messages else DONE


def _redrive(
    queues: SQSClient, urls: tuple[str, str], messages: list[MessageTypeDef], message_id: str | None, console: Console
) -> int:
    """Send again one message, or all: more of the same group are only seen once the ones before them are gone.

    One that comes back at once, because it can never succeed, is not sent a second time.
    """
    dead, source = urls
    sent: list[str] = []
    chosen = list(messages) if message_id is None else [_named(messages, message_id)]
    while chosen:
        for message in chosen:
            _send_again(queues, source, message)
            queues.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
            messages.remove(message)
            sent.append(message["Body"])
            say(console, f"{message['MessageId']}  sent again")
        messages += [] if message_id else _received(queues, dead)
        chosen = [] if message_id else [message for message in messages if message["Body"] not in sent]
    say(console, f"{len(sent)} message(s) sent again.")
    return DONE


def _discard(
    queues: SQSClient, url: str, messages: list[MessageTypeDef], message_id: str | None, console: Console
) -> int:
    if message_id is None:
        raise InputRefused("invalid_option", "discard: found no --message-id", "Name the one message to drop.")
    message = _named(messages, message_id)
    queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    messages.remove(message)
    say(console, f"{message_id}  discarded")
    return DONE


def _give_back(queues: SQSClient, url: str, messages: list[MessageTypeDef]) -> None:
    """Let others see at once what was only looked at."""
    for message in messages:
        queues.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)


def _named(messages: list[MessageTypeDef], message_id: str) -> MessageTypeDef:
    for message in messages:
        if message["MessageId"] == message_id:
            return message
    raise InputRefused(
        "no_such_message",
        f"--message-id: no dead letter has the id {message_id!r:.60}",
        "See `deskshift dead-letters … list`.",
    )


def attribute(message: MessageTypeDef, name: str) -> str:
    """Read what was written beside a message; empty if nothing was."""
    value = message.get("MessageAttributes", {}).get(name)
    return "" if value is None else value.get("StringValue", "")


def _send_again(queues: SQSClient, url: str, message: MessageTypeDef) -> None:
    """Keep the group, and give the copy an id of its own: the first message's may count as taken for five minutes."""
    group = message.get("Attributes", {}).get("MessageGroupId")
    if group is None:
        queues.send_message(QueueUrl=url, MessageBody=message["Body"])
        return
    again = hashlib.sha256(f"again\0{message['MessageId']}".encode()).hexdigest()
    queues.send_message(QueueUrl=url, MessageBody=message["Body"], MessageGroupId=group, MessageDeduplicationId=again)
