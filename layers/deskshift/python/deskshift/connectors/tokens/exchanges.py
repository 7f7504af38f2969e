"""Exchange a code for a token: sent once, and the token goes nowhere but into the answer."""

import msgspec

from deskshift.connectors.http import VendorClient, decoded
from deskshift.connectors.tokens.ports import BearerToken, Entrusted
from deskshift.connectors.tokens.refusals import REFUSALS, judged
from deskshift.model.errors import AnswerTooLarge, VendorAnswerInvalid, VendorRefused, VendorUnavailable

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


class _Scopes(msgspec.Struct):
    scopes: tuple[str, ...] = ()


def code_of(entrusted: Entrusted, code: str, redirect_uri: str) -> dict[str, str]:
    """Give what is sent with a code (RFC 6749, 4.1.3 and 2.3.1); a public client has no secret."""
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": entrusted.client.id,
        "redirect_uri": redirect_uri,
    }
    return asked | ({"client_secret": entrusted.secret} if entrusted.secret else {})


def exchanged(
    client: VendorClient, path: str, body: bytes, content_type: str, later: frozenset[int] = frozenset()
) -> BearerToken:
    """Send a code, once.

    Args:
        client: calls the issuer without a token.
        path: the token endpoint.
        body: code, secret and verifier; never in the address.
        content_type: `FORM` or `JSON`.
        later: statuses besides the usual ones that say nothing about the code.

    Raises:
        VendorRefused: the issuer does not accept the code, the verifier, the redirect address or the client.
        VendorUnavailable: no answer, or one that no token can be read from: a token may have been made.
    """
    headers = {"content-type": content_type}
    try:
        got = client.call("POST", path, body=body, headers=headers, allow=REFUSALS, repeat=False)
        token = _read(judged(got, "POST", path, later).body, path)
    except (VendorAnswerInvalid, AnswerTooLarge):
        token = None
    if token is None:
        raise VendorUnavailable("POST", path, "no token can be read from the answer")
    return token


def bearing(token: BearerToken, method: str, path: str) -> dict[str, str]:
    """Give the header for a live call with a token.

    Raises:
        VendorRefused: it cannot be a token (RFC 6750, 2.1); the HTTP library would print it in its own error.
    """
    if not _printable(token.access_token):
        raise VendorRefused(method, path, 401, "invalid_token")
    return {"authorization": f"Bearer {token.access_token}"}


def _read(body: bytes, path: str) -> BearerToken | None:
    token = decoded(body, BearerToken, "POST", path)
    if not _printable(token.access_token) or not _printable(token.refresh_token or "none"):
        return None
    scopes = decoded(body, _Scopes, "POST", path).scopes
    return msgspec.structs.replace(token, scope=" ".join(scopes)) if scopes else token


def _printable(value: str) -> bool:
    return value.isascii() and value.isprintable() and " " not in value and value != ""
