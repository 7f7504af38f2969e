"""How another process asks `local serve` to deploy again or to tear the stack down."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from infra.local.stack.errors import LocalStackError
from infra.local.stack.principal import acting_as

if TYPE_CHECKING:
    from infra.local.stack import LocalStack


class Control:
    """Serves POST /update and POST /teardown on 127.0.0.1; answers JSON.

    Args:
        stack: what is updated or torn down.
        stop: is set after a teardown, for there is nothing left to serve.
    """

    def __init__(self, stack: LocalStack, stop: threading.Event) -> None:
        self._stack = stack
        self._stop = stop
        self._one_at_a_time = threading.Lock()
        handler = type("_Handler", (_RequestHandler,), {"control": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="control", daemon=True)

    @property
    def url(self) -> str:
        """Where it is served."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        with acting_as(None):
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str) -> tuple[int, dict[str, Any]]:
        """Do what is asked for; a LocalStackError is answered with its code and words."""
        with self._one_at_a_time:
            try:
                match path:
                    case "/update":
                        return 200, {"changed": list(self._stack.update())}
                    case "/teardown":
                        retained = self._stack.delete()
                        self._stop.set()
                        return 200, {"retained": dict(retained)}
                    case _:
                        return 404, {"code": "unknown_path", "message": path}
            except LocalStackError as error:
                return 400, {"code": error.code, "message": str(error)}


class _RequestHandler(BaseHTTPRequestHandler):
    control: Control

    def do_POST(self) -> None:
        """Answer one request."""
        status, body = self.control.answer(self.path)
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - http.server's signature
        """Nothing: standard error is for errors."""
