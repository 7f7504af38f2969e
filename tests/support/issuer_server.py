"""What the small authorization servers of the tests share: faults, what was seen, and a server on 127.0.0.1."""

import base64
import hashlib
import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]
Said = tuple[int, Any]
"""A status, and a body: bytes as they are, None for none, anything else as JSON."""
LOST = "the request is carried out, and its answer is lost"
FORM = "application/x-www-form-urlencoded"


@dataclass
class Asked:
    """A request that arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    address: str


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
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length") or 0))
            address = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            is_form = headers.get("content-type") == FORM
            body = dict(parse_qsl(content.decode())) if is_form else json.loads(content) if content else None
            query = dict(parse_qsl(address.query))
            answer = issuer.answer(Asked(self.command, address.path, query, headers, body, self.path))
            if answer is None:
                self.close_connection = True
                return
            status, said = answer
            sent = said if isinstance(said, bytes) else b"" if said is None else json.dumps(said).encode()
            self.send_response(status)
            if status == 429 and issuer.retry_after is not None:
                self.send_header("retry-after", issuer.retry_after)
            if status != 204:
                self.send_header("content-length", str(len(sent)))
            self.end_headers()
            if status != 204:
                self.wfile.write(sent)

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - http.server's signature
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    issuer.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
