"""Serves the stack's AWS services on 127.0.0.1, for clients in other processes (`AWS_ENDPOINT_URL`).

A request takes the same way as one of a client in this process, so that every mended gap counts for it too. Which
service is meant stands in the request's signature, whose key nobody checks; what comes in here is the operator's.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders
from moto.core.botocore_stubber import BotocoreStubber

from infra.local.stack.loopback import LoopbackServer, QuietHandler

SCOPE = re.compile(r"[^/]+/\d{8}/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9-]+)/aws4_request")
NOT_SENT_ON = frozenset({"connection", "content-length", "transfer-encoding"})


class AwsEndpoint(LoopbackServer):
    """One address for all services."""

    def __init__(self, port: int = 0) -> None:
        """Bind a port; 0 takes a free one."""
        super().__init__("aws-endpoint", _RequestHandler, port)


class _RequestHandler(QuietHandler):
    def _serve(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        scope = SCOPE.search(self._credential())
        if scope is None:
            self._write(403, {}, b"the request is not signed, so that nobody knows which service it is for")
            return
        headers = HTTPHeaders()
        for name, value in self.headers.items():
            headers[name] = value
        url = f"https://{scope['service']}.{scope['region']}.amazonaws.com{self.path}"
        prepared = AWSPreparedRequest(self.command, url, headers, body, False)  # noqa: FBT003 - whether to stream
        answer = BotocoreStubber().process_request(prepared)
        if answer is None:
            self._write(404, {}, f"no service is served at {url}".encode())
            return
        status, answered, content = answer
        self._write(int(status), answered, content.encode() if isinstance(content, str) else content)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - the names that http.server calls

    def _credential(self) -> str:
        """Where the credential's scope stands: in the signature's header, or in a presigned address."""
        presigned = parse_qs(urlsplit(self.path).query).get("X-Amz-Credential", [""])[0]
        return self.headers.get("authorization", "") or presigned

    def _write(self, status: int, headers: Any, content: bytes) -> None:  # noqa: ANN401 - a mapping of moto's
        self.send_response(status)
        given_length = str(len(content))
        for name, value in dict(headers).items():
            if name.lower() == "content-length" and self.command == "HEAD":
                given_length = str(value)
            if name.lower() not in NOT_SENT_ON:
                self.send_header(name, str(value))
        self.send_header("content-length", given_length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
