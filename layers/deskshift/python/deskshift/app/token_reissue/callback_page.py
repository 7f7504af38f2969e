"""The issuer sends the agent's browser back: the authorization is completed, and the page tells how that ended."""

from http import HTTPStatus

from deskshift.app.events import Event
from deskshift.app.handlers import Event as Given
from deskshift.app.log import logger
from deskshift.app.token_reissue.begin import cookie_name
from deskshift.app.token_reissue.complete import Answered, complete
from deskshift.app.token_reissue.invitation_page import known_of, names, told
from deskshift.app.token_reissue.pages import message
from deskshift.app.token_reissue.web import Reply, cookie, locale, page, path, put_off, query
from deskshift.app.token_wiring import TokenWiring
from deskshift.domain.tokens.callback import NotCompleted, Returned, from_the_browser, hashed
from deskshift.model.errors import DeskshiftError
from deskshift.model.reissue import Reissue

_PUBLIC = frozenset({"wrong_person"})
"""What the page says more of than that the agent begins anew."""
_AGAIN = frozenset({"used_state", "expired_state"})
"""What a page that is loaded again comes to."""


def came_back(wiring: TokenWiring, event: Given, claim: str) -> Reply:
    """Answer a callback. Its code and state are nowhere but in the event and in the call to the issuer.

    If the answer of the exchange is lost, the watch invites the agent again; of anything before it nothing was sent.
    """
    try:
        return _ended(wiring, event, claim)
    except DeskshiftError as error:
        return put_off(locale(event), error)


def _ended(wiring: TokenWiring, event: Given, claim: str) -> Reply:
    account_id, given = path(event, "account_id"), query(event)
    state = given.get("state", "")
    connection = wiring.connections.issuer(account_id)
    answered = Answered(
        state=state,
        code=given.get("code") or None,
        error=given.get("error"),
        returned=Returned(
            binding=cookie(event, cookie_name(connection, state)),
            iss=given.get("iss"),
            redirect_uri=f"{connection.public_url}{event.get('rawPath', '')}",
        ),
    )
    ended = complete(wiring, account_id, answered, claim)
    if isinstance(ended, NotCompleted):
        logger.warning(Event.AUTHORIZATION_REFUSED, extra={"account_id": account_id, "error_code": ended.code})
        return _refused(wiring, event, answered, ended)
    known = known_of(wiring, ended)
    html = message(known.locale(ended.agent_id), "authorized", names(ended, known))
    # The cookie ends by itself: until then the page can be loaded again, and says what is true.
    return page(HTTPStatus.OK, html)


def _refused(wiring: TokenWiring, event: Given, answered: Answered, why: NotCompleted) -> Reply:
    sentence = why.code if why.code in _PUBLIC else "again"
    account_id = path(event, "account_id")
    reissue = _of(wiring, account_id, answered)
    if reissue is None:
        return page(HTTPStatus.BAD_REQUEST, message(locale(event), sentence, {}))
    known = known_of(wiring, reissue)
    if why.code in _AGAIN and reissue.status not in {"invited", "wrong_person"}:
        return told(reissue, known)
    if why.code in _AGAIN and reissue.status == "wrong_person":
        sentence = "wrong_person"
    return page(HTTPStatus.BAD_REQUEST, message(known.locale(reissue.agent_id), sentence, names(reissue, known)))


def _of(wiring: TokenWiring, account_id: str, answered: Answered) -> Reissue | None:
    """Find what an authorization was begun for; a browser that did not begin it is told nothing of it."""
    session = wiring.sessions.find(hashed(answered.state))
    if session is None or session.account_id != account_id or not from_the_browser(session, answered.returned):
        return None
    return wiring.grants.find(account_id, session.reissue_id)
