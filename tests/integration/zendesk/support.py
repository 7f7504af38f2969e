"""A small Zendesk Support on 127.0.0.1: its OAuth clients and tokens, and its token endpoint."""

from dataclasses import dataclass, field

from tests.support.issuer_server import Issuer, Json, Said
from tests.support.vendor_server import Asked

ADMIN = "admin-canary-token"
SECRET, PUBLIC, WIDGET, GLOBAL = "client-secret-canary", "phone-app", "stats-widget", "zdg-crm"
CALLBACK = "https://widget.example/callback"
NO = {"error": "invalid_token", "error_description": "said of some-canary"}


def client(number: int, identifier: str, kind: str = "confidential") -> Json:
    return {
        "id": number,
        "identifier": identifier,
        "name": f"The {identifier}",
        "kind": kind,
        "redirect_uri": [CALLBACK],
        "secret": "secret-canary",
        "user_id": 29,
        "created_at": "2026-01-02T03:04:05Z",
        "updated_at": "2026-01-02T03:04:05Z",
    }


@dataclass
class Support(Issuer):
    """State by the tokens' numbers; `page` is the size of its largest page."""

    clients: list[Json] = field(default_factory=list)
    globals: list[Json] = field(default_factory=list)
    tokens: dict[int, Json] = field(default_factory=dict)
    page: int = 100
    stuck: bool = False

    def token(self, number: int, client_id: int, user: int | None, **fields: object) -> Json:
        self.tokens[number] = {
            "id": number,
            "client_id": client_id,
            "user_id": user,
            "scopes": ["read", "write"],
            "created_at": f"2026-11-{number % 28 + 1:02}T08:00:00Z",
            "expires_at": None,
            "used_at": None,
            "refresh_token": None,
            "token": f"canary-access-{number}",
        } | fields
        return self.tokens[number]

    def done(self, asked: Asked) -> Said:  # noqa: PLR0911 - one for each call
        if asked.path == "/oauth/tokens":
            return self._exchanged(asked)
        bearer = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if (asked.method, asked.path) == ("GET", "/api/v2/oauth/tokens/current"):
            own = next((one for one in self.tokens.values() if one["token"] == bearer), None)
            return (200, {"token": _shown(own)}) if own else (401, NO)
        if bearer != ADMIN:
            return 401, NO
        match asked.method, asked.path.split("/")[4:]:
            case "GET", ["clients"]:
                return self._paged("clients", self.clients, asked)
            case "GET", ["global_clients"]:
                return self._paged("global_clients", self.globals, asked)
            case "GET", ["clients", number]:
                return next(((200, {"client": one}) for one in self.clients if one["id"] == int(number)), (404, NO))
            case "GET", ["tokens"]:
                return self._paged("tokens", [_shown(one) for one in self._filtered(asked.query)], asked)
            case "DELETE", ["tokens", "current"]:
                return 204, None
            case "DELETE", ["tokens", number]:
                return (204, None) if self.tokens.pop(int(number), None) else (404, NO)
        return 404, NO

    def _filtered(self, query: dict[str, str]) -> list[Json]:
        every = list(self.tokens.values()) if query.get("all") == "true" else []
        local = {one["id"] for one in self.clients}
        if "client_id" in query:
            return [one for one in every if one["client_id"] == int(query["client_id"]) and one["client_id"] in local]
        if "global_client_id" in query:
            return [one for one in every if one["client_id"] == int(query["global_client_id"])]
        return every

    def _paged(self, name: str, every: list[Json], asked: Asked) -> Said:
        begin = 0 if self.stuck else int(asked.query.get("page[after]", "0"))
        end = begin + min(self.page, int(asked.query["page[size]"]))
        meta = {"has_more": end < len(every), "after_cursor": str(end)}
        return 200, {name: every[begin:end], "meta": meta}

    def _exchanged(self, asked: Asked) -> Said:
        secrets = {one["identifier"]: SECRET for one in self.clients if one["kind"] == "confidential"}
        code = self.redeemed(asked.body, secrets | {PUBLIC: ""})
        if isinstance(code, str):
            return 401 if code == "invalid_client" else 400, {"error": code, "error_description": str(asked.body)}
        number = max(self.tokens, default=0) + 1
        client_id = next(one["id"] for one in self.clients if one["identifier"] == code.client)
        own = self.token(number, client_id, code.agent, scopes=code.scopes.split())
        own |= {"expires_at": "2026-12-01T12:30:00Z", "refresh_token": f"canary-refresh-{number}"}
        if self.clock is not None:
            own |= {"created_at": self.in_time(), "expires_at": self.in_time(minutes=30)}
            own["refresh_token_expires_at"] = self.in_time(days=30)
        return 201, {
            "access_token": own["token"],
            "refresh_token": own["refresh_token"],
            "token_type": "bearer",
            "scope": code.scopes,
            "expires_in": 1800,
        }


def _shown(token: Json) -> Json:
    """Zendesk lists the first ten characters of a token."""
    return token | {name: token[name] and token[name][:10] for name in ("token", "refresh_token")}


def stocked() -> Support:
    """Three clients: agents 29 and 30 use the widget, 29 twice; 30 the global one; the client's own is nobody's."""
    made = Support(
        clients=[client(41, WIDGET), client(42, PUBLIC, "public")],
        globals=[
            {"id": 77, "identifier": GLOBAL, "name": "A CRM", "company": "CRM Inc.", "description": "", "logo_url": ""}
        ],
    )
    made.token(3, 41, 29, used_at="2026-11-30T10:00:00Z")
    made.token(1, 41, 29, scopes=["read"])
    made.token(2, 41, 30)
    made.token(4, 77, 30, scopes=["tickets:read"])
    made.token(5, 41, None)
    return made
