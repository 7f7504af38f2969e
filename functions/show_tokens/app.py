"""Operator: the report of an account's reissues, and who has not authorized yet (Z-17 to Z-19)."""

from typing import TYPE_CHECKING

from deskshift.app.handlers import mapping, plain
from deskshift.app.invocation import observed
from deskshift.app.log import working_on
from deskshift.app.token_reissue.shown import pending, progress, report
from deskshift.app.token_wiring import token_wiring
from deskshift.domain.tokens.requests import parse_show_request

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, _context: "LambdaContext") -> dict[str, object]:
    """Take {account_id, what, batch_id}; `what` is "report", "pending" or "progress"."""
    asked = parse_show_request(mapping(event))
    working_on(asked.account_id, account_id=asked.account_id)
    if asked.what == "pending":
        return plain({"pending": pending(token_wiring(), asked.account_id)})
    if asked.what == "progress":
        return plain(progress(token_wiring(), asked.account_id, asked.batch_id))
    return plain(report(token_wiring(), asked.account_id, asked.batch_id))
