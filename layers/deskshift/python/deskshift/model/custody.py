"""What deskshift holds while it is the client itself (`brokered`): a session of the browser, and a token, both sealed.

Values that must not be known to a reader of the table are in here as a hash or as a ciphertext only.
"""

import msgspec


class BrokeredSession(msgspec.Struct, frozen=True, kw_only=True):
    """One authorization that an agent has begun; it may be used once. Times are RFC 3339 in UTC with milliseconds.

    `state_hash` and `binding_hash` are SHA-256 of `state` and of the browser's cookie. `sealed_verifier` is PKCE's
    verifier under KMS; None where the issuer has no PKCE. `redirect_uri` is what was sent, and has to be sent again.
    `claim` names the callback that has used it; from then on there is no `sealed_verifier`.
    """

    state_hash: str
    account_id: str
    reissue_id: str
    binding_hash: str
    issuer: str
    redirect_uri: str
    created_at: str
    expires_at: str
    sealed_verifier: bytes | None = None
    claim: str | None = None


class SealedToken(msgspec.Struct, frozen=True, kw_only=True):
    """A new token until its client has it. Times are RFC 3339 in UTC with milliseconds.

    `ciphertext` is under KMS, its context bound to the grant; None once it is deleted. `token_id` is the issuer's; it
    is known once the token is verified, and before that the token is not released.
    """

    account_id: str
    reissue_id: str
    ciphertext: bytes | None
    sealed_at: str
    expires_at: str
    token_id: str | None = None
    collected_at: str | None = None
    acknowledged_at: str | None = None
    lock: int = 0
