"""Read the requests of a billing merge: every field is checked, and an error names it."""

import hashlib
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from deskshift.domain.billing.choices import instant
from deskshift.domain.requests import describe, edition, flag, identifier, known_fields, time
from deskshift.model.errors import InvalidField
from deskshift.model.merge import ChoiceKind, MergeRequest, PreviewRequest

_PREVIEW = frozenset(
    {"schema", "request_id", "account_id", "requested_by", "upgrade_at", "choice", "chosen_at", "edition"}
)
_MERGE = frozenset(
    {"schema", "request_id", "account_id", "preview_id", "approved_by", "upgrade_passed", "forced", "task_token"}
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CLOCK_SKEW = timedelta(minutes=5)
_HASH = 20


def parse_preview_request(body: object, now: datetime) -> PreviewRequest:
    """Check a request for a preview.

    Args:
        body: what was sent.
        now: the present time, aware: nothing was chosen after it, but for clocks that differ by some minutes.

    Raises:
        InvalidField: naming the first field that is wrong.
    """
    given = known_fields(body, _PREVIEW)
    choice, chosen_at = _choice(given.get("choice", "none")), time(given, "chosen_at")
    if (choice == "none") != (chosen_at is None):
        raise InvalidField("chosen_at", describe(given.get("chosen_at")), "a time with a choice, none without one")
    if chosen_at is not None and instant(chosen_at) > now + _CLOCK_SKEW:
        raise InvalidField("chosen_at", describe(chosen_at), f"a time that has come, by {now:%Y-%m-%dT%H:%M:%SZ}")
    return PreviewRequest(
        request_id=identifier(given, "request_id"),
        account_id=identifier(given, "account_id"),
        requested_by=identifier(given, "requested_by"),
        upgrade_at=_day_or_time(given, "upgrade_at"),
        choice=choice,
        chosen_at=chosen_at,
        edition=edition(given),
    )


def parse_merge_request(body: object) -> MergeRequest:
    """Check a request to merge.

    Raises:
        InvalidField: naming the first field that is wrong.
    """
    given = known_fields(body, _MERGE)
    return MergeRequest(
        request_id=identifier(given, "request_id"),
        account_id=identifier(given, "account_id"),
        preview_id=identifier(given, "preview_id"),
        approved_by=identifier(given, "approved_by"),
        upgrade_passed=flag(given, "upgrade_passed"),
        forced=flag(given, "forced"),
    )


def merge_id(account_id: str, request_id: str) -> str:
    """Make the id of a preview's merge, which is its order's number too: the same request always has the same."""
    digest = hashlib.sha256(f"{account_id}\0{request_id}".encode()).hexdigest()
    return f"merge-{digest[:_HASH]}"


def _day_or_time(given: Mapping[str, object], field: str) -> str:
    """Take a time, or a local date: then the window begins when the policy says that windows do."""
    value = given.get(field)
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            raise InvalidField(field, describe(value), "a day that there is") from None
    found = time(given, field)
    if found is None:
        raise InvalidField(field, describe(value), "an RFC 3339 time with its offset, or a date, e.g. 2026-01-31")
    return found


def _choice(value: object) -> ChoiceKind:
    match value:
        case "none" | None:
            return "none"
        case "cancel":
            return "cancel"
        case "co_term":
            return "co_term"
        case _:
            raise InvalidField("choice", describe(value), "'none', 'cancel' or 'co_term'")
