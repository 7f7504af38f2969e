"""An account of a platform: its people, its channels, what it allows."""

import msgspec


class HelpDeskSetup(msgspec.Struct, frozen=True):
    """The account's help desk: its ticket statuses in order, and its SLA (None where none is set)."""

    ticket_statuses: tuple[str, ...]
    sla: dict[str, object] | None


class Plan(msgspec.Struct, frozen=True):
    """What the account has bought."""

    help_desk: bool


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """The account as its platform describes it; `listing_lag_ms` is how long a change may be missing from listings.

    `chat_owner_id` is the agent who owned the chat product's account (Z-12).
    """

    id: str
    name: str
    time_zone: str
    locale: str
    help_desk: HelpDeskSetup
    plan: Plan
    scopes: tuple[str, ...]
    listing_lag_ms: int = 0
    chat_owner_id: str | None = None


class Agent(msgspec.Struct, frozen=True):
    """A person who works in the account; `locale` (BCP 47) None: they use the account's."""

    id: str
    name: str
    email: str
    role: str
    help_desk_access: bool
    locale: str | None = None


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A channel or chat tool; `intake` says where its new conversations go (None as the help desk's own record).

    `settings` is what an administrator set: moved as it is, never interpreted (H-10). `bot` is the chat tool's bot;
    only its `actions` are looked at (H-34).
    """

    id: str
    kind: str
    name: str
    address: str | None
    settings: dict[str, object]
    bot: dict[str, object] | None
    answers_forms_of: tuple[str, ...] = ()
    intake: str | None = None

    def bot_actions(self) -> tuple[str, ...]:
        """The actions that the channel's bot takes; none if it has no bot."""
        actions = (self.bot or {}).get("actions", [])
        return tuple(str(action) for action in actions) if isinstance(actions, list) else ()


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach one account's platform. Secrets are named by ARN, never held.

    `webhook_path` is the account's own path under /webhooks/; `webhook_url` the public address of that path.
    `requests_per_second` is the account's whole budget on the platform; timeouts are seconds.
    """

    account_id: str
    platform: str
    base_url: str
    secret_arn: str
    webhook_secret_arn: str
    webhook_path: str
    webhook_url: str
    requests_per_second: float = 10.0
    connect_timeout: float = 3.0
    read_timeout: float = 30.0
