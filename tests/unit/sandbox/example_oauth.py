"""A small oauth.json, made in memory, with a client of each kind; the values behind its digests are known here."""

from __future__ import annotations

import hashlib
from typing import Any

Json = dict[str, Any]

SCOPES = ["read", "write", "chat"]
CALLBACK = "https://crm.example/callback?tenant=1"
APP_CALLBACK = "http://127.0.0.1:8400/callback"


def digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def secret(client_id: str) -> str:
    return f"canary-secret-{client_id}"


def access(token_id: str) -> str:
    return f"canary-access-{token_id}"


def refresh(token_id: str) -> str:
    return f"canary-refresh-{token_id}"


def client(identifier: str, *grant_types: str, **changes: object) -> Json:
    return {
        "id": identifier,
        "name": f"The {identifier}",
        "redirect_uris": [],
        "scopes": SCOPES,
        "confidential": True,
        "grant_types": list(grant_types),
        "authorization_start": None,
        "owner_id": "ann",
        "secret_sha256": digest(secret(identifier)),
        **changes,
    }


def token(identifier: str, **changes: object) -> Json:
    return {
        "id": identifier,
        "created_at": "2024-03-01T08:00:00.000Z",
        "expires_at": None,
        "last_used_at": None,
        "sha256": digest(access(identifier)),
        **changes,
    }


def grant(client_id: str, agent_id: str | None, *tokens: Json) -> Json:
    return {"client_id": client_id, "agent_id": agent_id, "scopes": ["read", "write"], "tokens": list(tokens)}


def example_oauth() -> Json:
    return {
        "clients": [
            client(
                "crm",
                "authorization_code",
                redirect_uris=[CALLBACK],
                authorization_start="https://crm.example/start",
            ),
            client("app", "authorization_code", redirect_uris=[APP_CALLBACK], confidential=False, secret_sha256=None),
            client(
                "dialer",
                "authorization_code",
                redirect_uris=["{sandbox}/integrations/acme/dialer/callback", "{deskshift}/oauth/callback"],
                authorization_start="{sandbox}/integrations/acme/dialer/start",
            ),
            client("export", "client_credentials"),
            client("widget", "api_key", "basic", owner_id=None, secret_sha256=None),
        ],
        "grants": [
            grant(
                "crm",
                "ann",
                token("t-2", refresh_sha256=digest(refresh("t-2"))),
                token("t-1", revoked=True, scopes=["read"]),
                token("t-0", expires_at="2024-03-02T08:00:00.000Z"),
            ),
            grant("crm", "bob", token("t-3")),
            grant("app", "bob", token("t-4")),
            grant("export", None, token("t-5")),
            grant("widget", "bob"),
        ],
    }
