"""The OAuth part of the sample account: an integration for each route of a reissue, used by several agents.

The addresses that begin with {sandbox} and {deskshift} are filled in by a local run. Of secrets and tokens there are
digests; the values behind them can be guessed, and open nothing but this sample.
"""

from __future__ import annotations

import hashlib
from typing import Any

Object = dict[str, Any]

BROKERED = "sample-dialer"
CALLBACK = "{deskshift}/oauth/sample/callback"
_READ = ["read"]
_DESK = ["read", "write"]
_SCOPES = ["read", "write", "chat"]
_DIALER = ["read", "chat", "settings:write"]
"""Settings are for administrators alone, so that one of its agents loses that scope."""


def sample_oauth() -> Object:
    """Make the content of oauth.json."""
    return {
        "clients": [
            _client("sample-crm", "CRM & Co.", ["authorization_code"], owner=0, scopes=_DESK),
            _client("sample-mobile", "Agent app", ["authorization_code"], confidential=False, owner=1),
            _client(BROKERED, "Dialer", ["authorization_code"], owner=1, scopes=_DIALER, more_redirects=[CALLBACK]),
            _client("sample-export", "Nightly export", ["client_credentials"], owner=0, scopes=_READ),
            _client("sample-widget", "Shop widget", ["api_key", "basic"], owner=2),
        ],
        "grants": [
            *(_grant("sample-crm", agent, _DESK) for agent in range(5)),
            *(_grant("sample-mobile", agent, _SCOPES) for agent in (1, 2, 3)),
            _grant("sample-mobile", 4, _SCOPES, tokens=2),
            *(_grant(BROKERED, agent, _DIALER) for agent in (0, 2)),
            _grant("sample-export", None, _READ),
            _grant("sample-widget", 2, _READ, tokens=0),
        ],
    }


def _client(  # noqa: PLR0913 - what differs between clients
    identifier: str,
    name: str,
    grant_types: list[str],
    *,
    owner: int,
    confidential: bool = True,
    scopes: list[str] = _SCOPES,
    more_redirects: list[str] | None = None,
) -> Object:
    takes_codes = "authorization_code" in grant_types
    own = f"{{sandbox}}/integrations/sample/{identifier}"
    with_secret = confidential and (takes_codes or "client_credentials" in grant_types)
    return {
        "id": identifier,
        "name": name,
        "redirect_uris": [f"{own}/callback", *(more_redirects or [])] if takes_codes else [],
        "scopes": scopes,
        "confidential": confidential,
        "grant_types": grant_types,
        "authorization_start": f"{own}/start" if takes_codes else None,
        "owner_id": f"sample-agent-{owner}",
        "secret_sha256": _digest(f"secret-of-{identifier}") if with_secret else None,
    }


def _grant(client_id: str, agent: int | None, scopes: list[str], tokens: int = 1) -> Object:
    whose = "own" if agent is None else str(agent)
    return {
        "client_id": client_id,
        "agent_id": None if agent is None else f"sample-agent-{agent}",
        "scopes": scopes,
        "tokens": [_token(f"{client_id}-token-{whose}-{number}", agent is None) for number in range(tokens)],
    }


def _token(identifier: str, own: bool) -> Object:  # noqa: FBT001 - whether it is the client's own
    token = {
        "id": identifier,
        "created_at": "2026-03-02T09:30:00.000Z",
        "expires_at": None,
        "last_used_at": "2026-11-20T16:05:12.250Z",
        "sha256": _digest(f"access-of-{identifier}"),
    }
    return token if own else {**token, "refresh_sha256": _digest(f"refresh-of-{identifier}")}


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
