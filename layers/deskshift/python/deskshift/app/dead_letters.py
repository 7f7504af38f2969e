"""Send a message that can never succeed to the dead-letter queue, with its reason."""

import hashlib

import msgspec

from deskshift.app.log import correlation_id
from deskshift.app.wiring import Wiring
from deskshift.model.errors import DeskshiftError

_REASON_LENGTH = 512
_LONGEST_BODY = 200 * 1024
"""A message has at most 256 KiB with its attributes; a longer one is cut short, for its reason must have room."""


class FifoMessage(msgspec.Struct, frozen=True):
    """What a message is in its FIFO queue; SQS gives it a new id when it is sent again."""

    message_id: str
    group: str


def send_dead_letter(
    wiring: Wiring, queue_url: str, body: str, error: DeskshiftError, *, fifo: FifoMessage | None = None
) -> None:
    """Put the message aside as it came, `error_code` and `reason` beside it, so that its neighbours go on.

    Args:
        wiring: stores and clients.
        queue_url: the dead-letter queue.
        body: the message as it came.
        error: why it can never succeed.
        fifo: what the message was in its queue, if that is FIFO.
    """
    encoded = body.encode("utf-8", "surrogatepass")
    if len(encoded) > _LONGEST_BODY:
        body = encoded[:_LONGEST_BODY].decode("utf-8", "ignore")
    attributes = {
        "error_code": {"DataType": "String", "StringValue": error.code},
        "reason": {"DataType": "String", "StringValue": _valid(str(error))[:_REASON_LENGTH]},
    }
    correlated = correlation_id()
    if correlated is not None:
        attributes["correlation_id"] = {"DataType": "String", "StringValue": correlated}
    if fifo is None:
        wiring.queues.send_message(QueueUrl=queue_url, MessageBody=body, MessageAttributes=attributes)  # type: ignore[arg-type]  # a plain dict of the same shape
        return
    wiring.queues.send_message(
        QueueUrl=queue_url,
        MessageBody=body,
        MessageAttributes=attributes,  # type: ignore[arg-type]  # a plain dict of the same shape
        MessageGroupId=fifo.group,
        # The same message set aside twice is one dead letter; sent again by an operator it is another message.
        MessageDeduplicationId=hashlib.sha256(f"{error.code}\0{fifo.message_id}".encode()).hexdigest(),
    )


def _valid(text: str) -> str:
    """Drop the characters that SQS takes in no attribute."""
    return "".join(c if c.isprintable() else "?" for c in text)
