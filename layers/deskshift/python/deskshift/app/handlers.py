"""What the functions' handlers share: decoding what Lambda gives, encoding what it wants."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

import msgspec

from deskshift.app.channel_move.steps import StepInput
from deskshift.connectors.patience import patient_for
from deskshift.domain.requests import describe, identifier
from deskshift.model.errors import DeskshiftError, InvalidField

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

T = TypeVar("T")
_FOR_THE_PAGE_MS = 6000
"""What is left for records, KMS and the page once no call is waited for any more."""

Event = Mapping[str, object]


def step_input(event: object) -> StepInput:
    """Check what the machine hands to a step.

    Raises:
        InvalidField: naming the field.
    """
    given = mapping(event)
    attempt = given.get("attempt")
    if not isinstance(attempt, int) or isinstance(attempt, bool) or attempt < 1:
        raise InvalidField("attempt", describe(attempt), "a whole number from 1 on")
    return StepInput(account_id=identifier(given, "account_id"), move_id=identifier(given, "move_id"), attempt=attempt)


def mapping(event: object, field: str = "event") -> Event:
    """Take a JSON object.

    Raises:
        InvalidField: it is something else.
    """
    if not isinstance(event, Mapping):
        raise InvalidField(field, describe(event), "a JSON object")
    return event


def text(event: Event, field: str) -> str:
    """Take a string that may not be empty.

    Raises:
        InvalidField: naming the field.
    """
    value = event.get(field)
    if not isinstance(value, str) or not value:
        raise InvalidField(field, "nothing" if field not in event else describe(value), "a text that is not empty")
    return value


def plain(value: object) -> dict[str, object]:
    """Make a result that Lambda can send as JSON."""
    built: dict[str, object] = msgspec.json.decode(msgspec.json.encode(value))
    return built


def http_answer(status: int, body: object) -> dict[str, object]:
    """Make an answer for API Gateway (payload version 2.0)."""
    return {
        "statusCode": int(status),
        "headers": {"content-type": "application/json", "cache-control": "no-store"},
        "body": msgspec.json.encode(body).decode(),
    }


def http_error(error: DeskshiftError) -> dict[str, object]:
    """Tell a caller what was wrong: 400 for its input, 404 for what is not there."""
    status = HTTPStatus.BAD_REQUEST if isinstance(error, InvalidField) else HTTPStatus.NOT_FOUND
    return http_answer(status, {"error": {"code": error.code, "message": str(error), "what_to_do": error.what_to_do}})


def time_left(context: "LambdaContext") -> int:
    """Milliseconds until Lambda ends the function."""
    return int(context.get_remaining_time_in_millis())


def answered_in_time(context: "LambdaContext") -> AbstractContextManager[None]:
    """Let calls to vendors end early enough for a page of deskshift's own to say that it is later.

    A browser that the function leaves without one is shown API Gateway's error, in English, and nothing is counted.
    """
    return patient_for((time_left(context) - _FOR_THE_PAGE_MS) / 1000)


def is_http(event: Event) -> bool:
    """Whether the event came through the HTTP API; an operator's direct call has the fields at its top."""
    return "requestContext" in event
