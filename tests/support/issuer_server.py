"""What the small authorization servers of the tests share: faults, what was seen, and a server on 127.0.0.1."""

import base64
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.support import vendor_server
from tests.support.vendor_server import LOST, Asked

Json = dict[str, Any]
Said = tuple[int, Any]
"""A status, and a body: bytes as they are, None for none, anything else as JSON."""


@dataclass
class Code:
    """An authorization code and what it was given for."""

    client: str
    redirect_uri: str
    agent: int
    scopes: str
    challenge: str | None = None


@dataclass
class Issuer:
    """Faults are used up one by one: LOST, or an answer instead of the issuer's own.

    With a `clock` a new token is made now; without one it has the times that its issuer's tests know.
    """

    url: str = ""
    faults: dict[tuple[str, str], list[Any]] = field(default_factory=lambda: defaultdict(list))
    retry_after: str | None = None
    seen: list[Asked] = field(default_factory=list)
    codes: dict[str, Code] = field(default_factory=dict)
    clock: Callable[[], datetime] | None = None

    def sent(self, method: str, path: str) -> list[Asked]:
        return [one for one in self.seen if (one.method, one.path) == (method, path)]

    def answer(self, asked: Asked) -> Said | None:
        self.seen.append(asked)
        waiting = self.faults[asked.method, asked.path]
        fault = waiting.pop(0) if waiting else None
        if isinstance(fault, tuple):
            return fault
        done = self.done(asked)
        return None if fault == LOST else done

    def done(self, asked: Asked) -> Said:
        raise NotImplementedError

    def in_time(self, **passed: float) -> str | None:
        """Give the time after which so much has passed from now, in UTC; None without a clock."""
        return None if self.clock is None else f"{self.clock() + timedelta(**passed):%Y-%m-%dT%H:%M:%S.%fZ}"

    def redeemed(self, body: Json, secrets: dict[str, str]) -> Code | str:
        """Take a code, or say why not; either way it is used up."""
        code = self.codes.pop(body.get("code", ""), None)
        verifier = body.get("code_verifier")
        if secrets.get(body.get("client_id", "")) != body.get("client_secret", ""):
            return "invalid_client"
        if code is None or (code.client, code.redirect_uri) != (body["client_id"], body["redirect_uri"]):
            return "invalid_grant"
        if code.challenge != (None if verifier is None else challenge_of(verifier)):
            return "invalid_grant"
        return code


def challenge_of(verifier: str) -> str:
    """S256 (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


@contextmanager
def serving(issuer: Issuer) -> Iterator[None]:
    def headers(status: int) -> dict[str, str]:
        return {"retry-after": issuer.retry_after} if status == 429 and issuer.retry_after is not None else {}

    with vendor_server.serving(issuer.answer, headers=headers) as issuer.url:
        yield
