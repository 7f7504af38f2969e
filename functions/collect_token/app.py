"""HTTP API: an integration collects its new token, and says that it has it."""

from typing import TYPE_CHECKING

from deskshift.app.handlers import answered_in_time, mapping
from deskshift.app.invocation import observed
from deskshift.app.token_reissue.collection import collection
from deskshift.app.token_wiring import token_wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, context: "LambdaContext") -> dict[str, object]:
    """Answer an integration."""
    with answered_in_time(context):
        return collection(token_wiring(), mapping(event)).answer()
