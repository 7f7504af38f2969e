"""A small Zendesk Chat on 127.0.0.1: its OAuth clients, its tokens in clear text, and its token endpoint."""

from dataclasses import dataclass, field

from tests.support.issuer_server import Issuer, Json, Said
from tests.support.vendor_server import Asked

ADMIN, ADMIN_ID = "chat-admin-canary-token", 100
SECRET, WIDGET = "chat-secret-canary", "X0l3DNZexuASH7gv"
CALLBACK = "https://widget.example/callback"
NO = {"error": "invalid_token", "error_description": "said of some-canary"}


@dataclass
class Chat(Issuer):
    """`own_only`: the list shows the tokens of whoever asks. `managers` may list the agents."""

    clients: list[Json] = field(default_factory=list)
    tokens: dict[int, Json] = field(default_factory=dict)
    managers: set[int] = field(default_factory=lambda: {ADMIN_ID})
    own_only: bool = False

    def token(self, number: int, agent: int, **fields: object) -> Json:
        self.tokens[number] = {
            "id": number,
            "agent_id": agent,
            "client_identifier": WIDGET,
            "access_token": f"canary-access-{number}",
            "refresh_token": "",
            "scopes": "read write chat",
            "create_date": f"2026-11-{number % 28 + 1:02}T08:00:00Z",
            "expire_date": None,
            "token_type": "Bearer",
        } | fields
        return self.tokens[number]

    def done(self, asked: Asked) -> Said:  # noqa: PLR0911 - one for each call
        if asked.path == "/oauth2/chat/token":
            return self._exchanged(asked)
        agent = self._agent(asked.headers.get("authorization", "").removeprefix("Bearer "))
        if agent is None:
            return 401, NO
        if agent not in self.managers:
            return 403, NO
        match asked.method, asked.path.split("/")[4:]:
            case "GET", ["agents"]:
                return 200, [{"id": agent, "first_name": "Ada", "enabled": True}]
            case "GET", ["oauth", "clients"]:
                return 200, self.clients
            case "GET", ["oauth", "clients", number]:
                return next(((200, one) for one in self.clients if one["id"] == int(number)), (404, NO))
            case "GET", ["oauth", "tokens"]:
                every = self.tokens.values()
                return 200, [one for one in every if not self.own_only or one["agent_id"] == agent]
            case "DELETE", ["oauth", "tokens", number]:
                return (204, None) if self.tokens.pop(int(number), None) else (404, NO)
        return 404, NO

    def _agent(self, bearer: str) -> int | None:
        if bearer == ADMIN:
            return ADMIN_ID
        return next((one["agent_id"] for one in self.tokens.values() if one["access_token"] == bearer), None)

    def _exchanged(self, asked: Asked) -> Said:
        code = self.redeemed(asked.body, {WIDGET: SECRET})
        if isinstance(code, str):
            return 400, {"error": code, "error_description": str(asked.body)}
        own = self.token(max(self.tokens, default=0) + 1, code.agent, scopes=code.scopes)
        own |= {"refresh_token": "canary-refresh", "expire_date": "2026-12-01T13:00:00Z"}
        if self.clock is not None:
            own |= {"create_date": self.in_time(), "expire_date": self.in_time(hours=1)}
        return 200, {
            "access_token": own["access_token"],
            "refresh_token": own["refresh_token"],
            "token_type": "Bearer",
            "scope": code.scopes,
            "expires_in": 3600,
        }


def stocked() -> Chat:
    """One client; agent 5 has two tokens for it, 6 one that has expired, the administrator one."""
    made = Chat(
        clients=[
            {
                "id": 1,
                "client_identifier": WIDGET,
                "client_secret": "secret-canary",
                "client_type": "confidential",
                "company": "Widgets",
                "name": "Chat widget",
                "redirect_uris": CALLBACK,
                "scopes": "read write",
                "agent_id": ADMIN_ID,
            }
        ]
    )
    made.token(12, 5)
    made.token(11, 5, scopes="read")
    made.token(13, 6, expire_date="2026-11-30T00:00:00Z")
    made.token(14, ADMIN_ID, expire_date="2026-11-30T00:00:00Z", refresh_token="canary-refresh-14")
    return made
