"""The event that API Gateway makes of an HTTP request, payload format 2.0."""

from __future__ import annotations

import base64
import datetime as dt
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

    from infra.local.stack.http_api import Route

ACCOUNT = "123456789012"
TEXT_TYPES = ("text/", "application/json", "application/javascript", "application/xml")
TEXT_SUFFIXES = ("+json", "+xml")


def http_event(  # noqa: PLR0913, PLR0917 - a request's parts
    route: Route, method: str, target: SplitResult, headers: Mapping[str, str], body: bytes, parameters: dict[str, str]
) -> dict[str, Any]:
    """The event for a request that `route` takes; `headers` have lower-case names."""
    now, path = dt.datetime.now(dt.UTC), unquote(target.path)
    text, encoded = _body(headers.get("content-type", ""), body)
    context: dict[str, Any] = {
        "accountId": ACCOUNT,
        "apiId": "local",
        "domainName": headers.get("host", "127.0.0.1"),
        "domainPrefix": "local",
        "http": {
            "method": method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": "127.0.0.1",
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": str(uuid4()),
        "routeKey": f"{route.method} {route.path}",
        "stage": "$default",
        "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now.timestamp() * 1000),
    }
    if route.signed:
        context["authorizer"] = {"iam": {"accountId": ACCOUNT, "userArn": f"arn:aws:iam::{ACCOUNT}:user/local"}}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": context["routeKey"],
        "rawPath": path,
        "rawQueryString": target.query,
        "headers": {name: value for name, value in headers.items() if name != "cookie"},
        "requestContext": context,
        "isBase64Encoded": encoded,
    }
    if "cookie" in headers:
        event["cookies"] = [cookie.strip() for cookie in headers["cookie"].split(";")]
    if target.query:
        event["queryStringParameters"] = _query(target.query)
    if parameters:
        event["pathParameters"] = parameters
    if body:
        event["body"] = text
    return event


def _query(query: str) -> dict[str, str]:
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return {name: ",".join(several) for name, several in values.items()}


def _body(content_type: str, body: bytes) -> tuple[str, bool]:
    """The body as text, and whether that is base64: it is for anything that is not declared to be text, or is none."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith(TEXT_TYPES) or kind.endswith(TEXT_SUFFIXES):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True
