"""Begin a brokered authorization: a single-use state, bound to the browser, with PKCE where the issuer has it."""

import base64
import hashlib
import secrets

import msgspec

from deskshift.app.token_reissue.entrusted import listed_client
from deskshift.app.token_reissue.open_grant import policy_of
from deskshift.app.token_wiring import TokenWiring
from deskshift.domain.tokens.callback import hashed
from deskshift.domain.tokens.schedule import state_ends
from deskshift.domain.tokens.times import stamp
from deskshift.model.custody import BrokeredSession
from deskshift.model.errors import NotEntrusted, TransitionNotPossible
from deskshift.model.issuer_connection import IssuerConnection
from deskshift.model.reissue import Reissue

_BYTES = 32


class Begun(msgspec.Struct, frozen=True):
    """Where the browser goes, and the cookie that it takes along; prints neither, for both hold the state."""

    address: str
    cookie_name: str
    binding: str
    seconds: int

    def __repr__(self) -> str:
        return "Begun(…)"


def begin(wiring: TokenWiring, reissue: Reissue) -> Begun:
    """Make a session and the address of the issuer's authorization page (RFC 6749, 4.1.1; RFC 7636; RFC 9700, 2.1).

    Raises:
        TransitionNotPossible: deskshift is not the client, or nobody is invited (any more).
        NotEntrusted: the client's authentication is not entrusted to deskshift (any more), so that no code that came
            back could be exchanged; or the issuer does not list it.
        KeyServiceUnavailable: the verifier cannot be sealed now.
    """
    waits = reissue.status == "invited" and reissue.becomes is None and reissue.exchange_at is None
    if reissue.route != "brokered" or not waits:
        raise TransitionNotPossible(reissue.reissue_id, "it does not wait for an authorization here")
    issuer = wiring.issuer(reissue.account_id)
    connection = wiring.connections.issuer(reissue.account_id)
    if reissue.client_id not in connection.entrusted:
        raise NotEntrusted(reissue.client_id)
    client = listed_client(issuer, reissue.client_id)
    policy, now = policy_of(reissue), wiring.clock()
    state, binding = secrets.token_urlsafe(_BYTES), secrets.token_urlsafe(_BYTES)
    verifier = secrets.token_urlsafe(_BYTES) if issuer.offers.pkce else None
    session = BrokeredSession(
        state_hash=hashed(state),
        account_id=reissue.account_id,
        reissue_id=reissue.reissue_id,
        binding_hash=hashed(binding),
        issuer=issuer.issuer,
        redirect_uri=connection.callback,
        created_at=stamp(now),
        expires_at=state_ends(policy, now),
        sealed_verifier=None if verifier is None else wiring.seal(reissue, "verifier", verifier.encode()),
    )
    wiring.sessions.put(session)
    challenge = None if verifier is None else _challenge(verifier)
    address = issuer.authorization_address(client, connection.callback, state, reissue.scopes, challenge)
    return Begun(address, cookie_name(connection, state), binding, policy.state_minutes * 60)


def cookie_name(connection: IssuerConnection, state: str) -> str:
    """Name the cookie of one authorization: two that are begun in one browser do not disturb each other.

    A browser takes a name with `__Secure-` from https alone, so that nobody plants one over http (RFC 6265bis, 4.1.3).
    """
    prefix = "__Secure-" if connection.public_url.startswith("https://") else ""
    return f"{prefix}oauth-{hashed(state)[:16]}"


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
