"""HTTP API: a platform's webhook becomes a queue message of ids alone."""

from typing import TYPE_CHECKING

from deskshift.app.handlers import http_answer, mapping
from deskshift.app.invocation import observed
from deskshift.app.webhooks import receive_webhook
from deskshift.app.wiring import wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, _context: "LambdaContext") -> dict[str, object]:
    """Answer one delivery."""
    given = mapping(event)
    headers = {str(k).lower(): str(v) for k, v in mapping(given.get("headers") or {}, "headers").items()}
    path = mapping(given.get("pathParameters") or {}, "pathParameters").get("webhook_path", "")
    reply = receive_webhook(
        wiring(), str(path), headers, str(given.get("body") or ""), is_base64=given.get("isBase64Encoded") is True
    )
    return http_answer(reply.status, {"code": reply.code, "message": reply.message})
