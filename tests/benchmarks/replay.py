"""The bare loop: sends recorded calls with urllib3 and json alone: `python -m tests.benchmarks.replay`.

Reads a `Replay` as JSON from standard input; the last line that it prints is a `Replayed`.
"""

from __future__ import annotations

import base64
import json
import sys
import time
from pathlib import Path

import msgspec
import urllib3

from tests.benchmarks.vendor_calls import SentCall


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """Which calls to send where."""

    record: str
    base_url: str
    token: str


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What it took; times in seconds."""

    calls: int
    wall: float
    cpu: float


def replayed(given: Replay) -> Replayed:
    """Send every call in its order over one kept connection; each body is encoded and each answer decoded.

    Raises:
        SystemExit: a status is another one than was recorded, so that it would not be the same work.
    """
    calls = _read(Path(given.record))
    http = urllib3.PoolManager(maxsize=1, retries=False, timeout=urllib3.Timeout(connect=5, read=60))
    began, cpu = time.perf_counter(), time.process_time()
    for call, body, headers in calls:
        sent = json.dumps(body).encode() if isinstance(body, dict) else body
        answer = http.request(
            call.method,
            given.base_url + call.target,
            body=sent,
            headers={**headers, "authorization": f"Bearer {given.token}"},
        )
        if answer.data and answer.headers.get("content-type", "").startswith("application/json"):
            json.loads(answer.data)
        if answer.status != call.status:
            raise SystemExit(f"{call.method} {call.target}: {answer.status} where {call.status} was recorded")
    return Replayed(calls=len(calls), wall=time.perf_counter() - began, cpu=time.process_time() - cpu)


def _read(file: Path) -> list[tuple[SentCall, bytes | dict[str, object] | None, dict[str, str]]]:
    """Read the calls beforehand; a JSON body is decoded, so that the loop has to encode it."""
    made = []
    with file.open("rb") as lines:
        for line in lines:
            call = msgspec.json.decode(line, type=SentCall)
            raw = None if call.body is None else base64.b64decode(call.body)
            decoded: bytes | dict[str, object] | None = raw
            if raw and call.headers.get("content-type") == "application/json":
                decoded = json.loads(raw)
            made.append((call, decoded, call.headers))
    return made


def main() -> None:
    """Read the input, send, tell."""
    done = replayed(msgspec.json.decode(sys.stdin.buffer.read(), type=Replay))
    sys.stdout.buffer.write(msgspec.json.encode(done) + b"\n")


if __name__ == "__main__":
    main()
