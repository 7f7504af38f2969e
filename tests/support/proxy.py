"""Stand between deskshift and the sandbox: pass calls on, and answer some of them differently."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import urllib3

from deskshift.store.connections import Connections
from tests.support.moves import Account


@dataclass(frozen=True)
class Given:
    """An answer that the platform did not give."""

    status: int
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})


@dataclass(frozen=True)
class Passed:
    """One call that came by: the method, the path with its query, the body."""

    method: str
    path: str
    body: bytes
    headers: dict[str, str]


Rule = Callable[[Passed], Given | None]
"""Takes a call and gives the answer to it; None passes the call on to the platform."""


class Proxy:
    """A server in front of a platform; `rule` may answer any call in its place."""

    def __init__(self, target: str, rule: Rule) -> None:
        self.passed: list[Passed] = []
        self._pool = urllib3.PoolManager(maxsize=8, retries=False)
        handler = type("_Handler", (_Handler,), {"proxy": self, "target": target, "rule": staticmethod(rule)})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def forward(self, call: Passed, target: str) -> Given:
        """Pass a call on."""
        answer = self._pool.request(call.method, target + call.path, body=call.body or None, headers=call.headers)
        kept = {name: answer.headers[name] for name in ("content-type", "retry-after") if name in answer.headers}
        return Given(answer.status, answer.data, kept)

    @contextmanager
    def running(self) -> Iterator["Proxy"]:
        """Serve inside the block."""
        self._thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._pool.clear()


class _Handler(BaseHTTPRequestHandler):
    proxy: Proxy
    target: str
    rule: Rule
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        names = ("authorization", "content-type", "x-content-sha256", "accept")
        headers = {name: self.headers[name] for name in names if name in self.headers}
        call = Passed(self.command, self.path, self.rfile.read(length), headers)
        self.proxy.passed.append(call)
        given = self.rule(call) or self.proxy.forward(call, self.target)
        self.send_response(given.status)
        for name, value in given.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(given.body)))
        self.end_headers()
        self.wfile.write(given.body)

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the names that http.server calls

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - http.server's signature
        """Nothing."""


@contextmanager
def between(account: Account, rule: Rule) -> Iterator[Proxy]:
    """Let the account's calls pass by a proxy inside the block."""
    connections = Connections(account.stack.physical_id("ConnectionsTable"), account.stack.region)
    proxy = Proxy(account.sandbox.url, rule)
    with proxy.running():
        connections.put(msgspec.structs.replace(account.connection, base_url=proxy.url))
        try:
            yield proxy
        finally:
            connections.put(account.connection)
