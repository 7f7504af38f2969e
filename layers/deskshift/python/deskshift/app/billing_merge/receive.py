"""Deal with one message of the queue of billing merges."""

from deskshift.app.billing_merge.answer import answer, answer_refused
from deskshift.app.billing_merge.execute import execute
from deskshift.app.dead_letters import FifoMessage, send_dead_letter
from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.app.wiring import Wiring
from deskshift.domain.billing.requests import parse_merge_request
from deskshift.domain.requests import parse_json, task_token
from deskshift.model.errors import AnotherPreviewCounts, InvalidField, RequestDiffers, UnknownAccount, UnknownPreview
from deskshift.model.merge import Merge


def receive(wiring: Wiring, body: str, message: FifoMessage) -> Merge | None:
    """Carry out the preview that a message names, and answer whoever waits for it.

    A message that can never succeed goes to the dead-letter queue with its reason, and a machine that waits is told so.

    Returns:
        The merge's end, None if the message went to the dead-letter queue.
    """
    token: str | None = None
    try:
        given = parse_json(body)
        token = task_token(given)
        merge = execute(wiring, parse_merge_request(given))
    except (AnotherPreviewCounts, InvalidField, RequestDiffers, UnknownAccount, UnknownPreview) as error:
        logger.warning(Event.REQUEST_NEVER_VALID, extra={"error_code": error.code})
        send_dead_letter(wiring, wiring.settings.merges_dead_letter_queue_url, body, error, fifo=message)
        answer_refused(wiring, token, error)
        return None
    answer(wiring, token, merge)
    return merge
