"""Machine step: read again what changed since the capture was opened (H-25)."""

from typing import TYPE_CHECKING

from deskshift.app.channel_move.catch_up import catch_up
from deskshift.app.handlers import plain, step_input, time_left
from deskshift.app.invocation import observed
from deskshift.app.wiring import wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, context: "LambdaContext") -> dict[str, object]:
    """Catch up to the end or until two minutes are left; the machine calls again while `more`."""
    return plain(catch_up(wiring(), step_input(event), lambda: time_left(context)))
