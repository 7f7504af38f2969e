"""Read a move request: every field is checked, and an error names the field, what was found and what is allowed."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from deskshift.model.errors import InvalidField
from deskshift.model.move import History, MoveRequest, StatusMap

SCHEMA = 1
"""The version of the request's form; older ones stay readable."""

_LONGEST_TOKEN = 1024
_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_ID_RULE = "1 to 128 characters of [A-Za-z0-9._:-]"
_EDITION = re.compile(r"[0-9]{4}-[0-9]{2}")
_RFC_3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_STATUS = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,128}")
_FIELDS = frozenset(
    {
        "schema",
        "request_id",
        "account_id",
        "channel_id",
        "requested_by",
        "history",
        "status_map",
        "start_at",
        "edition",
        "mute",
        "dry_run",
    }
)


def parse_request(body: object) -> MoveRequest:
    """Check a request that came as JSON and fill in its defaults.

    Args:
        body: what the message's body or the console's input holds, decoded.

    Raises:
        InvalidField: naming the first field that is wrong; unknown fields are wrong too, for a mistyped option that is
            silently ignored would do something else than was asked.
    """
    body = known_fields(body, _FIELDS)
    return MoveRequest(
        request_id=identifier(body, "request_id"),
        account_id=identifier(body, "account_id"),
        channel_id=identifier(body, "channel_id"),
        requested_by=identifier(body, "requested_by"),
        history=_history(body.get("history", "all")),
        status_map=_status_map(body.get("status_map")),
        start_at=time(body, "start_at"),
        edition=edition(body),
        mute=flag(body, "mute"),
        dry_run=flag(body, "dry_run"),
    )


def parse_json(text: str, field: str = "body") -> object:
    """Decode JSON, or say where it breaks (without showing the text)."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidField(field, f"text that is not JSON at character {error.pos}", "a JSON object") from None
    except (ValueError, RecursionError) as error:
        # A number of thousands of digits, or nesting thousands deep: no form of ours has either.
        raise InvalidField(field, f"JSON that cannot be held ({type(error).__name__})", "a JSON object") from None


def identifier(body: Mapping[str, object], field: str) -> str:
    """Take an id out of an input.

    Raises:
        InvalidField: it is missing, not a string, or has other characters than an id may have.
    """
    value = body.get(field)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise InvalidField(field, "nothing" if field not in body else describe(value), _ID_RULE)
    return value


def describe(value: object) -> str:
    """Say what was found without showing more than 40 characters of it."""
    if value is None:
        return "null"
    text = json.dumps(value, default=str)
    short = text if len(text) <= 40 else f"{text[:40]}…"  # noqa: PLR2004 - as the docstring says
    return f"{type(value).__name__} {short}"


def _history(value: object) -> History:
    match value:
        case "all":
            return "all"
        case "none":
            return "none"
        case _:
            raise InvalidField("history", describe(value), "'all' or 'none'")


def _status_map(value: object) -> StatusMap | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or set(value) != {"open", "closed"}:
        raise InvalidField("status_map", describe(value), "an object with exactly open and closed, or null")
    for side in ("open", "closed"):
        if not isinstance(value[side], str) or not _STATUS.fullmatch(value[side]):
            raise InvalidField(f"status_map.{side}", describe(value[side]), "the name of a ticket status")
    return StatusMap(open=value["open"], closed=value["closed"])


def time(body: Mapping[str, object], field: str) -> str | None:
    """Take a time out of an input and bring it to UTC, to the second; None where there is none.

    Raises:
        InvalidField: it is no RFC 3339 time with its offset.
    """
    value = body.get(field)
    if value is None:
        return None
    allowed = "an RFC 3339 time with its offset, e.g. 2026-01-31T22:00:00Z"
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise InvalidField(field, describe(value), allowed)
    try:
        at = datetime.fromisoformat(value)
        # At the ends of time, bringing it to UTC leaves what a datetime can hold.
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError):
        raise InvalidField(field, describe(value), allowed) from None


def edition(body: Mapping[str, object]) -> str | None:
    """Take a policy's edition out of an input; None means the newest.

    Raises:
        InvalidField: it is no edition.
    """
    value = body.get("edition")
    if value is None:
        return None
    if not isinstance(value, str) or not _EDITION.fullmatch(value):
        raise InvalidField("edition", describe(value), "an edition as YYYY-MM, or null for the newest")
    return value


def flag(body: Mapping[str, object], field: str) -> bool:
    """Take true or false out of an input; false where there is neither.

    Raises:
        InvalidField: it is something else.
    """
    value = body.get(field, False)
    if not isinstance(value, bool):
        raise InvalidField(field, describe(value), "true or false")
    return value


def known_fields(body: object, fields: frozenset[str]) -> Mapping[str, object]:
    """Take an object whose fields are all known: a mistyped one would otherwise be silently ignored.

    Raises:
        InvalidField: it is no object, has a field that is not among them, or another schema.
    """
    if not isinstance(body, Mapping):
        raise InvalidField("body", describe(body), "a JSON object")
    unknown = sorted(str(name) for name in body if name not in fields)
    if unknown:
        raise InvalidField(unknown[0][:64], "an unknown field", f"one of {', '.join(sorted(fields))}")
    # To Python, true is 1 as well.
    if type(body.get("schema", SCHEMA)) is not int or body.get("schema", SCHEMA) != SCHEMA:
        raise InvalidField("schema", describe(body["schema"]), str(SCHEMA))
    return body


def task_token(body: object) -> str | None:
    """Take the task token of the machine that waits; None where nobody waits.

    It is taken before the rest is looked at: whoever waits is told of a request that can never succeed, too.

    Raises:
        InvalidField: it is no token.
    """
    value = body.get("task_token") if isinstance(body, Mapping) else None
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_TOKEN:
        # The token itself is a secret: whoever has it can answer for us.
        raise InvalidField("task_token", type(value).__name__, f"a string of 1 to {_LONGEST_TOKEN} characters")
    return value
