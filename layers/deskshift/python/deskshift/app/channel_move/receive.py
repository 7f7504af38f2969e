"""Deal with one message of the queue of channel moves."""

from deskshift.app.channel_move.admit import admit, execution_arn
from deskshift.app.channel_move.start import start_execution
from deskshift.app.dead_letters import FifoMessage, send_dead_letter
from deskshift.app.events import Event
from deskshift.app.log import logger, working_on_move
from deskshift.app.wiring import Wiring
from deskshift.domain.move_ids import move_id
from deskshift.domain.requests import parse_json, parse_request
from deskshift.model.errors import InvalidField, RequestDiffers, UnknownAccount
from deskshift.model.move import ACTIVE, Move


def receive(wiring: Wiring, body: str, message: FifoMessage) -> Move | None:
    """Admit the request and start its machine; a message that can never succeed goes to the dead-letter queue.

    Work is keyed on the request's own id, never on the message's: a redriven message has a new one.

    Args:
        wiring: stores and clients.
        body: the message's body.
        message: its id and group.

    Returns:
        The move, None if the message went to the dead-letter queue.
    """
    try:
        request = parse_request(parse_json(body))
        name = move_id(request.account_id, request.channel_id, request.request_id)
        working_on_move(name)
        move = admit(wiring, request, execution_arn(wiring.settings.channel_move_arn, name, 1))
    except (InvalidField, UnknownAccount, RequestDiffers) as error:
        logger.warning(Event.REQUEST_NEVER_VALID, extra={"error_code": error.code})
        send_dead_letter(wiring, wiring.settings.moves_dead_letter_queue_url, body, error, fifo=message)
        return None
    if move.attempt == 1 and move.status in ACTIVE:
        start_execution(wiring, move)
    return move
