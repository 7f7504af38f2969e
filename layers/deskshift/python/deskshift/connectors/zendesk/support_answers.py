"""What Zendesk Support answers, as far as it is read; it shows the beginning of tokens and secrets: none is read."""

import msgspec


class TokenRow(msgspec.Struct, frozen=True):
    """A token. `refresh_token` is looked at only for whether there is one."""

    id: int
    client_id: int
    created_at: str
    user_id: int | None = None
    scopes: tuple[str, ...] = ()
    expires_at: str | None = None
    used_at: str | None = None
    refresh_token: msgspec.Raw = msgspec.Raw()
    refresh_token_expires_at: str | None = None

    def __repr__(self) -> str:
        return f"TokenRow({self.id})"


class TokenAnswer(msgspec.Struct, frozen=True):
    """`GET /api/v2/oauth/tokens/current`."""

    token: TokenRow


class ClientRow(msgspec.Struct, frozen=True):
    """A client. `kind` is "public" or "confidential"; a global client shows neither it nor its redirect addresses."""

    id: int
    identifier: str
    name: str = ""
    kind: str | None = None
    redirect_uri: tuple[str, ...] = ()
    user_id: int | None = None


class Meta(msgspec.Struct, frozen=True):
    """Where a page of a listing ends."""

    has_more: bool = False
    after_cursor: str | None = None


class Page(msgspec.Struct, frozen=True):
    """A page of any of the listings."""

    tokens: tuple[TokenRow, ...] | None = None
    clients: tuple[msgspec.Raw, ...] | None = None
    global_clients: tuple[msgspec.Raw, ...] | None = None
    meta: Meta | None = None
    next_page: str | None = None
