"""A FIFO queue drops a message whose deduplication id it took within five minutes; moto forgets deleted messages.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
A sequence number is given to every message of a FIFO queue; moto gives one only with an explicit deduplication id.
A message that SQS itself moves to a dead-letter queue is never dropped.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from typing import TYPE_CHECKING
from unittest.mock import patch
from weakref import WeakKeyDictionary

from moto.sqs.models import DEDUPLICATION_TIME_IN_SECONDS, Message, Queue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextlib.contextmanager
def mend(message_added: Callable[[Queue], None]) -> Iterator[None]:
    """Remember deduplication ids, and call `message_added` after each message that a queue took."""
    add, sequence = Queue.add_message, itertools.count(1)
    taken: WeakKeyDictionary[Queue, dict[str, float]] = WeakKeyDictionary()

    def add_message(queue: Queue, message: Message) -> None:
        now, seen = time.monotonic(), taken.setdefault(queue, {})
        if message.approximate_receive_count > 0:
            with queue._messages_lock:  # noqa: SLF001 - what add_message does after its own look for duplicates
                queue._messages.append(message)  # noqa: SLF001 - same
            message_added(queue)
            return
        if queue.fifo_queue and message.deduplication_id:
            if now - seen.get(message.deduplication_id, -DEDUPLICATION_TIME_IN_SECONDS) < DEDUPLICATION_TIME_IN_SECONDS:
                return
            seen[message.deduplication_id] = now
        if queue.fifo_queue and message.sequence_number is None:
            message.sequence_number = f"{next(sequence):020d}"
        add(queue, message)
        message_added(queue)

    with patch.object(Queue, "add_message", add_message):
        yield
