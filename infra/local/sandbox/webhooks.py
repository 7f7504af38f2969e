"""Webhooks: changes of the inbox, sent in the background, signed as Standard Webhooks says, and retried.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
import urllib3

from infra.local.sandbox import clock

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from infra.local.sandbox.faults import Faults
    from infra.local.sandbox.inbox import Change
    from infra.local.sandbox.records import Message

MOST_RETRIES = 5
_RETRY_SECONDS = 0.05
_SHUFFLE_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one address. Its id stays the same in every attempt, and in a duplicate."""

    id: str
    url: str
    body: bytes


@dataclass(slots=True)
class Subscription:
    """Who wants to hear of a channel's changes."""

    id: str
    url: str
    channel_id: str


def signatures(delivery_id: str, timestamp: int, body: bytes, secrets: list[str]) -> str:
    """Return the ``webhook-signature`` header: one ``v1,<base64>`` for each secret, separated by spaces."""
    signed = f"{delivery_id}.{timestamp}.".encode() + body
    keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]
    return " ".join(f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}" for key in keys)


@dataclass(slots=True)
class Webhooks:
    """Subscriptions of one account, and the deliveries that are under way.

    Sending happens in worker threads that touch nothing of the account; everything else on the event loop.
    """

    secrets: list[str]
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: {"delivered": 0, "failed_attempts": 0, "dropped": 0})
    _held: deque[Delivery] = field(default_factory=deque)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _pool: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(
            maxsize=8, retries=False, timeout=urllib3.Timeout(connect=2, read=10)
        )
    )

    @property
    def pending(self) -> int:
        """Return how many deliveries are not done yet."""
        return len(self._tasks) + len(self._held)

    def publish(self, change: Change, message: Message | None, faults: Faults) -> None:
        """Send a change to every subscription of its channel, present or previous."""
        channels = {change.channel_id, change.previous_channel_id}
        for subscription in self.subscriptions.values():
            if subscription.channel_id in channels:
                self._publish(subscription, change, message, faults)

    def _publish(self, subscription: Subscription, change: Change, message: Message | None, faults: Faults) -> None:
        data: dict[str, object] = {
            "conversation_id": change.conversation_id,
            "channel_id": change.channel_id,
            "kind": change.kind,
            "version": change.version,
        }
        if message is not None:
            data["message"] = message
        body = msgspec.json.encode({"type": "conversation.changed", "timestamp": clock.now(), "data": data})
        delivery = Delivery(f"msg_{uuid.uuid4().hex}", subscription.url, body)
        if faults.delivery("duplicate_webhooks"):
            self._start(delivery)
        if faults.delivery("shuffle_webhooks"):
            self._held.append(delivery)
            self._spawn(self._let_go_later())
        else:
            later = self._start(delivery)
            while self._held:
                self._spawn(self._deliver_after(later, self._held.popleft()))

    def _start(self, delivery: Delivery) -> asyncio.Task[None]:
        return self._spawn(self._deliver(delivery))

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _deliver_after(self, later: asyncio.Task[None], delivery: Delivery) -> None:
        """Send what was held back once the delivery that came later has arrived, or was given up."""
        await asyncio.wait([later])
        await self._deliver(delivery)

    def _let_go(self) -> None:
        """Send what was held back and that nothing came after."""
        while self._held:
            self._start(self._held.popleft())

    async def _let_go_later(self) -> None:
        await asyncio.sleep(_SHUFFLE_SECONDS)
        self._let_go()

    async def _deliver(self, delivery: Delivery) -> None:
        for attempt in range(1 + MOST_RETRIES):
            if await asyncio.to_thread(_post, self._pool, delivery, list(self.secrets)):
                self.counts["delivered"] += 1
                return
            self.counts["failed_attempts"] += 1
            await asyncio.sleep(_RETRY_SECONDS * 2**attempt)
        self.counts["dropped"] += 1


def _post(pool: urllib3.PoolManager, delivery: Delivery, secrets: list[str]) -> bool:
    """Send a delivery once; False unless the answer is a 2xx."""
    timestamp = int(time.time())
    headers = {
        "content-type": "application/json",
        "webhook-id": delivery.id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures(delivery.id, timestamp, delivery.body, secrets),
    }
    try:
        response = pool.request("POST", delivery.url, body=delivery.body, headers=headers, redirect=False)
    except urllib3.exceptions.HTTPError:
        return False
    return HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES
