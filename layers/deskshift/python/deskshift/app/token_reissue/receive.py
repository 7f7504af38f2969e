"""Deal with one message of the queue of reissues: one grant, or all of an account."""

from collections.abc import Callable

from deskshift.app.dead_letters import FifoMessage, send_dead_letter
from deskshift.app.events import Event
from deskshift.app.log import logger, working_on
from deskshift.app.task_tokens import failed, succeeded
from deskshift.app.token_reissue.one_grant import reissue_one
from deskshift.app.token_reissue.request_all import request_all
from deskshift.app.token_reissue.stopping import stopped_batch
from deskshift.app.token_wiring import TokenWiring
from deskshift.domain.requests import parse_json, task_token
from deskshift.domain.tokens.ids import batch_id, grant_key
from deskshift.domain.tokens.requests import parse_reissue_request
from deskshift.model.errors import GrantsNotListed, InvalidField, RequestDiffers, UnknownAccount, UnknownGrant
from deskshift.model.reissue import Batch, Reissue, ReissueRequest


def receive(
    wiring: TokenWiring, body: str, message: FifoMessage, time_left: Callable[[], int]
) -> Reissue | Batch | None:
    """Open what a message asks for, and answer whoever waits for it: invited, not ended, for that may take weeks.

    A message that can never succeed goes to the dead-letter queue with its reason, and a machine that waits is told so.

    Returns:
        The reissue or the batch, None if the message went to the dead-letter queue.
    """
    token: str | None = None
    try:
        given = parse_json(body)
        token = task_token(given)
        request = parse_reissue_request(given)
        opened = _opened(wiring, request, time_left)
    except (GrantsNotListed, InvalidField, RequestDiffers, UnknownAccount, UnknownGrant) as error:
        logger.warning(Event.REQUEST_NEVER_VALID, extra={"error_code": error.code})
        send_dead_letter(wiring, wiring.tokens.dead_letter_queue_url, body, error, fifo=message)
        if token is not None:
            failed(wiring, token, error.code, str(error))
        return None
    if token is not None:
        succeeded(wiring, token, _told(opened))
    return opened


def _opened(wiring: TokenWiring, request: ReissueRequest, time_left: Callable[[], int]) -> Reissue | Batch:
    if request.client_id is None:
        working_on(batch_id(request.account_id, request.request_id), account_id=request.account_id)
        return request_all(wiring, request, time_left)
    working_on(
        f"reissue-{grant_key(request.account_id, request.client_id, request.agent_id)}", account_id=request.account_id
    )
    return stopped_batch(wiring, request) or reissue_one(wiring, request)


def _told(opened: Reissue | Batch) -> dict[str, object]:
    if isinstance(opened, Batch):
        return {"account_id": opened.account_id, "batch_id": opened.batch_id, "grants": opened.grants}
    return {"account_id": opened.account_id, "reissue_id": opened.reissue_id, "status": opened.status}
