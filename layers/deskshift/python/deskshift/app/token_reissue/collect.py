"""An integration collects its new token: authenticated, until it acknowledges it or its time is up."""

import hmac

import msgspec

from deskshift.app.token_reissue.carry_out import save
from deskshift.app.token_wiring import TokenWiring
from deskshift.connectors.tokens.ports import BearerToken
from deskshift.domain.tokens.brokering import collected
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


def authenticated(wiring: TokenWiring, account_id: str, client_id: str, secret: str) -> bool:
    """Say whether a secret is a client's; compared in constant time, also for a client that there is not.

    A public client has no secret, so that nobody can show to be it: it cannot collect.
    """
    try:
        arn = wiring.connections.issuer(account_id).entrusted.get(client_id)
    except UnknownAccount:
        arn = None
    wanted = "" if arn is None else wiring.secret(arn)
    same = hmac.compare_digest(wanted.encode(), secret.encode("utf-8", "surrogatepass"))
    return same and bool(wanted)


def waiting(wiring: TokenWiring, account_id: str, client_id: str) -> list[Reissue]:
    """List the reissues of a client whose tokens wait for it."""
    return [
        one
        for one in wiring.grants.open_of_account(account_id)
        if one.client_id == client_id and one.route == "brokered" and one.status in {"verified", "collected"}
    ]


def collect(wiring: TokenWiring, account_id: str, client_id: str, reissue_id: str) -> Collected | NotCompleted:
    """Release a verified token to its client, again until it is acknowledged.

    Raises:
        LateWriter: somebody else works on the reissue.
        KeyServiceUnavailable: the token cannot be opened now.
    """
    reissue, sealed = _held(wiring, account_id, client_id, reissue_id)
    if reissue is None or sealed is None:
        return NOTHING_THERE
    why = may_collect(
        sealed.token_id, sealed.expires_at, wiring.clock(), acknowledged=sealed.acknowledged_at is not None
    )
    if why is not None or sealed.ciphertext is None:
        return why or NOTHING_THERE
    found = collected(reissue, wiring.clock())
    if found.refused:
        return NotCompleted("not_to_be_collected", found.reason)
    token = msgspec.json.decode(wiring.unseal(reissue, "token", sealed.ciphertext), type=BearerToken)
    if found.changed:
        reissue = save(wiring, found.after)
    wiring.sealed_tokens.collected(sealed, wiring.now())
    return Collected(reissue, token)


def acknowledge(wiring: TokenWiring, account_id: str, client_id: str, reissue_id: str) -> NotCompleted | None:
    """Delete a token that its client has; twice is fine."""
    reissue, sealed = _held(wiring, account_id, client_id, reissue_id)
    if reissue is None or sealed is None or reissue.status not in {"collected", "confirmed"}:
        return NOTHING_THERE
    wiring.sealed_tokens.acknowledged(sealed, wiring.now())
    return None


def _held(
    wiring: TokenWiring, account_id: str, client_id: str, reissue_id: str
) -> tuple[Reissue | None, SealedToken | None]:
    reissue = wiring.grants.find(account_id, reissue_id)
    if reissue is None or reissue.client_id != client_id:
        return None, None
    return reissue, wiring.sealed_tokens.find(account_id, reissue_id)
