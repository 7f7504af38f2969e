"""AWS serves many callers at once, each write whole; moto's backends are plain Python objects without locks.

Two threads may both pass the same condition of a DynamoDB put, a transaction that is cancelled puts back whole tables
over what others wrote meanwhile, and SQS loses messages that are sent while another is deleted. Here each service
does one request at a time. Lambda is left out: its requests run handlers, which make requests themselves.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING
from unittest.mock import patch
from urllib.parse import urlsplit

from moto.core.botocore_stubber import BotocoreStubber
from moto.sqs.models import Queue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.awsrequest import AWSPreparedRequest
    from moto.core.common_types import TYPE_RESPONSE

LOCKED = ("dynamodb", "sqs", "s3", "secretsmanager", "events", "iam", "monitoring", "cloudformation")
LOOK_EVERY_SECONDS = 0.05
# The backends are the process's, so the locks are: two stacks that are open share them.
_LOCKS = {service: threading.Condition(threading.RLock()) for service in LOCKED}


@contextlib.contextmanager
def mend() -> Iterator[None]:
    """Serialize the requests of each service."""
    process = BotocoreStubber.process_request

    def process_request(stubber: BotocoreStubber, request: AWSPreparedRequest) -> TYPE_RESPONSE | None:
        lock = _LOCKS.get(_service(request.url))
        with lock if lock is not None else contextlib.nullcontext():
            return process(stubber, request)

    def wait_for_messages(queue: Queue, timeout: int) -> None:
        # A long poll must not keep others from sending what it waits for.
        deadline = time.monotonic() + timeout
        while not queue.messages and time.monotonic() < deadline:
            with _LOCKS["sqs"]:
                _LOCKS["sqs"].wait(LOOK_EVERY_SECONDS)

    with (
        patch.object(BotocoreStubber, "process_request", process_request),
        patch.object(Queue, "wait_for_messages", wait_for_messages),
    ):
        yield


def _service(url: str) -> str:
    labels = (urlsplit(url).hostname or "").split(".")
    if "s3" in labels:  # a bucket's name comes first
        return "s3"
    return "sqs" if "queue" in labels[:2] else labels[0]
