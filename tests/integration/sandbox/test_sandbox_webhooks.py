from __future__ import annotations

import base64
import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

import pytest
from standardwebhooks import Webhook

from tests.integration.sandbox.platform_client import SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.sandbox.platform_client import Platform

Delivery = tuple[dict[str, str], bytes]


class Receiver:
    """An address that keeps what it is sent, and answers 500 as often as it is told to."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.failures = 0
        self._arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = receiver.take({key.lower(): value for key, value in self.headers.items()}, body)
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Keep the test output quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, headers: dict[str, str], body: bytes) -> int:
        with self._arrived:
            self.deliveries.append((headers, body))
            self._arrived.notify_all()
            if self.failures:
                self.failures -= 1
                return 500
            return 204

    def wait_for(self, count: int) -> list[Delivery]:
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.deliveries) >= count, timeout=20), len(self.deliveries)
            return list(self.deliveries)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as started:
        yield started


def _until(fact: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _subscribe(platform: Platform, receiver: Receiver, channel_id: str = "chat") -> None:
    assert platform.put("/webhooks/move-1", {"url": receiver.url, "channel_id": channel_id}).status == 200


def test_a_delivery_is_signed_and_of_the_contract(platform: Platform, receiver: Receiver) -> None:
    _subscribe(platform, receiver)
    platform.live("message", conversation_id="conv-plain", text="a word of the customer's")
    platform.live("message", conversation_id="conv-mail", text="another channel")
    ((headers, body),) = receiver.wait_for(1)
    Webhook(SECRET).verify(body, headers)
    told = json.loads(body)
    platform.contract.check(told, "#/components/schemas/WebhookBody")
    assert (told["data"]["conversation_id"], told["data"]["kind"], told["data"]["version"]) == (
        "conv-plain",
        "message",
        2,
    )
    assert told["data"]["message"]["text"] == "a word of the customer's"


def test_both_channels_hear_of_a_conversation_that_moves(platform: Platform, receiver: Receiver) -> None:
    _subscribe(platform, receiver)
    platform.live("move_channel", conversation_id="conv-mail", channel_id="chat")
    platform.live("move_channel", conversation_id="conv-plain", channel_id="mail")
    told = {json.loads(body)["data"]["conversation_id"] for _, body in receiver.wait_for(2)}
    assert told == {"conv-mail", "conv-plain"}


def test_while_secrets_rotate_both_sign(platform: Platform, receiver: Receiver) -> None:
    new = "whsec_" + base64.b64encode(b"another secret of 24 byte").decode()
    platform.sandbox.set_options(platform.account, webhook_secrets=[new, SECRET])
    _subscribe(platform, receiver)
    platform.live("delete", conversation_id="conv-plain")
    ((headers, body),) = receiver.wait_for(1)
    for secret in (SECRET, new):
        Webhook(secret).verify(body, headers)


def test_a_failed_delivery_is_tried_again_under_the_same_id(platform: Platform, receiver: Receiver) -> None:
    receiver.failures = 2
    _subscribe(platform, receiver)
    platform.live("message", conversation_id="conv-plain")
    deliveries = receiver.wait_for(3)
    assert len({headers["webhook-id"] for headers, _ in deliveries}) == 1
    _until(lambda: platform.state()["webhooks"]["pending"] == 0)
    assert platform.state()["webhooks"] == {"delivered": 1, "failed_attempts": 2, "dropped": 0, "pending": 0}


def test_after_five_more_attempts_a_delivery_is_dropped(platform: Platform, receiver: Receiver) -> None:
    receiver.failures = 100
    _subscribe(platform, receiver)
    platform.live("message", conversation_id="conv-plain")
    _until(lambda: platform.state()["webhooks"]["dropped"] == 1)
    assert len(receiver.deliveries) == 6


def test_an_ended_subscription_hears_nothing(platform: Platform, receiver: Receiver) -> None:
    _subscribe(platform, receiver)
    platform.delete("/webhooks/move-1")
    platform.live("message", conversation_id="conv-plain")
    assert platform.state()["webhooks"]["pending"] == 0


def test_deliveries_are_shuffled_and_doubled_on_request(platform: Platform, receiver: Receiver) -> None:
    platform.sandbox.faults(platform.account, "shuffle_webhooks=0.2,duplicate_webhooks=0.2")
    _subscribe(platform, receiver)
    for number in range(10):
        platform.live("message", conversation_id="conv-plain", text=f"word {number}")
        _until(lambda: platform.state()["webhooks"]["pending"] <= 2)
    counts = platform.sandbox.fault_counts(platform.account)
    assert all(1 <= counts[name]["done"] <= 3 and counts[name]["calls"] == 10 for name in counts)
    deliveries = receiver.wait_for(10 + counts["duplicate_webhooks"]["done"])
    _until(lambda: platform.state()["webhooks"]["pending"] == 0)
    assert len(receiver.deliveries) == len(deliveries), "none more than those"
    sent = Counter(headers["webhook-id"] for headers, _ in deliveries)
    assert len(sent) == 10
    assert sum(count == 2 for count in sent.values()) == counts["duplicate_webhooks"]["done"]
    versions = [json.loads(body)["data"]["version"] for _, body in deliveries]
    assert sorted(set(versions)) == list(range(2, 12))
    assert versions != sorted(versions)


def test_with_every_delivery_shuffled_none_is_lost(platform: Platform, receiver: Receiver) -> None:
    platform.sandbox.faults(platform.account, "shuffle_webhooks=1")
    _subscribe(platform, receiver)
    for _ in range(3):
        platform.live("message", conversation_id="conv-plain")
    assert len({headers["webhook-id"] for headers, _ in receiver.wait_for(3)}) == 3
