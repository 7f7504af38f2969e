"""What Zendesk Chat answers, as far as it is read. It shows tokens in clear text: no field here holds one."""

import msgspec


class TokenRow(msgspec.Struct, frozen=True):
    """A token. `refresh_token` is looked at only for whether there is one."""

    id: int
    client_identifier: str
    create_date: str
    agent_id: int | None = None
    scopes: str = ""
    expire_date: str | None = None
    refresh_token: msgspec.Raw = msgspec.Raw()

    def __repr__(self) -> str:
        return f"TokenRow({self.id})"


class ClearText(msgspec.Struct, frozen=True):
    """The one field of a listed token that a token at hand is found by; prints nothing of it."""

    access_token: str = ""

    def __repr__(self) -> str:
        return "ClearText(…)"


class ClientRow(msgspec.Struct, frozen=True):
    """A client. `redirect_uris` is described as a list, and shown as one string."""

    id: int
    client_identifier: str
    name: str = ""
    client_type: str | None = None
    redirect_uris: str | tuple[str, ...] = ()
    scopes: str = ""
    agent_id: int | None = None
