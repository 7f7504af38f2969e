"""What HubSpot's OAuth API answers, as far as it is read. Introspection repeats the token: it is not read."""

import msgspec


class Introspected(msgspec.Struct, frozen=True):
    """`POST /oauth/v3/token/introspect`; a token that is not in force need have nothing but `active`."""

    active: bool = False
    client_id: str | None = None
    hub_id: int | None = None
    user_id: int | None = None
    scopes: tuple[str, ...] = ()
    expires_in: int | None = None
