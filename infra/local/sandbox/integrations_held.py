"""What the integrations that the sandbox plays remember: their secrets, what they began, and their tokens in clear.

It is theirs and not the issuer's: nothing of it is in any answer, dump or log.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, repr=False)
class Begun:
    """An authorization that an integration has begun; its `state` is the key that it is kept under."""

    client_id: str
    redirect_uri: str
    verifier: str


@dataclass(frozen=True, slots=True, repr=False)
class HeldToken:
    """A token as the integration has it."""

    access: str
    refresh: str | None


@dataclass(slots=True, repr=False)
class Integrations:
    """All integrations of one account. `held` has each grant's tokens, the newest last."""

    secrets: dict[str, str] = field(default_factory=dict)
    begun: dict[str, Begun] = field(default_factory=dict)
    held: dict[tuple[str, str | None], list[HeldToken]] = field(default_factory=dict)
