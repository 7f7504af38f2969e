import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
import urllib3

from infra.local.stack import LocalStack

from .conftest import SECONDS

Ask = Callable[..., urllib3.BaseHTTPResponse]
SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=a/b, Signature=c"}


@pytest.fixture
def ask(fixture_stack: LocalStack) -> Ask:
    pool = urllib3.PoolManager(retries=False, timeout=SECONDS)

    def request(method: str, path: str, **kwargs: Any) -> urllib3.BaseHTTPResponse:  # noqa: ANN401 - urllib3's
        return pool.request(method, fixture_stack.http_url + path, **kwargs)

    return request


def test_a_request_becomes_an_event_of_format_2(ask: Ask) -> None:
    answer = ask(
        "POST",
        "/open/a%20name?q=1&q=2&empty=",
        body=b'{"text": "\xc3\xa4"}',
        headers={"Content-Type": "application/json", "X-Custom": "Value", "Cookie": "a=1; b=2"},
    )
    assert answer.status == 201
    assert answer.headers["x-route"] == "POST /open/{name}"
    event = answer.json()
    assert event["version"] == "2.0"
    assert (event["routeKey"], event["rawPath"]) == ("POST /open/{name}", "/open/a name")
    assert event["pathParameters"] == {"name": "a name"}
    assert event["rawQueryString"] == "q=1&q=2&empty="
    assert event["queryStringParameters"] == {"q": "1,2", "empty": ""}
    assert event["headers"]["x-custom"] == "Value"
    assert event["cookies"] == ["a=1", "b=2"]
    assert (event["body"], event["isBase64Encoded"]) == ('{"text": "ä"}', False)
    http = event["requestContext"]["http"]
    assert (http["method"], http["path"], http["sourceIp"]) == ("POST", "/open/a name", "127.0.0.1")
    assert event["requestContext"]["timeEpoch"] > 0


@pytest.mark.parametrize("content_type", ["application/octet-stream", "application/json"])
def test_bytes_that_are_no_text_come_as_base64(ask: Ask, content_type: str) -> None:
    body = b"\xff\x00\x01"
    event = ask("POST", "/open/a", body=body, headers={"Content-Type": content_type}).json()
    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == body


def test_a_signed_route_wants_a_signature(ask: Ask) -> None:
    refused = ask("GET", "/signed/1")
    assert (refused.status, refused.json()) == (403, {"message": "Forbidden"})
    assert ask("GET", "/signed/1", headers={"Authorization": "Bearer token"}).status == 403
    event = ask("GET", "/signed/1", headers=SIGNED).json()
    assert event["pathParameters"] == {"id": "1"}
    assert "iam" in event["requestContext"]["authorizer"]
    assert "body" not in event


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/open/a"), ("POST", "/open"), ("POST", "/open/a/b"), ("GET", "/")]
)
def test_what_is_no_route_is_not_found(ask: Ask, method: str, path: str) -> None:
    answer = ask(method, path)
    assert (answer.status, answer.json()) == (404, {"message": "Not Found"})


def test_an_error_tells_nothing(ask: Ask) -> None:
    answer = ask("POST", "/open/fail")
    assert (answer.status, answer.json()) == (500, {"message": "Internal Server Error"})


def test_a_result_without_status_is_the_body(ask: Ask) -> None:
    answer = ask("POST", "/open/plain")
    assert (answer.status, answer.json()) == (200, {"seen": True})
    assert answer.headers["content-type"] == "application/json"


def test_a_binary_answer_is_decoded(ask: Ask) -> None:
    answer = ask("POST", "/open/binary")
    assert answer.data == b"\x00\x01\xff"
    assert answer.headers["content-type"] == "image/png"


def test_a_body_over_ten_megabytes_is_refused(ask: Ask) -> None:
    # The server answers before it read the body: the client may find the connection closed while it still sends.
    try:
        status = ask("POST", "/open/a", body=b"x" * (10 * 1024 * 1024 + 1)).status
    except urllib3.exceptions.ProtocolError:
        status = 413
    assert status == 413


def test_a_body_of_five_megabytes_does_not_fit_an_invocation_in_base64(ask: Ask) -> None:
    assert ask("POST", "/open/a", body=b"\xff" * 5 * 1024 * 1024).status == 413
    text = json.dumps("x" * 1024 * 1024).encode()
    assert ask("POST", "/open/a", body=text, headers={"Content-Type": "application/json"}).status == 201
