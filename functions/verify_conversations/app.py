"""Machine step: compare what the help desk holds with the source (X-07, X-11)."""

from typing import TYPE_CHECKING

from deskshift.app.channel_move.verify import verify
from deskshift.app.handlers import plain, step_input, time_left
from deskshift.app.invocation import observed
from deskshift.app.wiring import wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, context: "LambdaContext") -> dict[str, object]:
    """Verify to the end or until two minutes are left; the machine calls again while `more`."""
    return plain(verify(wiring(), step_input(event), lambda: time_left(context)))
