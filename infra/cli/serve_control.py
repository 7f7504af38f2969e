"""How another process asks `local serve` to deploy again or to tear the stack down."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from infra.local.stack.errors import LocalStackError
from infra.local.stack.loopback import LoopbackServer, QuietHandler

if TYPE_CHECKING:
    from infra.local.stack import LocalStack


class Control(LoopbackServer):
    """Serves POST /update and POST /teardown on 127.0.0.1; answers JSON.

    Args:
        stack: what is updated or torn down.
        stop: is set after a teardown, for there is nothing left to serve.
    """

    def __init__(self, stack: LocalStack, stop: threading.Event) -> None:
        self._stack = stack
        self._stop = stop
        self._one_at_a_time = threading.Lock()
        super().__init__("control", type("_Handler", (_RequestHandler,), {"control": self}))

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


class _RequestHandler(QuietHandler):
    control: Control

    def _serve(self) -> None:
        """Answer one request."""
        status, body = self.control.answer(self.path)
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = _serve  # noqa: N815 - the name that http.server calls
