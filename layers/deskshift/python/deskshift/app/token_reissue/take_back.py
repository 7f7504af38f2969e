"""Sealed tokens that are revoked by their values.

One is of an exchange that died: it is at hand, so that nothing has to be guessed from a list. Another is of an issuer
that knows no ids of tokens.
"""

from datetime import timedelta

from deskshift.app.token_reissue.carry_out import save
from deskshift.app.token_reissue.entrusted import entrusted
from deskshift.app.token_reissue.open_grant import policy_of
from deskshift.app.token_wiring import TokenWiring
from deskshift.connectors.tokens.ports import TokenIssuer
from deskshift.domain.tokens.brokering import is_lost, lost_but_held, revoked_by_value, taken_back
from deskshift.domain.tokens.times import instant
from deskshift.model.custody import SealedToken
from deskshift.model.errors import DeskshiftError, SealBroken, TransitionNotPossible
from deskshift.model.reissue import Reissue

_TRIED_FOR = timedelta(days=1)


def take_back(wiring: TokenWiring, issuer: TokenIssuer, reissue: Reissue) -> Reissue:
    """Revoke by its value what a lost exchange has sealed, if it has; the person is invited again.

    That it is lost is recorded first: a callback that still runs then completes nothing. What cannot be revoked for so
    long is deleted all the same, as is what can never be opened: what the issuer lists is all that there is then.

    Raises:
        LateWriter: somebody else works on it.
        VendorUnavailable: it may still be in force; done again it goes on.
        KeyServiceUnavailable: it cannot be opened now.
        SealBroken: it can never be opened.
        NotEntrusted: nobody can speak for the client any more.
    """
    sealed = _left_sealed(wiring, reissue)
    if sealed is None or sealed.ciphertext is None:
        return reissue
    if reissue.exchange_at is not None:
        reissue = save(wiring, lost_but_held(reissue, policy_of(reissue), wiring.clock()).after)
    try:
        _revoke(wiring, issuer, reissue, sealed.ciphertext)
    except DeskshiftError as error:
        if isinstance(error, SealBroken) or wiring.clock() >= instant(sealed.expires_at) + _TRIED_FOR:
            wiring.sealed_tokens.forgotten(sealed)
        raise
    wiring.sealed_tokens.forgotten(sealed)
    return save(wiring, taken_back(reissue).after)


def check_nothing_waits(wiring: TokenWiring, reissue: Reissue) -> None:
    """Refuse an end before the watch has taken back what a lost exchange has sealed: nobody would look at it again.

    Raises:
        TransitionNotPossible: it is still sealed; a few minutes later it is not.
    """
    if _left_sealed(wiring, reissue) is not None:
        reason = "the token of an authorization that was not finished is being taken back; try again in a few minutes"
        raise TransitionNotPossible(reissue.reissue_id, reason)


def revoke_by_value(wiring: TokenWiring, issuer: TokenIssuer, reissue: Reissue) -> Reissue:
    """Revoke a sealed token that is to be revoked, where the issuer does not revoke by id.

    Raises:
        LateWriter: somebody else works on it.
        VendorUnavailable: it may still be in force, and stays sealed; done again it goes on.
        KeyServiceUnavailable: it cannot be opened now.
    """
    if reissue.route != "brokered" or not reissue.to_revoke or issuer.offers.revokes_by_id:
        return reissue
    sealed = wiring.sealed_tokens.find(reissue.account_id, reissue.reissue_id)
    if sealed is None or sealed.ciphertext is None or sealed.token_id not in reissue.to_revoke:
        return reissue
    _revoke(wiring, issuer, reissue, sealed.ciphertext)
    # Recorded before it is deleted: without both nobody would know that it is revoked.
    reissue = save(wiring, revoked_by_value(reissue, sealed.token_id).after)
    wiring.sealed_tokens.forgotten(sealed)
    return reissue


def _revoke(wiring: TokenWiring, issuer: TokenIssuer, reissue: Reissue, ciphertext: bytes) -> None:
    token = wiring.open_token(reissue, ciphertext)
    issuer.revoke_held(entrusted(wiring, issuer, reissue.account_id, reissue.client_id), token)


def _left_sealed(wiring: TokenWiring, reissue: Reissue) -> SealedToken | None:
    """Find the token of the exchange that is lost; one of an earlier exchange is none of it."""
    if reissue.route != "brokered" or reissue.status != "invited" or reissue.becomes is not None:
        return None
    since = reissue.exchange_at if is_lost(reissue, wiring.clock()) else reissue.lost_at
    if since is None or (reissue.exchange_at is not None and since != reissue.exchange_at):
        return None
    sealed = wiring.sealed_tokens.find(reissue.account_id, reissue.reissue_id)
    if sealed is None or sealed.ciphertext is None or sealed.token_id is not None:
        return None
    return None if instant(sealed.sealed_at) < instant(since) else sealed
