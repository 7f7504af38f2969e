"""An authorization comes back: its code is exchanged once, and the new token verified and kept sealed."""

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from deskshift.app.events import Event
from deskshift.app.log import logger, working_on
from deskshift.app.token_reissue.carry_out import carry_out, save
from deskshift.app.token_reissue.entrusted import entrusted
from deskshift.app.token_reissue.open_grant import policy_of
from deskshift.app.token_wiring import TokenWiring
from deskshift.connectors.tokens.ports import BearerToken, Entrusted, TokenIssuer
from deskshift.domain.tokens.brokering import exchange_begun, exchange_refused
from deskshift.domain.tokens.callback import NotCompleted, Returned, against, hashed
from deskshift.domain.tokens.observing import verified
from deskshift.domain.tokens.schedule import collection_ends
from deskshift.domain.tokens.times import stamp
from deskshift.domain.tokens.transitions import Transition
from deskshift.model.custody import BrokeredSession, SealedToken
from deskshift.model.errors import LateWriter, VendorRefused, VendorUnavailable
from deskshift.model.reissue import Reissue

_ATTEMPTS = 3


class Answered(msgspec.Struct, frozen=True):
    """What the browser brought: `code` or `error`; prints neither of them, nor the state."""

    state: str
    code: str | None
    error: str | None
    returned: Returned

    def __repr__(self) -> str:
        return "Answered(…)"


def complete(wiring: TokenWiring, account_id: str, answered: Answered, claim: str) -> Reissue | NotCompleted:
    """Complete an authorization, or say why not.

    The state is claimed before anything is sent: a callback that is replayed calls nothing. A code is sent once; if its
    answer is lost, the watch retires what the issuer lists as made since and invites the person again.

    Args:
        wiring: stores and clients.
        account_id: the account whose callback was called.
        answered: what the browser brought.
        claim: names this callback.

    Raises:
        VendorUnavailable: the answer of the exchange, or of the live call, is lost.
        KeyServiceUnavailable: the verifier cannot be opened now, and the code was not sent.
        LateWriter: somebody else works on the reissue.
    """
    issuer = wiring.issuer(account_id)
    session = _session(wiring, account_id, issuer, answered)
    if isinstance(session, NotCompleted):
        return session
    working_on(session.reissue_id, account_id=account_id)
    reissue = wiring.grants.get(account_id, session.reissue_id)
    held = entrusted(wiring, issuer, account_id, reissue.client_id)
    verifier = None
    if session.sealed_verifier is not None:
        verifier = wiring.unseal(reissue, "verifier", session.sealed_verifier).decode()
    if wiring.sessions.claim(session.state_hash, claim) is None:
        return NotCompleted("used_state", "this state has been used")
    if answered.code is None:
        return NotCompleted("not_authorized", f"the issuer answered {answered.error or 'without a code'}")
    begun = exchange_begun(reissue, wiring.clock())
    if begun.refused:
        return NotCompleted("not_open", begun.reason)
    reissue = save(wiring, begun.after)
    try:
        token = issuer.exchange(held, answered.code, session.redirect_uri, reissue.scopes, verifier)
    except VendorRefused as error:
        save(wiring, exchange_refused(reissue).after)
        return NotCompleted("code_refused", f"the issuer answered {error.vendor_code}")
    return _verified(wiring, issuer, _kept(wiring, issuer, held, reissue, token))


def _session(
    wiring: TokenWiring, account_id: str, issuer: TokenIssuer, answered: Answered
) -> BrokeredSession | NotCompleted:
    session = wiring.sessions.find(hashed(answered.state))
    why = against(session, answered.returned, wiring.clock(), issuer_names_itself=issuer.offers.iss)
    if why is not None or session is None:
        return why or NotCompleted("unknown_state", "no authorization was begun with this state")
    if session.account_id != account_id:
        return NotCompleted("another_account", "the authorization was begun for another account")
    if _another_is_sealed(wiring, session):
        return NotCompleted(
            "not_taken_back", "the token of an earlier authorization is neither verified nor revoked yet"
        )
    return session


class _Exchanged(NamedTuple):
    held: Entrusted
    reissue: Reissue
    token: BearerToken
    sealed: SealedToken


