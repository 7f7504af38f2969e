"""Machine step: every failure leads here; the move is paused with its reason and can be resumed (H-06)."""

from typing import TYPE_CHECKING

from deskshift.app.channel_move.pause import pause_execution
from deskshift.app.handlers import mapping, plain, text
from deskshift.app.invocation import observed
from deskshift.app.log import working_on_move
from deskshift.app.wiring import wiring
from deskshift.domain.requests import identifier

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, _context: "LambdaContext") -> dict[str, object]:
    """Pause the move of the failed execution; an input that never became a move has nothing to pause."""
    given = mapping(event)
    state = mapping(given.get("state"), "state")
    error = mapping(state.get("error"), "state.error")
    if "account_id" not in state:
        return {"paused": None}
    if "move_id" in state:
        working_on_move(identifier(state, "move_id"))
    cause = str(error.get("Cause", ""))
    account_id = identifier(state, "account_id")
    move = pause_execution(wiring(), account_id, text(given, "execution_arn"), text(error, "Error"), cause)
    return plain({"paused": move.move_id if move else None})
