"""Queue of reissues: open the reissue of one grant, or of all grants of an account (Z-18)."""

from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.data_classes import SQSEvent

from deskshift.app.dead_letters import FifoMessage
from deskshift.app.handlers import mapping, time_left
from deskshift.app.invocation import observed
from deskshift.app.log import working_on
from deskshift.app.token_reissue.receive import receive
from deskshift.app.token_wiring import token_wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@observed
def handler(event: object, context: "LambdaContext") -> None:
    """Deal with the batch, which has one message: with more, followers of a poison message would go down with it."""
    for record in SQSEvent(dict(mapping(event))).records:
        working_on(record.message_id)
        message = FifoMessage(record.message_id, record.attributes.message_group_id or "unknown")
        receive(token_wiring(), record.body, message, lambda: time_left(context))
