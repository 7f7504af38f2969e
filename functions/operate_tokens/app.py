"""Operator: invite again, extend, withdraw, confirm; and take an account's new tokens back at a rollback."""

from typing import TYPE_CHECKING

from deskshift.app.handlers import mapping, plain
from deskshift.app.invocation import observed
from deskshift.app.log import working_on
from deskshift.app.token_reissue.operate import operate
from deskshift.app.token_reissue.roll_back import roll_back
from deskshift.app.token_wiring import token_wiring
from deskshift.domain.tokens.requests import parse_order

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, _context: "LambdaContext") -> dict[str, object]:
    """Take {request_id, account_id, operator, action, reissue_id, until}."""
    order = parse_order(mapping(event))
    working_on(order.reissue_id or order.account_id, account_id=order.account_id)
    if order.action == "roll_back":
        return plain({"reissues": roll_back(token_wiring(), order.account_id)})
    return plain(operate(token_wiring(), order))
