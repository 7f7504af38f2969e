"""Queue of billing merges: carry out one approved preview, once (Z-21 to Z-29)."""

from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.data_classes import SQSEvent

from deskshift.app.billing_merge.receive import receive
from deskshift.app.dead_letters import FifoMessage
from deskshift.app.handlers import mapping
from deskshift.app.invocation import observed
from deskshift.app.log import working_on
from deskshift.app.wiring import wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, _context: "LambdaContext") -> None:
    """Deal with the batch, which has one message: with more, followers of a poison message would go down with it."""
    for record in SQSEvent(dict(mapping(event))).records:
        working_on(record.message_id)
        message = FifoMessage(record.message_id, record.attributes.message_group_id or "unknown")
        receive(wiring(), record.body, message)
