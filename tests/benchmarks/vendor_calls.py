"""Watches a process's calls to the platform: how many, how long, and, where it is asked to, what was sent."""

from __future__ import annotations

import base64
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, cast
from unittest.mock import patch
from urllib.parse import urlsplit

import msgspec
import urllib3

from deskshift.connectors.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class SentCall(msgspec.Struct, frozen=True):
    """One call to the platform: `body` in base64, `target` is path and query."""

    method: str
    target: str
    status: int
    body: str | None
    headers: dict[str, str]


class VendorCalls:
    """Counts while `watching`; writes each call down as a line of JSON if there is a file for it."""

    def __init__(self, record: Path | None) -> None:
        self._record = record
        self.count = 0
        self.wall = 0.0
        self.gaps = 0.0
        """Seconds that the calls' pace asks for. They are counted, not waited for: the pace is not what is measured."""

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the one client that speaks to platforms; botocore has pools of its own and is not seen here."""
        request = urllib3.PoolManager.request
        file = self._record.open("wb") if self._record else None

        def watched(pool: urllib3.PoolManager, method: str, url: str, **given: Any) -> urllib3.BaseHTTPResponse:  # noqa: ANN401 - urllib3's own
            body = _bytes(given.get("body")) if file else None
            began = time.perf_counter()
            answer = request(pool, method, url, **given)
            self.wall += time.perf_counter() - began
            self.count += 1
            if file:
                file.write(msgspec.json.encode(_sent(method, url, answer.status, body, given["headers"])) + b"\n")
            return answer

        def paced(pace: Pace) -> None:
            self.gaps += cast("Any", pace)._gap  # noqa: SLF001 - what the wait would last

        try:
            with patch.object(urllib3.PoolManager, "request", watched), patch.object(Pace, "wait", paced):
                yield
        finally:
            if file:
                file.close()


def _sent(method: str, url: str, status: int, body: bytes | None, headers: dict[str, str]) -> SentCall:
    parts = urlsplit(url)
    kept = {name: value for name, value in headers.items() if name != "authorization"}
    text = None if body is None else base64.b64encode(body).decode()
    return SentCall(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, status, text, kept)


def _bytes(body: bytes | IO[bytes] | None) -> bytes | None:
    if body is None or isinstance(body, bytes):
        return body
    body.seek(0)
    content = body.read()
    body.seek(0)
    return content
