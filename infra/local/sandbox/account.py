"""One account of the sandbox: who it is, what is switched on, and its parts."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

import msgspec

from infra.local.sandbox import clock
from infra.local.sandbox.billing_records import Billing, OrderBook
from infra.local.sandbox.export import AccountExport
from infra.local.sandbox.faults import Faults, FaultSpec
from infra.local.sandbox.help_desk import HelpDesk
from infra.local.sandbox.inbox import Inbox
from infra.local.sandbox.integrations_held import Integrations
from infra.local.sandbox.oauth import OAuth
from infra.local.sandbox.records import (
    Agent,
    Attachment,
    Author,
    Blob,
    Channel,
    Contact,
    InboxConversation,
    InboxTicket,
    Message,
    SentMessage,
)
from infra.local.sandbox.webhooks import Webhooks

SCOPES = (
    "inbox.read",
    "inbox.write",
    "help_desk.read",
    "help_desk.write",
    "notices.write",
    "webhooks.write",
    "billing.read",
    "billing.write",
    "oauth.read",
    "oauth.write",
)


class RateLimit(msgspec.Struct, forbid_unknown_fields=True):
    """At most so many requests in any span of so many seconds."""

    requests: int
    per_seconds: int


class Options(msgspec.Struct, forbid_unknown_fields=True):
    """What a test may set of an account; what is left out keeps its value."""

    scopes: list[str] | msgspec.UnsetType = msgspec.UNSET
    plan: dict[str, bool] | msgspec.UnsetType = msgspec.UNSET
    listing_lag_ms: int | msgspec.UnsetType = msgspec.UNSET
    ids: Literal["keep", "new"] | msgspec.UnsetType = msgspec.UNSET
    rate_limit: RateLimit | msgspec.UnsetType | None = msgspec.UNSET
    sla: dict[str, Any] | msgspec.UnsetType | None = msgspec.UNSET
    notifications: dict[str, bool] | msgspec.UnsetType = msgspec.UNSET
    agents: list[Agent] | msgspec.UnsetType = msgspec.UNSET
    webhook_secrets: list[str] | msgspec.UnsetType = msgspec.UNSET
    ticket_statuses: list[str] | msgspec.UnsetType = msgspec.UNSET
    rounding: dict[str, int] | msgspec.UnsetType = msgspec.UNSET
    billing: Billing | msgspec.UnsetType = msgspec.UNSET
    access_token_seconds: Annotated[int, msgspec.Meta(ge=1)] | msgspec.UnsetType = msgspec.UNSET
    issuer_ahead_seconds: float | msgspec.UnsetType = msgspec.UNSET


@dataclass(slots=True)
class Progress:
    """What callers have done so far, by conversation: what arrivals are timed and aimed by."""

    listed: set[str] = field(default_factory=set)
    imported: set[str] = field(default_factory=set)
    importing: tuple[str, ...] = ()
    verified: set[str] = field(default_factory=set)
    released: set[str] = field(default_factory=set)


@dataclass(slots=True)
class CallRecord:
    """One contract call as it was handled. ``status`` is None while it runs, and if it got no answer."""

    n: int
    method: str
    path: str
    at: str
    status: int | None = None
    fault: str | None = None
    arrivals: list[int] = field(default_factory=list)
    correlation_id: str | None = None


@dataclass(slots=True)
class Account:
    """State of one account."""

    id: str
    name: str
    time_zone: str
    locale: str
    ticket_statuses: list[str]
    sla: dict[str, Any] | None
    notifications: dict[str, bool]
    agents: dict[str, Agent]
    token: str
    webhooks: Webhooks
    chat_owner_id: str | None = None
    inbox: Inbox = field(default_factory=Inbox)
    desk: HelpDesk = field(default_factory=HelpDesk)
    scopes: list[str] = field(default_factory=lambda: list(SCOPES))
    plan: dict[str, bool] = field(default_factory=lambda: {"help_desk": True})
    listing_lag_ms: int = 0
    rate_limit: RateLimit | None = None
    rate_limited: int = 0
    banner: dict[str, str] | None = None
    messages: dict[str, dict[str, str]] = field(default_factory=dict)
    sent: list[SentMessage] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    calls: list[CallRecord] = field(default_factory=list)
    progress: Progress = field(default_factory=Progress)
    faults: Faults = field(default_factory=lambda: Faults(FaultSpec()))
    warnings: list[str] = field(default_factory=list)
    billing: Billing | None = None
    orders: OrderBook = field(default_factory=OrderBook)
    rounding: dict[str, int] = field(default_factory=lambda: {"CHF": 5})
    oauth: OAuth = field(default_factory=lambda: OAuth(""))
    integrations: Integrations = field(default_factory=Integrations)

    @classmethod
    def of(
        cls, export: AccountExport, token: str, webhook_secret: str, places: Mapping[str, str] = MappingProxyType({})
    ) -> Self:
        """Return the account of a checked export, with everything in its inbox and nothing in its help desk.

        ``places`` are the addresses that `{sandbox}` and `{deskshift}` stand for in oauth.json.
        """
        profile = export.account
        account = cls(
            id=profile["id"],
            name=profile["name"],
            time_zone=profile["time_zone"],
            locale=profile["locale"],
            ticket_statuses=profile["help_desk"]["ticket_statuses"],
            sla=profile["help_desk"]["sla"],
            notifications=dict(profile["notifications"]),
            agents={item["id"]: msgspec.convert(item, Agent) for item in export.agents},
            token=token,
            webhooks=Webhooks([webhook_secret]),
            chat_owner_id=profile.get("chat_owner_id"),
            warnings=[str(warning) for warning in export.warnings],
            billing=copy.deepcopy(export.billing),
            oauth=OAuth.of(export.oauth, f"{places.get('{sandbox}', '')}/v1/issuers/{profile['id']}", places),
        )
        account.inbox.channels = {item["id"]: msgspec.convert(item, Channel) for item in export.channels}
        tickets = {item["id"]: item for item in export.tickets}
        account.inbox.seed([_conversation(account, item, tickets, export) for item in export.conversations])
        account.desk.reserved_ids = {*tickets, *account.inbox.conversations}
        return account

    def set_options(self, options: Options) -> None:
        """Set what an options object gives."""
        for name in ("scopes", "plan", "listing_lag_ms", "rate_limit", "sla", "ticket_statuses", "rounding"):
            value = getattr(options, name)
            if value is not msgspec.UNSET:
                setattr(self, name, value)
        if not isinstance(options.notifications, msgspec.UnsetType):
            self.notifications = dict(options.notifications)
        if not isinstance(options.billing, msgspec.UnsetType):
            self.billing = options.billing
        if not isinstance(options.agents, msgspec.UnsetType):
            self.agents = {agent.id: agent for agent in options.agents}
        if not isinstance(options.access_token_seconds, msgspec.UnsetType):
            self.oauth.access_seconds = options.access_token_seconds
        if not isinstance(options.issuer_ahead_seconds, msgspec.UnsetType):
            self.oauth.ahead_seconds = options.issuer_ahead_seconds
        if not isinstance(options.webhook_secrets, msgspec.UnsetType):
            self.webhooks.secrets = options.webhook_secrets
        if not isinstance(options.ids, msgspec.UnsetType):
            self.desk.keep_ids = options.ids == "keep"

    def mail_customer(self, contact: Contact, cause: str) -> None:
        """Send the customer a message; without an address there is nobody to send it to."""
        if contact.email is not None:
            self.sent.append(SentMessage(clock.now(), "customer", contact.email, cause))

    def notify_agent(self, agent_id: str | None, notification: str | None, cause: str) -> None:
        """Send one agent a notification, if that kind is on. A former agent gets none."""
        agent = self.agents.get(agent_id or "")
        if agent is not None and (notification is None or self.notifications.get(notification, False)):
            self.sent.append(SentMessage(clock.now(), "agent", agent.email, cause))

    def notify_help_desk(self, notification: str | None, cause: str) -> None:
        """Send every agent with help desk access a notification, if that kind is on."""
        for agent in self.agents.values():
            if agent.help_desk_access:
                self.notify_agent(agent.id, notification, cause)


def _conversation(
    account: Account, item: dict[str, Any], tickets: dict[str, dict[str, Any]], export: AccountExport
) -> InboxConversation:
    messages = [
        Message(
            message["id"],
            message["at"],
            Author(message["author"]["kind"], message["author"]["id"]),
            message["text"],
            [_attachment(account, item["id"], attachment, export) for attachment in message["attachments"]],
        )
        for message in item["messages"]
    ]
    ticket = tickets.get(item["ticket_id"] or "")
    return InboxConversation(
        id=item["id"],
        channel_id=item["channel_id"],
        original_channel_id=item["original_channel_id"],
        status=item["status"],
        started_at=item["started_at"],
        updated_at=item["updated_at"],
        owner_id=item["owner_id"],
        archived=item["archived"],
        contact=msgspec.convert(item["contact"], Contact),
        messages=messages,
        ticket=None if ticket is None else msgspec.convert(ticket, InboxTicket),
        version=1,
        moved_to=None,
    )


def _attachment(account: Account, conversation_id: str, item: dict[str, Any], export: AccountExport) -> Attachment:
    data = export.attachment_bytes[item["id"]]
    blob = Blob(data, item["content_type"], item["name"], item["sha256"])
    account.inbox.attachments[item["id"]] = (conversation_id, blob)
    return Attachment(item["id"], item["name"], item["content_type"], len(data), item["sha256"])
