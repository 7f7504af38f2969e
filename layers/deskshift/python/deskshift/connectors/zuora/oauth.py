"""Zuora's access tokens: asked for with client credentials, used until they expire, shown nowhere."""

import threading
from collections.abc import Callable
from urllib.parse import urlencode

import msgspec

from deskshift.connectors.http import VendorClient, decoded
from deskshift.model.errors import VendorAnswerInvalid

_PATH = "/oauth/token"
_MARGIN = 120.0
"""Seconds before its end that a token is renewed: longer than a call may take with all its repetitions."""


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float


class Tokens:
    """Gives a token that is good for the next call; workers that share it ask for one token together.

    Args:
        client: calls the tenant without a token.
        client_id: the OAuth client's id.
        client_secret: its secret; never shown anywhere.
        clock: seconds that only rise.
    """

    def __init__(self, client: VendorClient, client_id: str, client_secret: str, clock: Callable[[], float]) -> None:
        self._client = client
        self._form = urlencode(
            {"client_id": client_id, "client_secret": client_secret, "grant_type": "client_credentials"}
        ).encode()
        self._clock = clock
        self._lock = threading.Lock()
        self._token: str | None = None
        self._good_until = 0.0

    def bearer(self) -> str:
        """Give the token, a new one if it is about to expire.

        Raises:
            VendorRefused: Zuora does not accept the client's credentials.
            VendorUnavailable: no answer.
            VendorAnswerInvalid: no token in the answer.
        """
        with self._lock:
            if self._token is None or self._clock() >= self._good_until:
                self._token = self._renewed()
            return self._token

    def forget(self, token: str) -> None:
        """Ask for a new token next time, if it is still this one: Zuora accepts it no longer."""
        with self._lock:
            if self._token == token:
                self._token = None

    def _renewed(self) -> str:
        asked = self._clock()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        got = self._client.call("POST", _PATH, body=self._form, headers=headers)
        token = decoded(got.body, _Token, "POST", _PATH)
        if not token.access_token.isascii() or not token.access_token.isprintable() or not token.access_token:
            raise VendorAnswerInvalid("POST", _PATH, "access_token: not printable ASCII")
        # A token that lasts less than the margin serves at least the call that it was asked for.
        self._good_until = asked + token.expires_in - _MARGIN
        return token.access_token
