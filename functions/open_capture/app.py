"""Machine step: open the capture of live changes, show the banner, mute (H-25, H-26, H-30)."""

from typing import TYPE_CHECKING

from deskshift.app.channel_move.open_capture import open_capture
from deskshift.app.handlers import plain, step_input
from deskshift.app.invocation import observed
from deskshift.app.wiring import wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, _context: "LambdaContext") -> dict[str, object]:
    """Run the step for the move that the machine names."""
    return plain(open_capture(wiring(), step_input(event)))
