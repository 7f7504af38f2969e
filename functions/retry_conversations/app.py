"""Operator: try quarantined conversations again, alone (X-08)."""

from typing import TYPE_CHECKING

from deskshift.app.channel_move.retry import MOST_AT_ONCE, retry
from deskshift.app.handlers import mapping, plain
from deskshift.app.invocation import observed
from deskshift.app.wiring import wiring
from deskshift.domain.requests import describe, identifier
from deskshift.model.errors import InvalidField

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, _context: "LambdaContext") -> dict[str, object]:
    """Take {account_id, move_id, conversation_ids} and give which moved and which stay in quarantine."""
    given = mapping(event)
    ids = given.get("conversation_ids")
    if not isinstance(ids, list) or not 0 < len(ids) <= MOST_AT_ONCE or not all(isinstance(one, str) for one in ids):
        raise InvalidField("conversation_ids", describe(ids), f"a list of 1 to {MOST_AT_ONCE} ids")
    wanted = [identifier({"conversation_ids": one}, "conversation_ids") for one in ids]
    return plain(retry(wiring(), identifier(given, "account_id"), identifier(given, "move_id"), wanted))
