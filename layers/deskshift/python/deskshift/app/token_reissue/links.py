"""The links of invitations: whoever has one may decline, or begin to authorize, and nothing more.

A link bears a key that is made of the reissue's id with the stack's own secret, so that none can be guessed and none
has to be kept.
"""

import base64
import hashlib
import hmac

from deskshift.app.token_wiring import TokenWiring
from deskshift.model.issuer_connection import IssuerConnection
from deskshift.model.reissue import Reissue


def invitation_link(wiring: TokenWiring, connection: IssuerConnection, reissue: Reissue) -> str:
    """Make the address of a reissue's page."""
    key = _key(wiring, reissue.account_id, reissue.reissue_id)
    return f"{connection.public_url}/oauth/{reissue.account_id}/invitations/{reissue.reissue_id}?key={key}"


def opens(wiring: TokenWiring, account_id: str, reissue_id: str, key: str) -> bool:
    """Say whether a key is that of a reissue's page; compared in constant time."""
    wanted = _key(wiring, account_id, reissue_id)
    return hmac.compare_digest(wanted.encode(), key.encode("utf-8", "surrogatepass"))


def _key(wiring: TokenWiring, account_id: str, reissue_id: str) -> str:
    secret = wiring.secret(wiring.tokens.link_secret_arn).encode()
    digest = hmac.new(secret, f"{account_id}\0{reissue_id}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
