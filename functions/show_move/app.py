"""HTTP API and operator: show a move's progress and report (H-27, H-28)."""

from typing import TYPE_CHECKING

from deskshift.app.channel_move.show import show
from deskshift.app.handlers import http_answer, http_error, is_http, mapping, plain
from deskshift.app.invocation import observed
from deskshift.app.wiring import wiring
from deskshift.domain.requests import identifier
from deskshift.model.errors import DeskshiftError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, _context: "LambdaContext") -> dict[str, object]:
    """Take {account_id, move_id} from the path or from the event itself."""
    given = mapping(event)
    if not is_http(given):
        return plain(show(wiring(), identifier(given, "account_id"), identifier(given, "move_id")))
    path = mapping(given.get("pathParameters") or {}, "pathParameters")
    try:
        return http_answer(200, show(wiring(), identifier(path, "account_id"), identifier(path, "move_id")))
    except DeskshiftError as error:
        return http_error(error)
