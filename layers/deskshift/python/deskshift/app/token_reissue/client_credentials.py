"""Basic authentication of a client as it is sent: form-encoded first, as RFC 6749 asks, or as it is, as many do."""

import base64
import binascii
from urllib.parse import unquote_plus

import msgspec

from deskshift.app.handlers import Event as Given
from deskshift.app.handlers import mapping


class Credentials(msgspec.Struct, frozen=True):
    """A client's id and secret; prints nothing of the secret."""

    client_id: str
    secret: str

    def __repr__(self) -> str:
        return f"Credentials({self.client_id}, …)"


def credentials(event: Given) -> tuple[Credentials, ...]:
    """Read what a client has sent in both ways; always two, so that comparing them takes the same time. () if nothing.

    A secret with `+` or `%` reads differently in each (RFC 6749, 2.3.1).
    """
    pair = _pair(event)
    if pair is None:
        return ()
    client_id, secret = pair
    return (Credentials(unquote_plus(client_id), unquote_plus(secret)), Credentials(client_id, secret))


def _pair(event: Given) -> tuple[str, str] | None:
    headers = mapping(event.get("headers") or {}, "headers")
    given = next((str(value) for name, value in headers.items() if str(name).lower() == "authorization"), "")
    scheme, _, value = given.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    client_id, found, secret = decoded.partition(":")
    return (client_id, secret) if found else None
