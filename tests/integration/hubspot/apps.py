"""A small HubSpot on 127.0.0.1: its token endpoint, introspection and revocation, for two apps and two accounts."""

from dataclasses import dataclass, field

from tests.support.issuer_server import Issuer, Json, Said
from tests.support.vendor_server import Asked

APP, OTHER = "7fff1e36-2d40-4ae1-bbb1-5266d59564fb", "8aaa1e36-2d40-4ae1-bbb1-5266d59564fb"
SECRETS = {APP: "app-secret-canary", OTHER: "other-secret-canary"}
CALLBACK = "https://app.example/callback"
HUB = 62515


@dataclass
class Token:
    """A token of either kind."""

    client: str
    user: int
    scopes: list[str]
    kind: str


@dataclass
class HubSpot(Issuer):
    """Tokens in force, by their value. `hub`: the account that a person chooses. `unknown`: revoking no such token."""

    tokens: dict[str, Token] = field(default_factory=dict)
    hub: int = HUB
    made: int = 0
    unknown: Said = (200, b"")

    def done(self, asked: Asked) -> Said:
        body: Json = asked.body
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
        if asked.path == "/oauth/v3/token":
            return self._exchanged(body)
        if SECRETS.get(body.get("client_id", "")) != body.get("client_secret", ""):
            return 401, self._no("invalid_client", body)
        own = self.tokens.get(body["token"])
        if asked.path == "/oauth/v3/token/revoke":
            if own is None:
                return self.unknown
            del self.tokens[body["token"]]
            return 200, b""
        if own is None or own.client != body["client_id"]:
            return 200, {"active": False}
        shown = {
            "active": True,
            "app_id": 1,
            "client_id": own.client,
            "hub_id": self.hub,
            "scopes": own.scopes,
            "token": body["token"],
            "token_type": "bearer",
            "token_use": own.kind,
            "user_id": own.user,
            "user": "ada@example.com",
        }
        return 200, shown | ({"expires_in": 1700} if own.kind == "access_token" else {})

    def _exchanged(self, body: Json) -> Said:
        code = self.redeemed(body, SECRETS)
        if isinstance(code, str):
            return 400, self._no(code, body)
        self.made += 1
        access, refresh = f"canary-access-{self.made}", f"canary-refresh-{self.made}"
        scopes = code.scopes.split()
        self.tokens[access] = Token(code.client, code.agent, scopes, "access_token")
        self.tokens[refresh] = Token(code.client, code.agent, scopes, "refresh_token")
        return 200, {
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": 1800,
            "token_type": "bearer",
            "token_use": "access_token",
            "hub_id": self.hub,
            "user_id": code.agent,
            "scopes": scopes,
        }

    def _no(self, code: str, body: Json) -> Json:
        return {
            "error": code,
            "error_description": str(body),
            "status": "BAD",
            "category": "VALIDATION_ERROR",
            "correlationId": "aeb5f871-7f07-4993-9211-075dc63e7cbf",
            "message": str(body),
        }
