"""What issuers list, in the model's form: times in UTC with milliseconds, tokens as grants."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import msgspec

from deskshift.model.errors import VendorAnswerInvalid
from deskshift.model.oauth import Grant, TokenInfo

_NOTHING = frozenset({b"", b"null", b'""'})


def instant(written: str, method: str, path: str, field: str) -> str:
    """Give a time in the model's form.

    Raises:
        VendorAnswerInvalid: it is no time, or none with a zone.
    """
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise VendorAnswerInvalid(method, path, f"{field}: not a time with a zone")
    return at_utc(at)


def at_utc(at: datetime) -> str:
    """Write a time in the model's form."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def is_there(hidden: msgspec.Raw) -> bool:
    """Tell whether a field has a value, without reading it: it may be a token."""
    return bytes(hidden) not in _NOTHING


def oldest_first(tokens: Iterable[TokenInfo]) -> list[TokenInfo]:
    """Order tokens by their making, those of one instant by their ids."""
    return sorted(tokens, key=lambda one: (one.created_at, len(one.id), one.id))


def grants_of(tokens: Iterable[TokenInfo], now: datetime) -> Iterator[Grant]:
    """Put the tokens that are in force together by client and agent, in the order of their first tokens."""
    found: dict[tuple[str, str | None], list[TokenInfo]] = {}
    instantly = at_utc(now)
    for one in oldest_first(tokens):
        if not one.revoked and (one.expires_at is None or one.expires_at > instantly):
            found.setdefault((one.client_id, one.agent_id), []).append(one)
    for (client_id, agent_id), own in found.items():
        scopes = tuple(dict.fromkeys(scope for one in own for scope in one.scopes))
        yield Grant(client_id=client_id, agent_id=agent_id, scopes=scopes, tokens=tuple(own))
