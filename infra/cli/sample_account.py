"""A sample account, made up here and always the same: several channels, every shape of conversation, hostile content.

Its form is the account export's (docs/account-export.md). Nobody in it exists.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from infra.cli.sample_billing import sample_billing
from infra.cli.sample_messages import Talk, messages
from infra.cli.sample_oauth import sample_oauth

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT_ID = "sample"
CHAT = f"{ACCOUNT_ID}-chat"
STATUSES = ("new", "waiting_on_contact", "waiting_on_us", "closed")
_FIRST_DAY = datetime(2024, 3, 4, 8, 0, tzinfo=UTC)
_SHARES = ((CHAT, 60), (f"{ACCOUNT_ID}-mail", 18), (f"{ACCOUNT_ID}-form", 12), (f"{ACCOUNT_ID}-phone", 10))
_AGENTS = (
    ("Ana Souza", "super_admin", True, "pt-BR"),
    ("Bruno Lima", "admin", True, "es"),
    ("Chiara Conti", "agent", True, "de"),
    ("Dmitri Orlov", "agent", True, "pl"),
    ("Efua Mensah", "agent", False, None),
)
_LEFT_LONG_AGO = f"{ACCOUNT_ID}-agent-99"

Object = dict[str, Any]


def sample_account(conversations: int) -> dict[str, Any]:
    """Make the account up.

    Args:
        conversations: how many conversations it has on all channels together, at least 1.

    Returns:
        account, billing, oauth (objects), agents, channels, conversations, tickets (lists of objects).
    """
    chance = random.Random(20240304)  # noqa: S311 - it decides nothing but what the sample looks like
    made = [_conversation(number, chance) for number in range(conversations)]
    tickets = [_ticket(each, chance) for each in made if each["ticket_id"] is not None]
    return {
        "account": _account(),
        "agents": [_agent(number, *facts) for number, facts in enumerate(_AGENTS)],
        "channels": _channels(),
        "conversations": made,
        "tickets": tickets,
        "billing": sample_billing(),
        "oauth": sample_oauth(),
    }


def write_sample(folder: Path, conversations: int) -> None:
    """Write the account as an export into a folder that exists."""
    account = sample_account(conversations)
    for name in ("account", "billing", "oauth"):
        (folder / f"{name}.json").write_text(json.dumps(account[name], indent=1), encoding="utf-8")
    for name in ("agents", "channels", "conversations", "tickets"):
        lines = "".join(f"{json.dumps(each)}\n" for each in account[name])
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")


def _account() -> Object:
    return {
        "id": ACCOUNT_ID,
        "name": "Sample & Söhne",
        "subdomain": "sample",
        "time_zone": "Europe/Lisbon",
        "locale": "pt-PT",
        "help_desk": {"ticket_statuses": list(STATUSES), "sla": {"first_reply_minutes": 60}},
        "notifications": {"new_ticket": True, "assignment": True, "reply": False},
    }


def _agent(number: int, name: str, role: str, access: bool, locale: str | None) -> Object:  # noqa: FBT001 - a row above
    identifier = f"{ACCOUNT_ID}-agent-{number}"
    mail = f"{name.split(maxsplit=1)[0].lower()}@sample.example"
    agent = {"id": identifier, "name": name, "email": mail, "role": role, "help_desk_access": access}
    return agent if locale is None else {**agent, "locale": locale}


def _channels() -> list[Object]:
    form = f"{ACCOUNT_ID}-form"
    return [
        _channel(CHAT, "chat", "Website chat", bot={"actions": ["ask_question", "send_message"]}),
        _channel(f"{ACCOUNT_ID}-mail", "email", "Support mail", address="help@sample.example", answers=[form]),
        _channel(form, "form", "Contact form"),
        _channel(f"{ACCOUNT_ID}-phone", "calling", "Phone", address="+351210000000"),
        _channel(f"{ACCOUNT_ID}-whatsapp", "whatsapp", "WhatsApp", address="+351910000000"),
    ]


def _channel(  # noqa: PLR0913 - a channel's fields
    identifier: str,
    kind: str,
    name: str,
    *,
    address: str | None = None,
    bot: Object | None = None,
    answers: list[str] | None = None,
) -> Object:
    return {
        "id": identifier,
        "kind": kind,
        "name": name,
        "address": address,
        "settings": {
            "signature": f"Kind regards,\nthe {name} team ✉",
            "routing": {"mode": "round_robin", "team": "tier-1"},
            "automation": [{"when": "no_reply_15m", "do": "send_snippet:are-you-there"}],
            "ticket_creation": {"auto": True, "pipeline": "support", "priority": "medium"},
        },
        "bot": bot,
        "answers_forms_of": answers or [],
    }


def _conversation(number: int, chance: random.Random) -> Object:
    identifier = f"{ACCOUNT_ID}-conv-{number:05d}"
    # Two in a row begin at the same millisecond; the rest some minutes apart.
    started = _FIRST_DAY + timedelta(minutes=17 * (number - number % 2))
    channel = chance.choices([name for name, _ in _SHARES], [share for _, share in _SHARES])[0] if number else CHAT
    owner = chance.choice([None, _LEFT_LONG_AGO, *(f"{ACCOUNT_ID}-agent-{n}" for n in range(len(_AGENTS)))])
    contact = _contact(identifier, number)
    written = messages(Talk(number, identifier, contact["id"], owner or _LEFT_LONG_AGO), started, chance)
    return {
        "id": identifier,
        "channel_id": channel,
        "original_channel_id": _first_channel(channel, number),
        "status": "open" if chance.random() < 0.3 else "closed",  # noqa: PLR2004 - three in ten
        "started_at": _time(started),
        "updated_at": written[-1]["at"] if written else _time(started),
        "owner_id": owner,
        "ticket_id": f"{ACCOUNT_ID}-ticket-{number:05d}" if number % 3 == 1 else None,
        "archived": number % 9 == 4,  # noqa: PLR2004 - one in nine
        "contact": contact,
        "messages": written,
    }


def _contact(conversation_id: str, number: int) -> Object:
    names = ("Inês Carvalho", "<b>Bold</b> Name", "=HYPERLINK(1)", "مريم", "O'Neil; DROP", "Visitor")
    mail = None if number % 7 == 3 else f"visitor{number}@mail.example"  # noqa: PLR2004 - one in seven
    return {"id": f"{conversation_id}-visitor", "name": names[number % len(names)], "email": mail}


def _first_channel(channel: str, number: int) -> str:
    """Some changed channels (H-24); a form's submission that was answered by mail began as a form (H-33)."""
    if channel == f"{ACCOUNT_ID}-mail" and number % 2:
        return f"{ACCOUNT_ID}-form"
    if channel == CHAT and number % 11 == 5:  # noqa: PLR2004 - one in eleven
        return f"{ACCOUNT_ID}-mail"
    return channel


def _ticket(conversation: Object, chance: random.Random) -> Object:
    closed = conversation["status"] == "closed"
    return {
        "id": conversation["ticket_id"],
        "subject": f"Re: {conversation['contact']['name']}",
        "status": STATUSES[-1] if closed else chance.choice(STATUSES[:-1]),
        "created_at": conversation["started_at"],
        "owner_id": conversation["owner_id"],
        "conversation_id": conversation["id"],
    }


def _time(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
