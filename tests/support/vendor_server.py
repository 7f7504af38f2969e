"""A small vendor on 127.0.0.1: what arrives is decoded, what it answers is sent, and what was seen is kept by it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

FORM = "application/x-www-form-urlencoded"
LOST = "the request is carried out, and its answer is lost"


@dataclass
class Asked:
    """A request that arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    address: str


Answered = tuple[int, Any] | None
"""A status, and a body: bytes as they are, None for none, anything else as JSON. None: the connection is closed."""


def _plain(said: object) -> bytes:
    return json.dumps(said).encode()


@contextmanager
def serving(
    answer: Callable[[Asked], Answered],
    *,
    decode: Callable[[bytes], Any] = json.loads,
    encode: Callable[[Any], bytes] = _plain,
    headers: Callable[[int], dict[str, str]] = lambda _: {},
) -> Iterator[str]:
    """Serve, and give the address; `headers` are what a status bears beside the body's length."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length") or 0))
            address = urlsplit(self.path)
            given = {name.lower(): value for name, value in self.headers.items()}
            is_form = given.get("content-type") == FORM
            body = dict(parse_qsl(content.decode())) if is_form else decode(content) if content else None
            query = dict(parse_qsl(address.query))
            answered = answer(Asked(self.command, address.path, query, given, body, self.path))
            if answered is None:
                self.close_connection = True
                return
            status, said = answered
            sent = said if isinstance(said, bytes) else b"" if said is None else encode(said)
            self.send_response(status)
            for name, value in headers(status).items():
                self.send_header(name, value)
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
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
