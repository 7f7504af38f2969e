"""Machine step: close up, report, give the slot to the next move (H-29, H-30, H-04)."""

from typing import TYPE_CHECKING

from deskshift.app.channel_move.finish import finish
from deskshift.app.handlers import plain, step_input, time_left
from deskshift.app.invocation import observed
from deskshift.app.wiring import wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, context: "LambdaContext") -> dict[str, object]:
    """Run the step for the move that the machine names."""
    return plain(finish(wiring(), step_input(event), lambda: time_left(context)))
