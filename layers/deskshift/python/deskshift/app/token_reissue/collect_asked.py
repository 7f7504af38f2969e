"""What an integration asks for when it collects: read strictly, for a mistyped field would be another question."""

import base64
import binascii
import re
from urllib.parse import parse_qsl

import msgspec

from deskshift.app.handlers import Event as Given
from deskshift.app.handlers import mapping
from deskshift.domain.requests import describe, identifier
from deskshift.model.errors import InvalidField

_LONGEST_BODY = 16 * 1024
_MOST_FIELDS = 20
_FORM = "application/x-www-form-urlencoded"
_FIELDS = ("reissue_id", "acknowledge")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")


class Asked(msgspec.Struct, frozen=True):
    """Which reissue's token, None: which wait; and whether the client has it."""

    reissue_id: str | None = None
    acknowledge: bool = False


def asked_of(event: Given) -> Asked:
    """Read the form that was sent; no form asks which wait.

    Raises:
        InvalidField: naming what is wrong; nothing of a value that may be a secret is in it.
    """
    given = _fields(_body(event))
    if "acknowledge" in given and given["acknowledge"] != "true":
        raise InvalidField("acknowledge", describe(given["acknowledge"]), "'true', or nothing")
    if "reissue_id" not in given:
        if "acknowledge" in given:
            raise InvalidField("reissue_id", "nothing", "with acknowledge, the reissue whose token is there")
        return Asked()
    return Asked(identifier(given, "reissue_id"), "acknowledge" in given)


def _body(event: Given) -> str:
    body = str(event.get("body") or "")
    if event.get("isBase64Encoded") is True:
        try:
            body = base64.b64decode(body, validate=True).decode("utf-8", "replace")
        except binascii.Error:
            raise InvalidField("body", "what is not Base64", "a form") from None
    if len(body) > _LONGEST_BODY:
        raise InvalidField("body", f"{len(body)} characters", f"at most {_LONGEST_BODY}")
    headers = {str(k).lower(): str(v) for k, v in mapping(event.get("headers") or {}, "headers").items()}
    kind = headers.get("content-type", _FORM).partition(";")[0].strip().lower()
    if body and kind != _FORM:
        raise InvalidField("content-type", describe(kind), _FORM)
    return body


def _fields(body: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise InvalidField("body", f"more than {_MOST_FIELDS} fields", " and ".join(_FIELDS)) from None
    given: dict[str, str] = {}
    for name, value in pairs:
        if name not in _FIELDS:
            # What is no name, as JSON that is sent as a form, may hold anything.
            raise InvalidField(name if _NAME.fullmatch(name) else "body", "an unknown field", ", ".join(_FIELDS))
        if name in given:
            raise InvalidField(name, "it twice", "each field once")
        given[name] = value
    return given
