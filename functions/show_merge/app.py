"""Operator: show a billing merge, with its report once it has ended."""

from typing import TYPE_CHECKING

from deskshift.app.billing_merge.show import show
from deskshift.app.handlers import mapping, plain
from deskshift.app.invocation import observed
from deskshift.app.wiring import wiring
from deskshift.domain.requests import identifier

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, _context: "LambdaContext") -> dict[str, object]:
    """Take {account_id, merge_id}."""
    given = mapping(event)
    return plain(show(wiring(), identifier(given, "account_id"), identifier(given, "merge_id")))
