"""Machine step: begin when it is this move's turn (H-04); the task token is answered then."""

from typing import TYPE_CHECKING

from deskshift.app.channel_move.begin import begin
from deskshift.app.handlers import mapping, step_input, text
from deskshift.app.invocation import observed
from deskshift.app.wiring import wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, _context: "LambdaContext") -> None:
    """Store the token and see whose turn it is."""
    begin(wiring(), step_input(event), text(mapping(event), "task_token"))
