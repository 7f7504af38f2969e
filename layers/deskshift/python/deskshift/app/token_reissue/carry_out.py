"""Carry a transition out: written first, then what it revokes is revoked, then its status is taken."""

from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.app.metrics import Metric, count
from deskshift.app.token_wiring import TokenWiring
from deskshift.connectors.tokens.ports import TokenIssuer
from deskshift.domain.tokens.ids import grant_key
from deskshift.domain.tokens.transitions import Transition, finished
from deskshift.model.errors import VendorRefused, VendorUnavailable
from deskshift.model.reissue import Reissue


def carry_out(wiring: TokenWiring, issuer: TokenIssuer, transition: Transition) -> Reissue:
    """Write what follows, and do what it asks of the issuer.

    Raises:
        LateWriter: somebody else was faster; nothing was revoked.
        VendorUnavailable: a token that nobody has may still be in force.
    """
    reissue = transition.after
    if transition.changed:
        reissue = save(wiring, reissue)
    for token in transition.orphans:
        issuer.revoke(token)
    return reissue if reissue.becomes is None else finish(wiring, issuer, reissue)


def finish(wiring: TokenWiring, issuer: TokenIssuer, reissue: Reissue) -> Reissue:
    """Revoke what is recorded to be revoked; what the issuer does not answer now is asked again by the next watch."""
    revoked: dict[str, bool] = {}
    refused: list[str] = []
    for token in reissue.to_revoke:
        try:
            revoked[token] = issuer.revoke(token)
        except VendorUnavailable as error:
            logger.warning(Event.REVOCATION_PUT_OFF, extra={"reissue_id": reissue.reissue_id, "error_code": error.code})
        except VendorRefused as error:
            refused.append(token)
            extra = {"reissue_id": reissue.reissue_id, "error_code": error.vendor_code}
            logger.warning(Event.REVOCATION_REFUSED, extra=extra)
    forget_token(wiring, reissue)
    after = finished(reissue, revoked, wiring.clock(), refused=tuple(refused))
    return save(wiring, after.after) if after.changed else reissue


def forget_token(wiring: TokenWiring, reissue: Reissue) -> None:
    """Delete the sealed token of a brokered reissue, if there is one: nobody may have it any more."""
    sealed = wiring.sealed_tokens.find(reissue.account_id, reissue.reissue_id) if reissue.route == "brokered" else None
    if sealed is not None:
        wiring.sealed_tokens.forgotten(sealed)


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
    return written
