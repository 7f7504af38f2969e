"""Machine step: decide whether the history is moved, or another round is needed (H-25)."""

from typing import TYPE_CHECKING

from deskshift.app.channel_move.settle import settle
from deskshift.app.handlers import plain, step_input, time_left
from deskshift.app.invocation import observed
from deskshift.app.wiring import wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, context: "LambdaContext") -> dict[str, object]:
    """Say `settled`, or send the machine into the next round."""
    return plain(settle(wiring(), step_input(event), lambda: time_left(context)))
