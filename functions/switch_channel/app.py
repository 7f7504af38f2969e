"""Machine step: settings and new conversations go to the help desk (H-10, H-11)."""

from typing import TYPE_CHECKING

from deskshift.app.channel_move.switch import switch
from deskshift.app.handlers import plain, step_input
from deskshift.app.invocation import observed
from deskshift.app.wiring import wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, _context: "LambdaContext") -> dict[str, object]:
    """Run the step for the move that the machine names."""
    return plain(switch(wiring(), step_input(event)))