def _another_is_sealed(wiring: TokenWiring, session: BrokeredSession) -> bool:
    """Say whether a token is sealed of which it is not known yet what becomes of it: a new one would take its place."""
    sealed = wiring.sealed_tokens.find(session.account_id, session.reissue_id)
    return sealed is not None and sealed.ciphertext is not None and sealed.token_id is None


def _kept(
    wiring: TokenWiring, issuer: TokenIssuer, held: Entrusted, reissue: Reissue, token: BearerToken
) -> _Exchanged:
    """Keep the token; one that cannot be kept is revoked while it is at hand."""
    try:
        sealed = _seal(wiring, reissue, token)
    except Exception:  # whatever it is, nobody has the token; it is raised
        try:
            issuer.revoke_held(held, token)
        except (VendorRefused, VendorUnavailable) as error:  # the watch finds it, if it is listed
            extra = {"reissue_id": reissue.reissue_id, "error_code": error.code}
            logger.warning(Event.REVOCATION_PUT_OFF, extra=extra)
        raise
    return _Exchanged(held, reissue, token, sealed)


def _seal(wiring: TokenWiring, reissue: Reissue, token: BearerToken) -> SealedToken:
    """Keep the token before it is used; it is released only once it is verified."""
    now = wiring.clock()
    sealed = SealedToken(
        account_id=reissue.account_id,
        reissue_id=reissue.reissue_id,
        ciphertext=wiring.seal_token(reissue, token),
        sealed_at=stamp(now),
        expires_at=collection_ends(policy_of(reissue), now),
    )
    return wiring.sealed_tokens.put(sealed, wiring.sealed_tokens.find(reissue.account_id, reissue.reissue_id))


def _verified(wiring: TokenWiring, issuer: TokenIssuer, made: _Exchanged) -> Reissue | NotCompleted:
    reissue = made.reissue
    subject = issuer.subject(made.held, made.token)
    listed = issuer.tokens(reissue.client_id, subject.agent_id) if issuer.offers.lists else []
    own_use = next((one.last_used_at for one in listed if one.id == subject.token_id), None)
    after = _recorded(wiring, issuer, made, lambda one: verified(one, subject, own_use, policy_of(one), wiring.clock()))
    if after.status != "verified" or after.successor != subject.token_id:
        logger.warning(Event.AUTHORIZATION_REFUSED, extra={"reissue_id": reissue.reissue_id, "status": after.status})
        return NotCompleted(after.status, after.reason or "it was not completed")
    wiring.sealed_tokens.verified(made.sealed, subject.token_id)
    return after


def _recorded(
    wiring: TokenWiring, issuer: TokenIssuer, made: _Exchanged, follows: Callable[[Reissue], Transition]
) -> Reissue:
    """Write what follows. Who wrote meanwhile, e.g. that another request asks for the same, takes nothing from it.

    Raises:
        LateWriter: it was written again and again.
    """
    reissue = made.reissue
    for _ in range(_ATTEMPTS):
        found = follows(reissue)
        if found.refused or found.after.becomes is not None:
            _discard(wiring, issuer, made)
            found = _not_twice(issuer, found)
        try:
            return carry_out(wiring, issuer, found)
        except LateWriter:
            reissue = wiring.grants.get(reissue.account_id, reissue.reissue_id)
        if reissue.exchange_at != made.reissue.exchange_at:
            _discard(wiring, issuer, made)  # this exchange was given up
            return reissue
    raise LateWriter(f"reissue {reissue.reissue_id}")


def _not_twice(issuer: TokenIssuer, found: Transition) -> Transition:
    """What has just been revoked by its value is not left to do where the issuer knows no ids."""
    if found.refused or issuer.offers.revokes_by_id:
        return found
    return msgspec.structs.replace(found, after=msgspec.structs.replace(found.after, to_revoke=()))


def _discard(wiring: TokenWiring, issuer: TokenIssuer, made: _Exchanged) -> None:
    """Whoever's it is, nobody has this token but deskshift; it stays sealed until the issuer has revoked it."""
    issuer.revoke_held(made.held, made.token)
    try:
        wiring.sealed_tokens.forgotten(made.sealed)
    except LateWriter:
        logger.info(Event.REISSUE_GOES_ON, extra={"reissue_id": made.reissue.reissue_id})  # somebody else has done it
