"""HTTP API: the issuer sends an agent's browser back with a code (RFC 6749, 4.1.2)."""

from typing import TYPE_CHECKING

from deskshift.app.handlers import answered_in_time, mapping
from deskshift.app.invocation import observed
from deskshift.app.token_reissue.callback_page import came_back
from deskshift.app.token_wiring import token_wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, context: "LambdaContext") -> dict[str, object]:
    """Answer an agent's browser; the invocation's id names this callback."""
    with answered_in_time(context):
        return came_back(token_wiring(), mapping(event), context.aws_request_id).answer()
