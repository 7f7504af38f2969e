"""Operator: cancel a move that has not begun (H-06)."""

from typing import TYPE_CHECKING

from deskshift.app.channel_move.cancel import cancel
from deskshift.app.handlers import mapping, plain
from deskshift.app.invocation import observed
from deskshift.app.wiring import wiring
from deskshift.domain.requests import identifier

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, _context: "LambdaContext") -> dict[str, object]:
    """Take {account_id, move_id} and give the move's id, attempt and status."""
    given = mapping(event)
    move = cancel(wiring(), identifier(given, "account_id"), identifier(given, "move_id"))
    return plain({"move_id": move.move_id, "attempt": move.attempt, "status": move.status})
