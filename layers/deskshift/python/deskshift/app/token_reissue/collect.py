"""An integration collects its new token: authenticated, until it acknowledges it or its time is up."""

import hashlib
import hmac
from collections.abc import Sequence

import msgspec

from deskshift.app.token_reissue.carry_out import save
from deskshift.app.token_reissue.client_credentials import Credentials
from deskshift.app.token_wiring import TokenWiring
from deskshift.connectors.tokens.ports import BearerToken
from deskshift.domain.tokens.brokering import acknowledged, collected
from deskshift.domain.tokens.callback import NotCompleted, may_collect
from deskshift.model.custody import SealedToken
from deskshift.model.errors import UnknownAccount
from deskshift.model.reissue import Reissue

NOT_THE_CLIENT = NotCompleted("invalid_client", "the client's authentication is not right")
NOTHING_THERE = NotCompleted("nothing_to_collect", "there is no new token of this reissue for this client")


class Collected(msgspec.Struct, frozen=True):
    """A token on its way to its client; prints nothing of it."""

    reissue: Reissue
    token: BearerToken

    def __repr__(self) -> str:
        return f"Collected({self.reissue.reissue_id}, …)"


def authenticated(wiring: TokenWiring, account_id: str, given: Sequence[Credentials]) -> str | None:
    """Give the client that somebody shows to be; None if they are none.

    All readings of what was sent are compared, each by its digest, in constant time. For a client that there is not a
    secret is read and compared, too: neither length nor time tells which clients there are. A public client has no
    secret, so that nobody can show to be it: it cannot collect.
    """
    try:
        known = wiring.connections.issuer(account_id).entrusted
    except UnknownAccount:
        known = {}
    client_id = next((one.client_id for one in given if one.client_id in known), None)
    arn = next(iter(known.values()), None) if client_id is None else known[client_id]
    wanted = "" if arn is None else wiring.secret(arn)
    same = [one.client_id == client_id for one in given if _same(wanted, one.secret)]
    return client_id if any(same) and wanted else None


def _same(wanted: str, secret: str) -> bool:
    return hmac.compare_digest(_digest(wanted), _digest(secret))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def waiting(wiring: TokenWiring, account_id: str, client_id: str) -> list[Reissue]:
    """List the reissues of a client whose tokens wait for it, and can be collected now."""
    return [
        one
        for one in wiring.grants.open_of_account(account_id)
        if one.client_id == client_id
        and one.route == "brokered"
        and one.status in {"verified", "collected"}
        and one.becomes is None
        and _waits(wiring, wiring.sealed_tokens.find(account_id, one.reissue_id))
    ]


def _waits(wiring: TokenWiring, sealed: SealedToken | None) -> bool:
    return sealed is not None and sealed.ciphertext is not None and _why_not(wiring, sealed) is None


def _why_not(wiring: TokenWiring, sealed: SealedToken) -> NotCompleted | None:
    gone = sealed.acknowledged_at is not None
    return may_collect(sealed.token_id, sealed.expires_at, wiring.clock(), acknowledged=gone)


def collect(wiring: TokenWiring, account_id: str, client_id: str, reissue_id: str) -> Collected | NotCompleted:
    """Release a verified token to its client, again until it is acknowledged.

    Raises:
        LateWriter: somebody else works on the reissue.
        KeyServiceUnavailable: the token cannot be opened now.
        SealBroken: it can never be opened.
    """
    reissue, sealed = _held(wiring, account_id, client_id, reissue_id)
    if reissue is None or sealed is None:
        return NOTHING_THERE
    why = _why_not(wiring, sealed)
    if why is not None or sealed.ciphertext is None:
        return why or NOTHING_THERE
    found = collected(reissue, wiring.clock())
    if found.refused:
        return NotCompleted("not_to_be_collected", found.reason)
    token = wiring.open_token(reissue, sealed.ciphertext)
    if found.changed:
        reissue = save(wiring, found.after)
    wiring.sealed_tokens.collected(sealed, wiring.now())
    return Collected(reissue, token)


def acknowledge(wiring: TokenWiring, account_id: str, client_id: str, reissue_id: str) -> NotCompleted | None:
    """Delete a token that its client has, and note that it has it; twice is fine.

    Raises:
        LateWriter: somebody else works on the reissue.
    """
    reissue, sealed = _held(wiring, account_id, client_id, reissue_id)
    if reissue is None or sealed is None or reissue.status not in {"collected", "confirmed"}:
        return NOTHING_THERE
    found = acknowledged(reissue, wiring.clock())
    if found.refused:
        return NotCompleted("not_to_be_acknowledged", found.reason)
    if found.changed:
        save(wiring, found.after)
    wiring.sealed_tokens.acknowledged(sealed, wiring.now())
    return None


def _held(
    wiring: TokenWiring, account_id: str, client_id: str, reissue_id: str
) -> tuple[Reissue | None, SealedToken | None]:
    reissue = wiring.grants.find(account_id, reissue_id)
    if reissue is None or reissue.client_id != client_id:
        return None, None
    return reissue, wiring.sealed_tokens.find(account_id, reissue_id)
