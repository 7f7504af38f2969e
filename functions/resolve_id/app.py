"""HTTP API and operator: say where an old id is now (X-10)."""

from typing import TYPE_CHECKING

from deskshift.app.channel_move.resolve import resolve
from deskshift.app.handlers import http_answer, http_error, is_http, mapping, plain
from deskshift.app.invocation import observed
from deskshift.app.wiring import wiring
from deskshift.domain.requests import identifier
from deskshift.model.errors import DeskshiftError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, _context: "LambdaContext") -> dict[str, object]:
    """Take {account_id, id} from the path or from the event itself."""
    given = mapping(event)
    if not is_http(given):
        return plain(resolve(wiring(), identifier(given, "account_id"), identifier(given, "id")))
    path = mapping(given.get("pathParameters") or {}, "pathParameters")
    try:
        return http_answer(200, resolve(wiring(), identifier(path, "account_id"), identifier(path, "id")))
    except DeskshiftError as error:
        return http_error(error)
