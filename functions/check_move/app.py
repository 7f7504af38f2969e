"""Machine step: preflight (H-01 to H-09, X-12, X-14). Takes a request from the console, or a move's attempt."""

from typing import TYPE_CHECKING

from deskshift.app.channel_move.check import check
from deskshift.app.handlers import mapping, plain, text
from deskshift.app.invocation import observed
from deskshift.app.wiring import wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, _context: "LambdaContext") -> dict[str, object]:
    """Decide how the machine goes on."""
    given = mapping(event)
    return plain(check(wiring(), given.get("input"), text(given, "execution_arn"), text(given, "execution_name")))
