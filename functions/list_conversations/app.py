"""Machine step: list the history into parts, open conversations first (X-13)."""

from typing import TYPE_CHECKING

from deskshift.app.channel_move.listing import list_conversations
from deskshift.app.handlers import plain, step_input, time_left
from deskshift.app.invocation import observed
from deskshift.app.wiring import wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, context: "LambdaContext") -> dict[str, object]:
    """List until the end or until two minutes are left; the machine calls again while `more`."""
    return plain(list_conversations(wiring(), step_input(event), lambda: time_left(context)))
