"""An integration's POST for its new tokens: which wait, one of them, or that it has it (RFC 6749, 2.3.1 and 5.1)."""

from http import HTTPStatus

from deskshift.app.events import Event
from deskshift.app.handlers import Event as Given
from deskshift.app.log import logger, working_on
from deskshift.app.metrics import Metric, count
from deskshift.app.token_reissue.client_credentials import credentials
from deskshift.app.token_reissue.collect import acknowledge, authenticated, collect, waiting
from deskshift.app.token_reissue.collect_asked import asked_of
from deskshift.app.token_reissue.web import Reply, json_reply, method, path
from deskshift.app.token_wiring import TokenWiring
from deskshift.domain.tokens.callback import NotCompleted
from deskshift.model.errors import DeskshiftError, InvalidField
from deskshift.model.reissue import Reissue

_CHALLENGE = {"www-authenticate": 'Basic realm="deskshift"'}


def collection(wiring: TokenWiring, event: Given) -> Reply:
    """Answer an integration; what cannot be released now waits, and the client asks again."""
    try:
        return _answered(wiring, event)
    except DeskshiftError as error:
        logger.warning(Event.COLLECTION_PUT_OFF, extra={"error_code": error.code})
        count(Metric.AUTHORIZATIONS_PUT_OFF)
        return json_reply(HTTPStatus.SERVICE_UNAVAILABLE, {"error": "temporarily_unavailable"})


def _answered(wiring: TokenWiring, event: Given) -> Reply:
    account_id = path(event, "account_id")
    if method(event) != "POST":
        refused = json_reply(HTTPStatus.METHOD_NOT_ALLOWED, {"error": "invalid_request"})
        return Reply(refused.status, {**refused.headers, "allow": "POST"}, refused.body)
    client_id = authenticated(wiring, account_id, credentials(event))
    if client_id is None:
        logger.warning(Event.COLLECTION_REFUSED, extra={"account_id": account_id, "error_code": "invalid_client"})
        refused = json_reply(HTTPStatus.UNAUTHORIZED, {"error": "invalid_client"})
        return Reply(refused.status, {**refused.headers, **_CHALLENGE}, refused.body)
    try:
        asked = asked_of(event)
    except InvalidField as error:
        return _refused(NotCompleted("invalid_request", str(error)))
    if asked.reissue_id is None:
        return json_reply(HTTPStatus.OK, {"waiting": [_shown(one) for one in waiting(wiring, account_id, client_id)]})
    return _of_one(wiring, account_id, client_id, asked.reissue_id, acknowledges=asked.acknowledge)


def _of_one(wiring: TokenWiring, account_id: str, client_id: str, reissue_id: str, *, acknowledges: bool) -> Reply:
    working_on(reissue_id, account_id=account_id)
    if acknowledges:
        why = acknowledge(wiring, account_id, client_id, reissue_id)
        return _refused(why) if why is not None else json_reply(HTTPStatus.OK, {"acknowledged": True})
    found = collect(wiring, account_id, client_id, reissue_id)
    if isinstance(found, NotCompleted):
        return _refused(found)
    logger.info(Event.TOKEN_COLLECTED, extra={"reissue_id": reissue_id})
    token = {
        "access_token": found.token.access_token,
        "token_type": found.token.token_type,
        "refresh_token": found.token.refresh_token,
        "expires_in": found.token.expires_in,
        "scope": found.token.scope,
    }
    known = {name: value for name, value in token.items() if value is not None}
    return json_reply(HTTPStatus.OK, {**known, **_shown(found.reissue)})


def _shown(reissue: Reissue) -> dict[str, str | None]:
    return {"reissue_id": reissue.reissue_id, "agent_id": reissue.agent_id}


def _refused(why: NotCompleted) -> Reply:
    logger.warning(Event.COLLECTION_REFUSED, extra={"error_code": why.code})
    return json_reply(HTTPStatus.BAD_REQUEST, {"error": why.code, "error_description": why.reason})
