"""Start the machine's execution for a move's attempt."""

import json

from botocore.exceptions import ClientError

from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.app.wiring import Wiring
from deskshift.domain.move_ids import execution_name
from deskshift.model.move import Move


def start_execution(wiring: Wiring, move: Move) -> None:
    """Start the attempt's execution. Its name makes starting it twice the same as once."""
    name = execution_name(move.move_id, move.attempt)
    state = {"account_id": move.account_id, "move_id": move.move_id, "attempt": move.attempt}
    try:
        wiring.machines.start_execution(
            stateMachineArn=wiring.settings.channel_move_arn, name=name, input=json.dumps(state)
        )
    except ClientError as error:
        # The execution of this name has run and ended: this is a late repetition, and nothing is to be done.
        if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
            raise
    logger.info(Event.MOVE_STARTED, extra={"correlation_id": move.move_id, "move_id": move.move_id, "execution": name})
