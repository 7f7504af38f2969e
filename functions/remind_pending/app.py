"""Schedule: remind who has not authorized yet, and send invitations that were not sent (Z-18)."""

from typing import TYPE_CHECKING

from deskshift.app.handlers import time_left
from deskshift.app.invocation import observed
from deskshift.app.token_reissue.remind import remind_pending
from deskshift.app.token_wiring import token_wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(_event: object, context: "LambdaContext") -> dict[str, object]:
    """Send what is due; gives how many letters could not be sent."""
    return {"put_off": remind_pending(token_wiring(), lambda: time_left(context))}
