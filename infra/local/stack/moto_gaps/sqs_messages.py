"""SQS refuses messages that moto takes.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
- Characters: only #x9 #xA #xD #x20-#xD7FF #xE000-#xFFFD #x10000-#x10FFFF.
- Size: bytes of body and attributes together, not characters of the body.
- An empty body.
- Group and deduplication ids: 1 to 128 letters, digits and punctuation; the latter only for FIFO queues.
- In a batch a bad entry fails alone; moto fails the whole batch.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from moto.sqs.exceptions import InvalidParameterValue, MissingParameter, SQSException
from moto.sqs.models import Message, Queue, SQSBackend

if TYPE_CHECKING:
    from collections.abc import Iterator

FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ID = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}")


@contextlib.contextmanager
def mend() -> Iterator[None]:
    """Check messages as SQS does."""
    send, send_batch = SQSBackend.send_message, SQSBackend.send_message_batch

    def send_message(backend: SQSBackend, queue_name: str, message_body: str, **kwargs: Any) -> Message:  # noqa: ANN401 - moto's
        check_message(  # moto passes all else by name
            backend.get_queue(queue_name),
            message_body,
            kwargs.get("message_attributes") or {},
            kwargs.get("group_id"),
            kwargs.get("deduplication_id"),
        )
        return send(backend, queue_name, message_body, **kwargs)

    def send_message_batch(
        backend: SQSBackend, queue_name: str, entries: dict[str, dict[str, Any]]
    ) -> tuple[list[Message], list[dict[str, Any]]]:
        queue, good, failed = backend.get_queue(queue_name), {}, []
        for number, entry in entries.items():
            try:
                check_message(
                    queue,
                    entry["MessageBody"],
                    entry.get("MessageAttributes") or {},
                    entry.get("MessageGroupId"),
                    entry.get("MessageDeduplicationId"),
                )
                good[number] = entry
            except SQSException as error:
                failed.append(
                    {"Id": entry["Id"], "SenderFault": True, "Code": error.code, "Message": str(error.message)}
                )
        messages, others = send_batch(backend, queue_name, good)
        return messages, failed + others

    with (
        patch.object(SQSBackend, "send_message", send_message),
        patch.object(SQSBackend, "send_message_batch", send_message_batch),
    ):
        yield


def check_message(
    queue: Queue, body: str, attributes: dict[str, Any], group_id: str | None, deduplication_id: str | None
) -> None:
    """Raise the SQSException that SQS answers for such a message, if any."""
    if not body:
        raise MissingParameter("MessageBody")
    if FORBIDDEN.search(body):
        raise SQSException(
            "InvalidMessageContents", "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD ..."
        )
    limit = int(queue.attributes["MaximumMessageSize"])
    if len(body.encode()) + _attribute_bytes(attributes) > limit:
        raise InvalidParameterValue(
            f"One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes."
        )
    for name, value in (("MessageGroupId", group_id), ("MessageDeduplicationId", deduplication_id)):
        if value is not None and not ID.fullmatch(value):
            raise InvalidParameterValue(
                f"Value for parameter {name} is invalid. Reason: {name} can only include alphanumeric and punctuation "
                "characters. 1 to 128 in length."
            )
    if deduplication_id is not None and not queue.fifo_queue:
        raise InvalidParameterValue("The request includes a parameter that is not valid for this queue type")


def _attribute_bytes(attributes: dict[str, Any]) -> int:
    return sum(
        len(name.encode())
        + len(value.get("DataType", "").encode())
        + len((value.get("StringValue") or "").encode())
        + len(value.get("BinaryValue") or b"")
        for name, value in attributes.items()
    )
