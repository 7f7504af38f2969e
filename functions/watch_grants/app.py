"""Schedule: look at what the issuers list for open reissues, and do what follows (Z-18)."""

from typing import TYPE_CHECKING

from deskshift.app.handlers import time_left
from deskshift.app.invocation import observed
from deskshift.app.token_reissue.look import watch
from deskshift.app.token_wiring import token_wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(_event: object, context: "LambdaContext") -> dict[str, object]:
    """Look once; gives how many reissues could not be looked at."""
    return {"passed_over": watch(token_wiring(), lambda: time_left(context))}
