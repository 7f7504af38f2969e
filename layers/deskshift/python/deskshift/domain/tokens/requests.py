"""Read the requests of a reissue: every field is checked, and an error names it."""

from collections.abc import Mapping

from deskshift.domain.requests import describe, identifier, known_fields
from deskshift.model.errors import InvalidField, RequestDiffers
from deskshift.model.reissue import Batch, ReissueRequest

_FIELDS = frozenset({"schema", "request_id", "account_id", "requested_by", "client_id", "agent_id", "batch_id", "task_token"})
_LONGEST_TOKEN = 1024


def parse_reissue_request(body: object) -> ReissueRequest:
    """Check a request to reissue one grant, or all of an account.

    Raises:
        InvalidField: naming the first field that is wrong; an agent without a client is wrong too.
    """
    given = known_fields(body, _FIELDS)
    client_id, agent_id = _optional(given, "client_id"), _optional(given, "agent_id")
    if client_id is None and agent_id is not None:
        raise InvalidField("agent_id", describe(agent_id), "an agent only with client_id, or neither for all grants")
    return ReissueRequest(
        request_id=identifier(given, "request_id"),
        account_id=identifier(given, "account_id"),
        requested_by=identifier(given, "requested_by"),
        client_id=client_id,
        agent_id=agent_id,
        batch_id=_optional(given, "batch_id"),
    )


def same_batch(batch: Batch, request: ReissueRequest) -> None:
    """See that a request is the one that a batch was begun for.

    Raises:
        RequestDiffers: its id was used for another request before.
    """
    if batch.request.requested_by != request.requested_by:
        raise RequestDiffers(request.request_id, "requested_by")


def task_token(body: object) -> str | None:
    """Take the task token of the machine that waits for the reissue; None where nobody waits.

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


def _optional(body: Mapping[str, object], field: str) -> str | None:
    return None if body.get(field) is None else identifier(body, field)
