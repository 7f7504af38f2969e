"""Queue of changes: take live changes along while a move runs (H-25)."""

from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from deskshift.app.channel_move.capture import capture
from deskshift.app.handlers import mapping
from deskshift.app.invocation import failure_logged, observed
from deskshift.app.wiring import wiring

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.typing import LambdaContext

# A batch in which every message fails is a partial failure like any other: raising would hide which ones.
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def record_handler(record: SQSRecord) -> None:
    """Deal with one change."""
    with failure_logged():
        capture(wiring(), record.body, record.message_id)


@observed
def handler(event: object, context: "LambdaContext") -> "PartialItemFailureResponse":
    """Deal with a batch; what failed comes again, its neighbours do not."""
    return process_partial_response(
        event=dict(mapping(event)), record_handler=record_handler, processor=processor, context=context
    )
