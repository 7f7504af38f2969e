"""Whether an authorization that comes back may be completed; secrets are compared as hashes, in constant time."""

import hashlib
import hmac
from datetime import datetime

import msgspec

from deskshift.domain.tokens.times import over
from deskshift.model.custody import BrokeredSession


class Returned(msgspec.Struct, frozen=True, kw_only=True):
    """What the browser brings back, without state and code. `iss` None: the answer names no issuer (RFC 9207).

    `binding` is the cookie of the browser that began, `redirect_uri` the address that was called.
    """

    binding: str | None
    iss: str | None
    redirect_uri: str


class NotCompleted(msgspec.Struct, frozen=True):
    """Why nothing is exchanged; for the log, while the agent's page says no more than that they begin anew."""

    code: str
    reason: str


def hashed(value: str) -> str:
    """Give what the store holds of a random value: whoever reads it there cannot use it."""
    return hashlib.sha256(value.encode()).hexdigest()


def against(
    session: BrokeredSession | None, returned: Returned, now: datetime, *, issuer_names_itself: bool
) -> NotCompleted | None:
    """Find what speaks against exchanging the code; None if nothing does.

    Args:
        session: what is recorded under the state's hash.
        returned: what the browser brought.
        now: the present time.
        issuer_names_itself: whether the issuer's answers bear `iss`; then one without it is not the issuer's.
    """
    if session is None:
        return NotCompleted("unknown_state", "no authorization was begun with this state")
    if not from_the_browser(session, returned):
        return NotCompleted("another_browser", "the authorization was begun in another browser")
    if session.claim is not None:
        return NotCompleted("used_state", "this state has been used")
    if over(session.expires_at, now):
        return NotCompleted("expired_state", f"the authorization had to come back before {session.expires_at}")
    return _not_from_there(session, returned, issuer_names_itself=issuer_names_itself)


def from_the_browser(session: BrokeredSession, returned: Returned) -> bool:
    """Say whether the browser that came back is the one that began."""
    return returned.binding is not None and hmac.compare_digest(hashed(returned.binding), session.binding_hash)


def may_collect(token_id: str | None, expires_at: str, now: datetime, *, acknowledged: bool) -> NotCompleted | None:
    """Find what speaks against releasing a sealed token to its client; None if nothing does."""
    if acknowledged:
        return NotCompleted("acknowledged", "the client has acknowledged the token, and it is deleted")
    if over(expires_at, now):
        return NotCompleted("collection_over", f"the token had to be collected before {expires_at}")
    if token_id is None:
        return NotCompleted("not_verified", "the token is not verified yet")
    return None


def _not_from_there(session: BrokeredSession, returned: Returned, *, issuer_names_itself: bool) -> NotCompleted | None:
    if returned.redirect_uri != session.redirect_uri:
        return NotCompleted("another_redirect", "it came back to another redirect address than was sent")
    if returned.iss is None:
        return NotCompleted("no_issuer", "the answer does not name its issuer") if issuer_names_itself else None
    if returned.iss != session.issuer:
        return NotCompleted("another_issuer", "the answer is another issuer's")
    return None
