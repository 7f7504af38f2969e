"""An invitation's page: it asks, lets the agent decline, or begins the authorization; only a POST has an effect."""

from functools import partial
from http import HTTPStatus

import msgspec

from deskshift.app.handlers import Event as Given
from deskshift.app.token_reissue.begin import begin
from deskshift.app.token_reissue.known import Known, read_known
from deskshift.app.token_reissue.letters import start_is_safe
from deskshift.app.token_reissue.links import opens
from deskshift.app.token_reissue.look import look_at, seen
from deskshift.app.token_reissue.pages import Asked, message, onward, question
from deskshift.app.token_reissue.take_back import check_nothing_waits
from deskshift.app.token_reissue.web import Reply, form, locale, method, page, path, put_off, query, to_issuer
from deskshift.app.token_wiring import TokenWiring
from deskshift.domain.tokens.times import over
from deskshift.domain.tokens.transitions import declined
from deskshift.model.errors import DeskshiftError, TransitionNotPossible
from deskshift.model.reissue import Reissue


class Visit(msgspec.Struct, frozen=True):
    """Whose page it is, with the link's key, and what its form says (None: the page is only looked at); prints no key.

    `locale` is the browser's, for where it is not known who is there.
    """

    account_id: str
    reissue_id: str
    key: str
    decision: str | None
    locale: str

    def __repr__(self) -> str:
        return f"Visit({self.reissue_id}, …)"


def visited(wiring: TokenWiring, event: Given) -> Reply:
    """Answer a visit of the page; HEAD as GET, without the page."""
    try:
        reply = _answered(wiring, _visit(event))
    except DeskshiftError as error:
        reply = put_off(locale(event), error)
    return msgspec.structs.replace(reply, body="") if method(event) == "HEAD" else reply


def _visit(event: Given) -> Visit:
    return Visit(
        account_id=path(event, "account_id"),
        reissue_id=path(event, "reissue_id"),
        key=query(event).get("key", ""),
        decision=form(event).get("decision", "") if method(event) == "POST" else None,
        locale=locale(event),
    )


def _answered(wiring: TokenWiring, visit: Visit) -> Reply:
    known_link = opens(wiring, visit.account_id, visit.reissue_id, visit.key)
    reissue = wiring.grants.find(visit.account_id, visit.reissue_id) if known_link else None
    if reissue is None:
        return page(HTTPStatus.NOT_FOUND, message(visit.locale, "unknown", {}))
    known = known_of(wiring, reissue)
    if visit.decision == "decline":
        return _declined(wiring, reissue, known)
    waits = reissue.status == "invited" and reissue.becomes is None and reissue.exchange_at is None
    if not waits or over(reissue.deadline, wiring.clock()):
        return told(reissue, known)
    if visit.decision == "accept" and reissue.route == "brokered":
        return _led_on(wiring, reissue, known)
    return page(HTTPStatus.OK, _question(reissue, known))


def _led_on(wiring: TokenWiring, reissue: Reissue, known: Known) -> Reply:
    try:
        begun = begin(wiring, reissue)
    except TransitionNotPossible:
        return told(reissue, known)
    except DeskshiftError as error:  # here it is known whose language the page is in
        return put_off(known.locale(reissue.agent_id), error)
    return to_issuer(begun, onward(known.locale(reissue.agent_id), names(reissue, known), begun.address))


def names(reissue: Reissue, known: Known) -> dict[str, str]:
    """Give the names that a page tells."""
    client = known.clients.get(reissue.client_id)
    return {"client": reissue.client_id if client is None else client.name, "account": known.account.name}


def known_of(wiring: TokenWiring, reissue: Reissue) -> Known:
    """Read whom and what a page is about."""
    return read_known(wiring, reissue.account_id, wiring.issuer(reissue.account_id), only=reissue.agent_id)


def _declined(wiring: TokenWiring, reissue: Reissue, known: Known) -> Reply:
    """Look first: who has authorized already does not decline any more."""
    issuer = wiring.issuer(reissue.account_id)
    reissue = look_at(wiring, issuer, reissue, partial(seen, wiring))
    try:
        check_nothing_waits(wiring, reissue)
    except TransitionNotPossible as error:
        return put_off(known.locale(reissue.agent_id), error)
    reissue = look_at(wiring, issuer, reissue, lambda one, _listed: declined(one, wiring.clock()))
    return told(reissue, known)


def told(reissue: Reissue, known: Known) -> Reply:
    """Say where a reissue stands that this agent can do nothing about any more."""
    locale = known.locale(reissue.agent_id)
    if reissue.status == "invited" and reissue.exchange_at is not None:
        return page(HTTPStatus.OK, message(locale, "later", names(reissue, known)))
    sentence = {
        "declined": "declined",
        "authorized": "authorized",
        "verified": "authorized",
        "collected": "authorized",
        "confirmed": "authorized",
    }
    return page(HTTPStatus.OK, message(locale, sentence.get(reissue.status, "over"), names(reissue, known)))


def _question(reissue: Reissue, known: Known) -> str:
    start = known.start(reissue.client_id) if reissue.route == "direct" else None
    asked = Asked(reissue.deadline, known.account.time_zone, start, possible=start_is_safe(known, reissue))
    return question(known.locale(reissue.agent_id), names(reissue, known), asked)
