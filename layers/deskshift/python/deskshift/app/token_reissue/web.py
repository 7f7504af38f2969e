"""Requests and answers of the HTTP API (payload version 2.0) for agents' browsers and for integrations."""

import base64
import binascii
from http import HTTPStatus
from urllib.parse import parse_qsl

import msgspec

from deskshift.app.events import Event
from deskshift.app.handlers import Event as Given
from deskshift.app.handlers import mapping
from deskshift.app.log import logger
from deskshift.app.metrics import Metric, count
from deskshift.app.token_reissue.begin import Begun
from deskshift.app.token_reissue.pages import HEADERS, message, policy
from deskshift.domain.requests import identifier
from deskshift.model.errors import DeskshiftError, InvalidField, UnknownAccount

_LONGEST_BODY = 16 * 1024
_MOST_FIELDS = 20
_COOKIE = "Path=/oauth; Secure; HttpOnly; SameSite=Lax"


class Reply(msgspec.Struct, frozen=True):
    """An answer; prints nothing of what is in it."""

    status: int
    headers: dict[str, str]
    body: str = ""
    cookies: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Reply({self.status}, …)"

    def answer(self) -> dict[str, object]:
        """Bring it into the form that API Gateway takes."""
        return {
            "statusCode": int(self.status),
            "headers": self.headers,
            "body": self.body,
            "cookies": list(self.cookies),
        }


def page(status: int, html: str, cookies: tuple[str, ...] = ()) -> Reply:
    """Show a page."""
    return Reply(status, {**HEADERS, "content-security-policy": policy()}, html, cookies)


def to_issuer(begun: Begun, html: str) -> Reply:
    """Show the page that leads on to the issuer, with the cookie.

    Not a redirect: a browser holds whatever a form leads to against `form-action`, also where the issuer redirects on.
    """
    cookie = f"{begun.cookie_name}={begun.binding}; Max-Age={begun.seconds}; {_COOKIE}"
    return page(HTTPStatus.OK, html, (cookie,))


def json_reply(status: int, body: object) -> Reply:
    """Answer an integration."""
    headers = {"content-type": "application/json", "cache-control": "no-store", "pragma": "no-cache"}
    return Reply(status, headers, msgspec.json.encode(body).decode())


def put_off(language: str, error: DeskshiftError) -> Reply:
    """Tell a browser that it does not go on now; nothing that can be tried again is lost."""
    if isinstance(error, UnknownAccount):
        return page(HTTPStatus.NOT_FOUND, message(language, "unknown", {}))
    logger.warning(Event.AUTHORIZATION_PUT_OFF, extra={"error_code": error.code})
    count(Metric.AUTHORIZATIONS_PUT_OFF)
    return page(HTTPStatus.SERVICE_UNAVAILABLE, message(language, "later", {}))


def method(event: Given) -> str:
    """Give the request's method."""
    context = mapping(event.get("requestContext") or {}, "requestContext")
    return str(mapping(context.get("http") or {}, "http").get("method", "GET"))


def address(event: Given) -> str:
    """Give the path that was called."""
    return str(event.get("rawPath", ""))


def path(event: Given, name: str) -> str:
    """Give an id of the path; what is no id is one that nothing has."""
    given = mapping(event.get("pathParameters") or {}, "pathParameters")
    return as_id(given.get(name))


def as_id(value: object) -> str:
    """Give an id that somebody sent; what is no id is one that nothing has."""
    try:
        return identifier({"id": value}, "id")
    except InvalidField:
        return ""


def locale(event: Given) -> str:
    """Give the language that the browser prefers, for where it is not known who is there."""
    headers = mapping(event.get("headers") or {}, "headers")
    given = next((str(value) for name, value in headers.items() if str(name).lower() == "accept-language"), "")
    return given.partition(",")[0].partition(";")[0].strip()


def query(event: Given) -> dict[str, str]:
    """Give the query; of a name that comes twice nothing (RFC 6749, 3.1: it must not)."""
    return _once(str(event.get("rawQueryString") or ""))


def form(event: Given) -> dict[str, str]:
    """Give the fields of a form that was sent; nothing of one that is too long or is no form."""
    body = str(event.get("body") or "")
    if event.get("isBase64Encoded") is True:
        try:
            body = base64.b64decode(body, validate=True).decode("utf-8", "replace")
        except binascii.Error:
            return {}
    return {} if len(body) > _LONGEST_BODY else _once(body)


def cookie(event: Given, name: str) -> str | None:
    """Find a cookie."""
    cookies = event.get("cookies")
    for each in cookies if isinstance(cookies, list) else ():
        key, _, value = str(each).partition("=")
        if key.strip() == name:
            return value
    return None


def _once(text: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    names = [name for name, _ in pairs]
    return {name: value for name, value in pairs if names.count(name) == 1}
