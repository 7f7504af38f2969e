"""Read the requests of a reissue: every field is checked, and an error names it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import get_args

from deskshift.domain.requests import describe, identifier, known_fields, time
from deskshift.domain.tokens.times import instant
from deskshift.model.errors import InvalidField, RequestDiffers
from deskshift.model.reissue import Action, Batch, Order, Reissue, ReissueRequest, Shown, ShowRequest

_FIELDS = frozenset(
    {"schema", "request_id", "account_id", "requested_by", "client_id", "agent_id", "batch_id", "task_token"}
)
_FURTHEST = timedelta(days=365)
_SHOWN = frozenset({"schema", "account_id", "what", "batch_id"})
_ORDER = frozenset({"schema", "request_id", "account_id", "operator", "action", "reissue_id", "until"})


def parse_reissue_request(body: object) -> ReissueRequest:
    """Check a request to reissue one grant, or all of an account.

    Raises:
        InvalidField: naming the first field that is wrong; an agent or a batch without a client is wrong too.
    """
    given = known_fields(body, _FIELDS)
    client_id, agent_id = _optional(given, "client_id"), _optional(given, "agent_id")
    if client_id is None and agent_id is not None:
        raise InvalidField("agent_id", describe(agent_id), "an agent only with client_id, or neither for all grants")
    batch_id = _optional(given, "batch_id")
    if client_id is None and batch_id is not None:
        raise InvalidField("batch_id", describe(batch_id), "none without client_id: deskshift names its own requests")
    return ReissueRequest(
        request_id=identifier(given, "request_id"),
        account_id=identifier(given, "account_id"),
        requested_by=identifier(given, "requested_by"),
        client_id=client_id,
        agent_id=agent_id,
        batch_id=batch_id,
    )


def same_batch(batch: Batch, request: ReissueRequest) -> None:
    """See that a request is the one that a batch was begun for.

    Raises:
        RequestDiffers: its id was used for another request before.
    """
    if batch.request.requested_by != request.requested_by:
        raise RequestDiffers(request.request_id, "requested_by")


def _optional(body: Mapping[str, object], field: str) -> str | None:
    return None if body.get(field) is None else identifier(body, field)


def parse_show_request(body: object) -> ShowRequest:
    """Check what an operator wants to see.

    Raises:
        InvalidField: naming the first field that is wrong.
    """
    given = known_fields(body, _SHOWN)
    wanted = given.get("what", "report")
    what = next((one for one in get_args(Shown) if one == wanted), None)
    if what is None:
        raise InvalidField("what", describe(wanted), ", ".join(get_args(Shown)))
    return ShowRequest(account_id=identifier(given, "account_id"), what=what, batch_id=_optional(given, "batch_id"))


def deadline_of(order: Order, reissue: Reissue) -> datetime | None:
    """Give the new deadline that an order names; None where it names none.

    Raises:
        InvalidField: it is more than a year after the reissue was opened: the files that its report needs are deleted.
    """
    until = None if order.until is None else instant(order.until)
    if until is not None and until > instant(reissue.opened_at) + _FURTHEST:
        raise InvalidField("until", describe(order.until), f"a time within a year from {reissue.opened_at}")
    return until


def parse_order(body: object) -> Order:
    """Check what an operator wants to be done.

    Raises:
        InvalidField: naming the first field that is wrong.
    """
    given = known_fields(body, _ORDER)
    action = next((one for one in get_args(Action) if one == given.get("action")), None)
    if action is None:
        allowed = ", ".join(get_args(Action))
        raise InvalidField("action", describe(given.get("action")), allowed)
    reissue_id, until = _optional(given, "reissue_id"), time(given, "until")
    if (reissue_id is None) != (action == "roll_back"):
        raise InvalidField("reissue_id", describe(given.get("reissue_id")), "a reissue's id; none with roll_back")
    if (until is None) == (action == "extend"):
        raise InvalidField("until", describe(given.get("until")), "an RFC 3339 time with extend, none otherwise")
    return Order(
        request_id=identifier(given, "request_id"),
        account_id=identifier(given, "account_id"),
        operator=identifier(given, "operator"),
        action=action,
        reissue_id=reissue_id,
        until=until,
    )
