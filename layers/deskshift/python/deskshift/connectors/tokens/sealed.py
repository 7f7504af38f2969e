"""A token under seal, bound to its grant."""

import msgspec

from deskshift.connectors.sealing import Bound, Sealer
from deskshift.connectors.tokens.ports import BearerToken
from deskshift.model.errors import SealBroken


def seal_token(sealer: Sealer, token: BearerToken, bound: Bound) -> bytes:
    """Seal a token with its refresh token.

    Raises:
        KeyServiceUnavailable: nothing is sealed; it may be tried again.
    """
    return sealer.seal(msgspec.json.encode(token), bound)


def open_token(sealer: Sealer, sealed: bytes, bound: Bound) -> BearerToken:
    """Open a sealed token.

    Raises:
        KeyServiceUnavailable: it may be tried again.
        SealBroken: it is not this grant's, or no token.
    """
    secret = sealer.open(sealed, bound)
    try:
        return msgspec.json.decode(secret, type=BearerToken)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise SealBroken(bound.reissue_id, bound.purpose) from None
