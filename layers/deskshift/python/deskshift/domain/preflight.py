"""May this channel move, and what should people know before it does? Facts in, refusals and warnings out."""

from collections.abc import Iterator

import msgspec

from deskshift.domain.policy import Policy
from deskshift.model.account import Account, Agent, Channel
from deskshift.model.move import Move, MoveRequest, Notice

NEEDED_SCOPES = (
    "inbox.read",
    "inbox.write",
    "help_desk.read",
    "help_desk.write",
    "notices.write",
    "webhooks.write",
)
STARTER_ROLE = "super_admin"


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What was found on the platform (not in the message, H-01) and in the store.

    `channel` is None where neither side knows it; `in_help_desk` says that it has moved already; `earlier` are the
    account's other moves; `quiet` are the quiet hours [from, to) in the account's time zone.
    """

    request: MoveRequest
    account: Account
    requester: Agent | None
    agents: tuple[Agent, ...]
    channel: Channel | None
    inbox_channels: tuple[Channel, ...]
    in_help_desk: bool
    earlier: tuple[Move, ...]
    policy: Policy
    notifications_on: bool
    quiet: tuple[int, int] | None


def refusals(facts: Facts) -> tuple[Notice, ...]:
    """List every reason why the move may not start, each with what to do; empty if it may."""
    return (
        *_permission(facts),
        *access_refusals(facts.account),
        *_moved_already(facts),
        *_kind(facts),
        *_bot(facts),
        *_statuses(facts),
    )


def _permission(facts: Facts) -> Iterator[Notice]:
    """H-01: only a super admin of the account."""
    wanted = facts.request.requested_by
    if facts.requester is None:
        yield Notice(
            "missing_permission",
            f"missing permission: {STARTER_ROLE}; {wanted} is no agent of account {facts.account.id}",
            "Let a super admin of the account ask for the move.",
        )
    elif facts.requester.role != STARTER_ROLE:
        yield Notice(
            "missing_permission",
            f"missing permission: {STARTER_ROLE}; {wanted} has the role {facts.requester.role}",
            "Let a super admin of the account ask for the move.",
        )


def access_refusals(account: Account) -> Iterator[Notice]:
    """X-14: scopes and plan are checked before anything else, for without them nothing else can even be asked."""
    missing = [scope for scope in NEEDED_SCOPES if scope not in account.scopes]
    if missing:
        yield Notice(
            "missing_scope",
            f"deskshift's access to the account lacks: {', '.join(missing)}",
            "Grant the scopes to deskshift's access, then ask again.",
        )
    if not account.plan.help_desk:
        yield Notice(
            "plan_without_help_desk", "the account's plan has no help desk", "Upgrade the plan, then ask again."
        )


def lacking_offers(*, orders_by_version: bool, releases: bool, content_digests: bool) -> Iterator[Notice]:
    """Refuse a platform whose API lacks what this machine's steps rest on, rather than find out half-way."""
    offered = {"versions": orders_by_version, "releases": releases, "content digests": content_digests}
    missing = [what for what, there in offered.items() if not there]
    if missing:
        yield Notice(
            "platform_lacks",
            f"the platform's API has no {', '.join(missing)}",
            "Use an adapter that makes up for it, or ask the platform's vendor.",
        )


def _moved_already(facts: Facts) -> Iterator[Notice]:
    """H-05, H-14: a moved channel stays, and its history option is gone."""
    request = facts.request
    earlier = [m for m in facts.earlier if m.request.channel_id == request.channel_id]
    running = [m for m in earlier if m.status in {"running", "paused", "queued", "scheduled"}]
    if running:
        yield Notice(
            "already_asked_for",
            f"channel {request.channel_id} is being moved by {running[0].move_id}",
            "Watch that move; cancel it first if it has not begun and should be another one.",
        )
    elif facts.channel is None and facts.in_help_desk and request.history == "all":
        yield Notice(
            "history_option_gone",
            f"channel {request.channel_id} is in the help desk already; its history can no longer be asked for",
            "Nothing can bring the remaining history along; it stays readable in the inbox.",
        )
    elif facts.channel is None and facts.in_help_desk:
        yield Notice(
            "already_moved",
            f"channel {request.channel_id} is in the help desk already and cannot go back or move again",
            "Nothing is left to do for this channel.",
        )
    elif facts.channel is None:
        yield Notice(
            "unknown_channel",
            f"account {facts.account.id} has no channel {request.channel_id}",
            f"Ask for one of: {', '.join(sorted(c.id for c in facts.inbox_channels)) or 'none is in the inbox'}.",
        )


