"""Carry a transition out: written first, then what it revokes is revoked, then its status is taken."""

from collections.abc import Callable

from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.app.metrics import Metric, count
from deskshift.app.token_wiring import TokenWiring
from deskshift.connectors.tokens.ports import TokenIssuer
from deskshift.domain.tokens.ids import grant_key
from deskshift.domain.tokens.times import over
from deskshift.domain.tokens.tokens import with_old_token
from deskshift.domain.tokens.transitions import Transition, finished
from deskshift.model.custody import SealedToken
from deskshift.model.errors import LateWriter, VendorRefused, VendorUnavailable
from deskshift.model.reissue import Reissue

_ATTEMPTS = 3
_AT_ONCE = 20
"""So many revocations fit into the time that is left when a reissue is looked at, at a small pace, too."""


def carry_out(wiring: TokenWiring, issuer: TokenIssuer, transition: Transition) -> Reissue:
    """Write what follows, and do what it asks of the issuer.

    Raises:
        LateWriter: somebody else was faster; nothing was revoked.
        VendorUnavailable: a token that nobody has may still be in force.
    """
    reissue = transition.after
    if transition.changed:
        looked = reissue.status == "expired"  # what the issuer lists has led to it
        reissue = save(wiring, reissue if looked else _with_old_token(wiring, issuer, reissue))
    # Where the issuer knows no ids, whoever has a token's value has revoked it before.
    for token in transition.orphans if issuer.offers.revokes_by_id else ():
        issuer.revoke(token)
    if reissue.becomes is not None:
        return finish(wiring, issuer, reissue)
    if reissue.is_open:
        forget_in_time(wiring, reissue)
    return reissue


def finish(wiring: TokenWiring, issuer: TokenIssuer, reissue: Reissue) -> Reissue:
    """Revoke what is recorded to be revoked; what is left, or not answered now, the next watch asks for again.

    What was answered is recorded, so that a grant with very many tokens comes to its end, too. A token that is still
    sealed here, and that the issuer revokes by its value alone, is left to the watch.
    """
    if _only_by_value(wiring, issuer, reissue):
        logger.info(Event.REISSUE_GOES_ON, extra={"reissue_id": reissue.reissue_id, "status": reissue.status})
        return reissue
    revoked, refused = _asked(issuer, reissue)
    forget_token(wiring, reissue)
    after = finished(reissue, revoked, wiring.clock(), refused)
    if not after.changed:
        return reissue
    try:
        ended = _with_old_token(wiring, issuer, after.after)
    except VendorUnavailable as error:
        logger.warning(Event.REVOCATION_PUT_OFF, extra={"reissue_id": reissue.reissue_id, "error_code": error.code})
        return reissue
    return save(wiring, ended)


def _asked(issuer: TokenIssuer, reissue: Reissue) -> tuple[dict[str, bool], list[str]]:
    """Ask for so many revocations at once; give what the issuer answered, and what it refuses.

    Once it does not answer, nothing more is asked: each call may take long with all its repetitions.
    """
    revoked: dict[str, bool] = {}
    refused: list[str] = []
    for token in reissue.to_revoke[:_AT_ONCE]:
        try:
            revoked[token] = issuer.revoke(token)
        except VendorUnavailable as error:
            logger.warning(Event.REVOCATION_PUT_OFF, extra={"reissue_id": reissue.reissue_id, "error_code": error.code})
            break
        except VendorRefused as error:
            refused.append(token)
            extra = {"reissue_id": reissue.reissue_id, "error_code": error.vendor_code}
            logger.warning(Event.REVOCATION_REFUSED, extra=extra)
    return revoked, refused


def _only_by_value(wiring: TokenWiring, issuer: TokenIssuer, reissue: Reissue) -> bool:
    sealed = None if issuer.offers.revokes_by_id else _sealed(wiring, reissue)
    return sealed is not None and sealed.token_id in reissue.to_revoke


def is_sealed(wiring: TokenWiring, reissue: Reissue) -> bool:
    """Say whether a token of a brokered reissue lies sealed here."""
    return _sealed(wiring, reissue) is not None


def _sealed(wiring: TokenWiring, reissue: Reissue) -> SealedToken | None:
    if reissue.route != "brokered":
        return None
    sealed = wiring.sealed_tokens.find(reissue.account_id, reissue.reissue_id)
    return None if sealed is None or sealed.ciphertext is None else sealed


def forget_token(wiring: TokenWiring, reissue: Reissue) -> None:
    """Delete the sealed token of a brokered reissue, if there is one: nobody may have it any more."""
    _forget(wiring, reissue, lambda _: True)


def forget_in_time(wiring: TokenWiring, reissue: Reissue) -> None:
    """Delete the sealed token of a brokered reissue whose time is over, whatever its status is.

    Not one that is not verified: its exchange may have died, and it is revoked by what is sealed.
    """
    now = wiring.clock()
    _forget(wiring, reissue, lambda sealed: sealed.token_id is not None and over(sealed.expires_at, now))


def _forget(wiring: TokenWiring, reissue: Reissue, due: Callable[[SealedToken], bool]) -> None:
    if reissue.route != "brokered":
        return
    for attempt in range(_ATTEMPTS):
        sealed = wiring.sealed_tokens.find(reissue.account_id, reissue.reissue_id)
        if sealed is None or sealed.ciphertext is None or not due(sealed):
            return
        try:
            wiring.sealed_tokens.forgotten(sealed)
        except LateWriter:  # its client asks for it in this moment, or acknowledges it
            if attempt + 1 == _ATTEMPTS:
                raise
        else:
            return


def _with_old_token(wiring: TokenWiring, issuer: TokenIssuer, reissue: Reissue) -> Reissue:
    """See at an end what is of the old token: somebody else may have revoked it."""
    if reissue.is_open or reissue.status == "confirmed" or not issuer.offers.lists:
        return reissue
    listed = issuer.tokens(reissue.client_id, reissue.agent_id)
    return with_old_token(reissue, listed, wiring.clock())


def save(wiring: TokenWiring, reissue: Reissue) -> Reissue:
    """Write a reissue, and count and log its end.

    Raises:
        LateWriter: somebody else was faster.
    """
    key = grant_key(reissue.account_id, reissue.client_id, reissue.agent_id)
    written = wiring.grants.save(key, reissue)
    extra = {"reissue_id": written.reissue_id, "status": written.status, "old_token": written.old_token}
    if written.is_open:
        logger.info(Event.REISSUE_GOES_ON, extra=extra)
    else:
        logger.info(Event.REISSUE_ENDED, extra=extra)
        count(Metric.REISSUES_ENDED)
        forget_token(wiring, written)  # nobody looks at it again
    return written
