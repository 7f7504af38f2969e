"""Serves the template's HTTP API on 127.0.0.1: routes to functions, events and answers in payload format 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
Routes and their authorizers are read from the OpenAPI body that SAM makes.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from infra.local.stack.http_event import http_event
from infra.local.stack.invocation import SYNCHRONOUS_LIMIT
from infra.local.stack.loopback import LoopbackServer, QuietHandler

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.stack.functions import Function, Functions
    from infra.local.stack.invocation import Invoker

BODY_LIMIT = 10 * 1024 * 1024
SIGNATURE = "AWS4-HMAC-SHA256 "
PATH_PARAMETER = re.compile(r"\{(\w+)(\+?)\}")
FUNCTION_IN_URI = re.compile(r"\$\{(\w+)\.(?:Arn|Alias)\}|function:([\w-]+)")


@dataclass(frozen=True)
class Route:
    """One route of the API."""

    method: str
    path: str
    function: Function
    signed: bool

    def parameters(self, method: str, path: str) -> dict[str, str] | None:
        """The path's parameters if the route takes such a request."""
        if self.method not in {method, "ANY"}:
            return None
        pattern = PATH_PARAMETER.sub(lambda name: f"(?P<{name[1]}>{'.+' if name[2] else '[^/]+'})", self.path)
        found = re.fullmatch(pattern, path)
        return None if found is None else {name: unquote(value) for name, value in found.groupdict().items()}


def routes_of(apis: Mapping[str, Mapping[str, Any]], functions: Functions) -> list[Route]:
    """The routes of the AWS::ApiGatewayV2::Api resources, those without parameters first."""
    routes = []
    for properties in apis.values():
        for path, operations in properties.get("Body", {}).get("paths", {}).items():
            for method, operation in operations.items():
                integration = operation.get("x-amazon-apigateway-integration")
                if integration is None:
                    continue
                function = functions.named(_function_name(integration["uri"]))
                signed = any("AWS_IAM" in requirement for requirement in operation.get("security", ()))
                name = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
                routes.append(Route(name, path, function, signed))
    return sorted(routes, key=lambda route: (route.path.count("{"), route.path))


def _function_name(uri: Any) -> str:  # noqa: ANN401 - a string, or an intrinsic function around it
    found = FUNCTION_IN_URI.search(json.dumps(uri))
    if found is None:
        raise ValueError(f"no function in the integration's uri {uri!r}")
    return found[1] or found[2]


class HttpApi(LoopbackServer):
    """The API's server."""

    def __init__(self, routes: list[Route], invoker: Invoker) -> None:
        """Bind a free port."""
        self.routes = routes
        self._invoker = invoker
        super().__init__("http-api", type("_Handler", (_RequestHandler,), {"api": self}))

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request."""
        parts = urlsplit(target)
        for route in self.routes:
            parameters = route.parameters(method, parts.path)
            if parameters is None:
                continue
            if route.signed and not headers.get("authorization", "").startswith(SIGNATURE):
                return _message(403, "Forbidden")
            event = http_event(route, method, parts, headers, body, parameters)
            payload = json.dumps(event).encode()
            if len(payload) > SYNCHRONOUS_LIMIT:
                return _message(413, "Request Entity Too Large")
            outcome = self._invoker.invoke(route.function, payload)
            return (
                _message(500, "Internal Server Error") if outcome.error_type else _mapped(json.loads(outcome.payload))
            )
        return _message(404, "Not Found")


@dataclass(frozen=True)
class Answer:
    """Status, headers and body of a response."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def _message(status: int, text: str) -> Answer:
    return Answer(status, (("content-type", "application/json"),), json.dumps({"message": text}).encode())


def _mapped(result: Any) -> Answer:  # noqa: ANN401 - whatever a function returns
    """The response that API Gateway makes of a function's result."""
    if not isinstance(result, dict) or "statusCode" not in result:
        return Answer(200, (("content-type", "application/json"),), json.dumps(result).encode())
    body = result.get("body") or ""
    if not isinstance(body, str) or not isinstance(result["statusCode"], int):
        return _message(500, "Internal Server Error")
    headers = {str(name).lower(): str(value) for name, value in (result.get("headers") or {}).items()}
    headers.setdefault("content-type", "text/plain; charset=utf-8")
    cookies = tuple(("set-cookie", cookie) for cookie in result.get("cookies", ()))
    content = base64.b64decode(body) if result.get("isBase64Encoded") else body.encode()
    return Answer(result["statusCode"], (*headers.items(), *cookies), content)


class _RequestHandler(QuietHandler):
    api: HttpApi

    def _serve(self) -> None:
        length = self.headers.get("content-length")
        if length is None and "transfer-encoding" in self.headers:
            self._write(_message(411, "Length Required"), close=True)
            return
        if int(length or 0) > BODY_LIMIT:
            self._write(_message(413, "Request Entity Too Large"), close=True)
            return
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            headers[name.lower()] = f"{headers[name.lower()]},{value}" if name.lower() in headers else value
        self._write(self.api.answer(self.command, self.path, headers, self.rfile.read(int(length or 0))))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815 - the names that http.server calls

    def _write(self, answer: Answer, *, close: bool = False) -> None:
        self.close_connection = self.close_connection or close
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
