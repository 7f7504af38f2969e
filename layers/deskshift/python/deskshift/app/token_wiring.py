"""Open what the functions that reissue tokens need beside the rest; other functions do not load it."""

import threading
from functools import cached_property, lru_cache

from deskshift.app.log import correlation_id
from deskshift.app.metrics import CountedCalls
from deskshift.app.settings import Settings
from deskshift.app.token_settings import TokenSettings
from deskshift.app.wiring import Wiring
from deskshift.connectors.issuers import reach_of, timeout_of, token_issuer
from deskshift.connectors.pace import Worker, share
from deskshift.connectors.ports import Platform
from deskshift.connectors.sealing import Bound, Purpose, Sealer, open_sealer
from deskshift.connectors.tokens.opening import IssuerClients, open_issuer
from deskshift.connectors.tokens.ports import BearerToken, TokenIssuer
from deskshift.connectors.tokens.sealed import open_token, seal_token
from deskshift.domain.tokens.ids import grant_key
from deskshift.model.reissue import Reissue
from deskshift.model.token_issuers import Reach
from deskshift.store.grants import Grants
from deskshift.store.reissue_batches import ReissueBatches
from deskshift.store.sealed_tokens import SealedTokens
from deskshift.store.sessions import Sessions


class TokenWiring(Wiring):
    """All stores and clients of the reissue of tokens.

    Args:
        settings: the function's configuration.
        tokens: what of it is for tokens alone.
    """

    def __init__(self, settings: Settings, tokens: TokenSettings) -> None:
        super().__init__(settings)
        self.tokens = tokens

    @cached_property
    def grants(self) -> Grants:
        """The grants and their reissues."""
        return Grants(self.tokens.grants_table, self.settings.region)

    @cached_property
    def batches(self) -> ReissueBatches:
        """The requests for all grants of an account."""
        return ReissueBatches(self.tokens.grants_table, self.settings.region)

    @cached_property
    def sessions(self) -> Sessions:
        """The authorizations that agents have begun here."""
        return Sessions(self.tokens.custody_table, self.settings.region)

    @cached_property
    def sealed_tokens(self) -> SealedTokens:
        """The new tokens that wait for their clients."""
        return SealedTokens(self.tokens.custody_table, self.settings.region)

    @cached_property
    def _sealer(self) -> Sealer:
        return open_sealer(self.settings.region, self.tokens.key_arn)

    def seal(self, reissue: Reissue, purpose: Purpose, secret: bytes) -> bytes:
        """Encrypt what belongs to a reissue.

        Raises:
            KeyServiceUnavailable: KMS did not; it may be tried again.
        """
        return self._sealer.seal(secret, _bound(reissue, purpose))

    def unseal(self, reissue: Reissue, purpose: Purpose, sealed: bytes) -> bytes:
        """Decrypt what belongs to a reissue.

        Raises:
            KeyServiceUnavailable: KMS did not; it may be tried again.
            SealBroken: it is another grant's, or was changed.
        """
        return self._sealer.open(sealed, _bound(reissue, purpose))

    def seal_token(self, reissue: Reissue, token: BearerToken) -> bytes:
        """Encrypt the new token of a reissue.

        Raises:
            KeyServiceUnavailable: KMS did not; it may be tried again.
        """
        return seal_token(self._sealer, token, _bound(reissue, "token"))

    def open_token(self, reissue: Reissue, sealed: bytes) -> BearerToken:
        """Decrypt the new token of a reissue.

        Raises:
            KeyServiceUnavailable: KMS did not; it may be tried again.
            SealBroken: it is another grant's, was changed, or is no token.
        """
        return open_token(self._sealer, sealed, _bound(reissue, "token"))

    def platform(self, account_id: str, worker: Worker = "reissue") -> Platform:
        """Open the account's platform with a share of its budget for those who reissue its tokens.

        Raises:
            UnknownAccount: no connection is recorded.
        """
        return super().platform(account_id, worker)

    def issuer(self, account_id: str) -> TokenIssuer:
        """Open the issuer of an account's tokens: the one that is recorded for it.

        Raises:
            UnknownAccount: no connection, or no issuer, is recorded.
        """
        issued_by = self.connections.issuer(account_id).issued_by
        reach = reach_of(issued_by, lambda: self.connections.get(account_id))
        token = None if reach.secret_arn is None else self.secret(reach.secret_arn)
        per_second = share("reissue", reach.requests_per_second, self.settings.import_concurrency)
        clients = _issuer_clients(reach, token, per_second, threading.get_ident())
        return token_issuer(account_id, issued_by, reach, clients, self.clock)


def _bound(reissue: Reissue, purpose: Purpose) -> Bound:
    key = grant_key(reissue.account_id, reissue.client_id, reissue.agent_id)
    return Bound(account_id=reissue.account_id, grant=key, reissue_id=reissue.reissue_id, purpose=purpose)


@lru_cache(maxsize=16)
def _issuer_clients(reach: Reach, token: str | None, per_second: float, _thread: int) -> IssuerClients:
    # One for each thread, as of platforms. What an adapter remembers of its issuer is not kept: it may change.
    return open_issuer(
        reach.base_url, token, per_second, timeout_of(reach), calls=CountedCalls(), correlation=correlation_id
    )


@lru_cache(maxsize=4)
def _token_wiring(settings: Settings, tokens: TokenSettings) -> TokenWiring:
    return TokenWiring(settings, tokens)


def token_wiring() -> TokenWiring:
    """Give the wiring of this environment; a warm function keeps its clients."""
    return _token_wiring(Settings.from_env(), TokenSettings.from_env())
