"""A small HTTP server on 127.0.0.1 in a thread of its own, for what the local stack serves."""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from infra.local.stack.principal import acting_as

LOOK_EVERY_SECONDS = 0.05


class QuietHandler(BaseHTTPRequestHandler):
    """Handles a request and logs nothing: paths carry ids, and standard error is for errors."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - http.server's signature
        """Nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the base class's own types
        """Say nothing of a client that went away before its answer; it is the client's to try again."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class LoopbackServer:
    """Serves as a context manager; what comes in is nobody's function's, but the operator's.

    Args:
        name: of its thread.
        handler: handles each request.
        port: 0 takes a free one.
    """

    def __init__(self, name: str, handler: type[BaseHTTPRequestHandler], port: int = 0) -> None:
        """Bind the port."""
        self._server = _Server(("127.0.0.1", port), handler)
        serve = self._server.serve_forever
        self._thread = threading.Thread(target=serve, args=(LOOK_EVERY_SECONDS,), name=name, daemon=True)

    @property
    def url(self) -> str:
        """Where it is served, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        with acting_as(None):
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
