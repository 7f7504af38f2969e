"""Schedule: check a sample of each move a day after it was done; nothing is changed on any platform."""

from typing import TYPE_CHECKING

from deskshift.app.channel_move.recheck import recheck
from deskshift.app.handlers import plain, time_left
from deskshift.app.invocation import observed
from deskshift.app.wiring import wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(_event: object, context: "LambdaContext") -> dict[str, object]:
    """Check what is due until two minutes are left; the rest comes in an hour."""
    return plain(recheck(wiring(), lambda: time_left(context)))
