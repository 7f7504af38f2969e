"""The tokens that this process has had in its hands: HubSpot knows no ids of tokens, and revokes them by value."""

import hashlib

import msgspec

from deskshift.connectors.tokens.ports import BearerToken


class Held(msgspec.Struct, frozen=True):
    """A token and the app that it is for."""

    client_id: str
    token: BearerToken


class HeldTokens:
    """Keeps them in memory until they are revoked or the process ends; written nowhere, printed nowhere."""

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}
        self._forgotten: set[str] = set()

    def keep(self, client_id: str, token: BearerToken) -> None:
        """Remember a token."""
        self._held[token_id(token)] = Held(client_id, token)

    def find(self, one_id: str) -> Held | None:
        """Give a token; None if this process has never had it."""
        return self._held.get(one_id)

    def forget(self, one_id: str) -> None:
        """Remember no more than that it was there."""
        self._held.pop(one_id, None)
        self._forgotten.add(one_id)

    def was_forgotten(self, one_id: str) -> bool:
        """Tell whether it was there."""
        return one_id in self._forgotten


def token_id(token: BearerToken) -> str:
    """Give a token's id: a digest of its value, which nothing leads back from."""
    return f"sha256-{hashlib.sha256(token.access_token.encode()).hexdigest()}"
