"""Polls queues and invokes functions with what arrives, as Lambda's event source mappings do.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.local.stack.principal import acting_as
from infra.local.stack.sqs_event import sqs_event

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from moto.sqs.models import Queue
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

    from infra.local.stack.crashes import Crashes
    from infra.local.stack.functions import Function
    from infra.local.stack.invocation import Invoker, Outcome

RECEIVE_LIMIT = 10  # messages in one ReceiveMessage call
DEFAULT_BATCH_SIZE = 10
DEFAULT_CONCURRENCY = (
    5  # Lambda starts five pollers: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
)
LOOK_EVERY_SECONDS = 0.05  # for messages that become visible again, which nothing announces


@dataclass(frozen=True)
class EventSource:
    """One event source mapping of the template."""

    function: Function
    queue: Queue
    batch_size: int
    concurrency: int
    partial_failures: bool

    @classmethod
    def from_properties(cls, properties: Mapping[str, Any], function: Function, queue: Queue) -> EventSource:
        """From the properties of an AWS::Lambda::EventSourceMapping."""
        return cls(
            function=function,
            queue=queue,
            batch_size=int(properties.get("BatchSize", DEFAULT_BATCH_SIZE)),
            concurrency=int(properties.get("ScalingConfig", {}).get("MaximumConcurrency", DEFAULT_CONCURRENCY)),
            partial_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
        )


class QueuePoller:
    """Serves one event source from a thread of its own until closed."""

    def __init__(
        self, source: EventSource, client: SQSClient, invoker: Invoker, crashes: Crashes, visibility_seconds: int | None
    ) -> None:
        """Make a poller; failed messages come back after `visibility_seconds`, or as the queue's attribute says."""
        self.source = source
        self._client = client
        self._invoker = invoker
        self._crashes = crashes
        self._visibility_seconds = visibility_seconds
        self._url = source.queue.physical_resource_id
        self._free = threading.Semaphore(source.concurrency)
        self._look = threading.Event()
        self._closed = False
        self._pool = ThreadPoolExecutor(source.concurrency, thread_name_prefix=f"poll-{source.function.name}")
        self._thread = threading.Thread(target=self._poll, name=f"poll-{source.queue.name}", daemon=True)

    def start(self) -> None:
        """Begin to poll."""
        with acting_as(None):
            self._thread.start()

    def look(self) -> None:
        """Look at the queue now: something was sent to it."""
        self._look.set()

    def close(self) -> None:
        """Stop polling; running invocations go on."""
        self._closed = True
        self._look.set()
        self._thread.join()
        self._pool.shutdown(wait=False, cancel_futures=True)

    @property
    def waiting(self) -> int:
        """Messages in the queue, visible or not: what is being processed counts."""
        return len(self.source.queue._messages)  # noqa: SLF001 - the public counts leave out messages in flight or delayed

    def _poll(self) -> None:
        while not self._closed:
            batch = (
                self._receive()
                if self.source.queue.messages and self._free.acquire(timeout=LOOK_EVERY_SECONDS)
                else None
            )
            if batch:
                self._pool.submit(self._deliver, batch)
                continue
            if batch is not None:
                self._free.release()
            self._look.wait(LOOK_EVERY_SECONDS)
            self._look.clear()

    def _receive(self) -> list[MessageTypeDef]:
        batch: list[MessageTypeDef] = []
        while len(batch) < self.source.batch_size:
            received = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=min(RECEIVE_LIMIT, self.source.batch_size - len(batch)),
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            if not received:
                break
            batch += received
        return batch

    def _deliver(self, batch: list[MessageTypeDef]) -> None:
        try:
            event = sqs_event(batch, self.source.queue.queue_arn, self._client.meta.region_name)
            outcome = self._invoker.invoke(self.source.function, json.dumps(event).encode())
            if outcome.error_type is not None:
                self._crashes.add(self.source.function.name, outcome)
            failed = failed_messages(batch, outcome, partial_failures=self.source.partial_failures)
            self._settle([message for message in batch if message["MessageId"] not in failed], batch, failed)
        finally:
            self._free.release()
            self._look.set()

    def _settle(self, done: list[MessageTypeDef], batch: Sequence[MessageTypeDef], failed: set[str]) -> None:
        for start in range(0, len(done), RECEIVE_LIMIT):
            entries = [
                {"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]}
                for n, message in enumerate(done[start : start + RECEIVE_LIMIT])
            ]
            self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)  # type: ignore[arg-type] # a dict is its TypedDict
        if self._visibility_seconds is None:
            return
        for message in batch:
            if message["MessageId"] in failed:
                self._client.change_message_visibility(
                    QueueUrl=self._url,
                    ReceiptHandle=message["ReceiptHandle"],
                    VisibilityTimeout=self._visibility_seconds,
                )


def failed_messages(batch: Sequence[MessageTypeDef], outcome: Outcome, *, partial_failures: bool) -> set[str]:
    """Ids of the messages that stay in the queue.

    An answer that Lambda cannot read, or that names a message which is not of the batch, fails the whole batch.
    """
    everything = {message["MessageId"] for message in batch}
    if outcome.error_type is not None:
        return everything
    if not partial_failures:
        return set()
    answer = json.loads(outcome.payload)
    if not answer or (isinstance(answer, dict) and not answer.get("batchItemFailures")):
        return set()
    try:
        named = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    except (KeyError, TypeError):
        return everything
    return everything if named - everything else named
