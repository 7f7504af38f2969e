"""HTTP API: an invitation's page; its form declines, or begins an authorization (Z-18)."""

from typing import TYPE_CHECKING

from deskshift.app.handlers import answered_in_time, mapping
from deskshift.app.invocation import observed
from deskshift.app.token_reissue.invitation_page import visited
from deskshift.app.token_wiring import token_wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, context: "LambdaContext") -> dict[str, object]:
    """Answer an agent's browser."""
    with answered_in_time(context):
        return visited(token_wiring(), mapping(event)).answer()