def _kind(facts: Facts) -> Iterator[Notice]:
    """H-02, H-03: what can move is policy data."""
    channel, policy = facts.channel, facts.policy
    if channel is None:
        return
    if channel.kind in policy.refused_kinds:
        yield Notice(
            "channel_not_movable",
            f"a channel of kind {channel.kind} cannot move (edition {policy.edition})",
            policy.refused_kinds[channel.kind],
        )
    elif channel.kind not in policy.movable_kinds:
        yield Notice(
            "channel_not_movable",
            f"a channel of kind {channel.kind} cannot move (edition {policy.edition})",
            f"Kinds that can move: {', '.join(policy.movable_kinds)}.",
        )
    address = (channel.address or "").lower()
    if channel.kind == "email" and address.endswith(policy.fallback_address_suffixes or ("\0",)):
        yield Notice(
            "fallback_address",
            f"{channel.address} is a fallback address that the platform gave (edition {policy.edition})",
            "Connect an address of your own to the channel, then ask again.",
        )


def _bot(facts: Facts) -> Iterator[Notice]:
    """H-34: a bot may have only the policy's actions."""
    if facts.channel is None:
        return
    failing = [action for action in facts.channel.bot_actions() if action not in facts.policy.bot_actions]
    if failing:
        yield Notice(
            "bot_not_allowed",
            f"the bot of {facts.channel.id} has actions that do not move: {', '.join(failing)}",
            f"Remove them from the bot; allowed are: {', '.join(facts.policy.bot_actions)}.",
        )


def _statuses(facts: Facts) -> Iterator[Notice]:
    """H-19: the request's map must name statuses that the account has."""
    known = facts.account.help_desk.ticket_statuses
    mapped = facts.request.status_map
    if not known:
        yield Notice("no_ticket_status", "the account's help desk has no ticket status", "Set up the statuses first.")
    if mapped is None:
        return
    for side, status in (("open", mapped.open), ("closed", mapped.closed)):
        if status not in known:
            yield Notice(
                "unknown_ticket_status",
                f"status_map.{side}: found {status!r}, which is no ticket status of the account",
                f"Use one of: {', '.join(known)}.",
            )


def warnings(facts: Facts) -> tuple[Notice, ...]:
    """List what people should know before the move; none of it stands in the way."""
    return (
        *_access_and_sla(facts),
        *_mobile_app(facts),
        *_forms_and_mail(facts),
        *_quiet_time(facts),
        *_what_people_will_notice(facts),
    )


def _access_and_sla(facts: Facts) -> Iterator[Notice]:
    """H-07."""
    without = [agent.id for agent in facts.agents if not agent.help_desk_access]
    if without:
        yield Notice(
            "agents_without_access",
            f"{len(without)} agent(s) have no help desk access: {', '.join(without[:20])}",
            "Give them access, or they lose sight of the channel and own no created ticket.",
        )
    if facts.account.help_desk.sla is None:
        yield Notice("no_sla", "no SLA is set in the help desk", "Set one if tickets of this channel should have it.")


def _mobile_app(facts: Facts) -> Iterator[Notice]:
    """H-08."""
    if not facts.policy.mobile_app.has_help_desk:
        yield Notice("not_in_mobile_app", facts.policy.mobile_app.note, "Tell the agents beforehand.")


def _forms_and_mail(facts: Facts) -> Iterator[Notice]:
    """H-31, H-32: a form and the mail that answers it belong together."""
    channel = facts.channel
    if channel is None or channel.kind != "form":
        return
    yield Notice(
        "form_moves_alone",
        f"moving form {channel.id} alone may leave its ongoing mail behind in the inbox",
        "Move the e-mail channels that answer it too.",
    )
    for mail in facts.inbox_channels:
        if mail.kind == "email" and channel.id in mail.answers_forms_of:
            yield Notice(
                "move_answering_mail",
                f"agents answer form {channel.id} from {mail.id} ({mail.name})",
                f"Move {mail.id} as well: submission and mails are then one history.",
            )


def _quiet_time(facts: Facts) -> Iterator[Notice]:
    """H-09."""
    if facts.quiet is not None:
        first, end = facts.quiet
        yield Notice(
            "quiet_time",
            f"the channel is quietest from {first:02d}:00 to {end:02d}:00 ({facts.account.time_zone})",
            "Start the move then.",
        )


def _what_people_will_notice(facts: Facts) -> Iterator[Notice]:
    """H-36, H-21, H-26."""
    if facts.request.history == "none":
        yield Notice(
            "history_stays",
            "existing conversations stay in the inbox, and so do later replies to them; the report lists those",
            "Ask for history 'all' now if they should move: the option is gone after the move.",
        )
    if facts.notifications_on and not facts.request.mute:
        yield Notice(
            "agents_will_be_notified",
            "the tickets and assignments that the move makes notify agents",
            "Ask for the move with mute if they should not be.",
        )
