"""Make small account exports for tests; every account has ids of its own, so that tests never meet."""

import base64
import hashlib
import itertools
from typing import Any

Json = dict[str, Any]

_numbers = itertools.count(1)
STATUSES = ["new", "waiting_on_contact", "waiting_on_us", "closed"]
SETTINGS = {
    "signature": "Kind regards ✉",
    "routing": {"mode": "round_robin", "team": "tier-1"},
    "automation": [{"when": "no_reply_15m", "do": "send_snippet:are-you-there"}],
    "ticket_creation": {"auto": True, "pipeline": "support", "priority": "medium"},
}


def new_account_id(worker: str = "main") -> str:
    """Give an id that no other test of this run has."""
    return f"account-{worker}-{next(_numbers)}"


def attachment(file_id: str, content: bytes = b"\x00\x01binary\xff", name: str = "a.bin") -> Json:
    """Make an attachment with its bytes."""
    return {
        "id": file_id,
        "name": name,
        "content_type": "application/octet-stream",
        "sha256": hashlib.sha256(content).hexdigest(),
        "base64": base64.b64encode(content).decode(),
    }


def message(message_id: str, text: str = "hello", at: str = "2024-01-01T10:00:00.000Z", **fields: object) -> Json:
    """Make a visitor's message."""
    author = {"kind": "visitor", "id": "visitor"}
    return {"id": message_id, "at": at, "author": author, "text": text, "attachments": [], **fields}


def channel(channel_id: str, kind: str = "chat", **fields: object) -> Json:
    """Make a channel with settings that are no defaults."""
    made = {"id": channel_id, "kind": kind, "name": f"The {kind}", "address": None, "settings": SETTINGS, "bot": None}
    return {**made, "answers_forms_of": [], **fields}


def agent(agent_id: str, role: str = "agent", *, access: bool = True) -> Json:
    """Make an agent."""
    return {
        "id": agent_id,
        "name": f"Agent {agent_id}",
        "email": f"{agent_id}@desk.example",
        "role": role,
        "help_desk_access": access,
    }


def conversation(conversation_id: str, channel_id: str, **fields: object) -> Json:
    """Make a closed conversation of two messages without a ticket."""
    made: Json = {
        "id": conversation_id,
        "channel_id": channel_id,
        "original_channel_id": channel_id,
        "status": "closed",
        "started_at": "2024-01-01T09:59:59.000Z",
        "updated_at": "2024-01-01T10:00:01.000Z",
        "owner_id": None,
        "ticket_id": None,
        "archived": False,
        "contact": {"id": f"{conversation_id}-visitor", "name": "Zoë", "email": "zoe@mail.example"},
        "messages": [
            message(f"{conversation_id}-m0"),
            message(f"{conversation_id}-m1", "again", "2024-01-01T10:00:01.000Z"),
        ],
    }
    return {**made, **fields}


def ticket(ticket_id: str, conversation_id: str, **fields: object) -> Json:
    """Make the ticket of a conversation that names it."""
    made = {
        "id": ticket_id,
        "subject": "A subject",
        "status": "waiting_on_us",
        "created_at": "2024-01-01T10:00:00.500Z",
        "owner_id": None,
        "conversation_id": conversation_id,
    }
    return {**made, **fields}


def export(account_id: str, **parts: Any) -> Json:  # noqa: ANN401 - the export's own parts
    """Make an account: a super admin `admin`, agents with and without access, a chat channel `chat`, no history.

    Keyword arguments replace whole parts: account (fields), agents, channels, conversations, tickets.
    """
    account = {
        "id": account_id,
        "name": "Test",
        "subdomain": account_id,
        "time_zone": "Europe/Berlin",
        "locale": "de-DE",
        "help_desk": {"ticket_statuses": STATUSES, "sla": {"first_reply_minutes": 60}},
        "notifications": {"new_ticket": True, "assignment": True, "reply": False},
        **parts.pop("account", {}),
    }
    made: Json = {
        "account": account,
        "agents": [agent("admin", "super_admin"), agent("with-access"), agent("without-access", access=False)],
        "channels": [channel("chat")],
        "conversations": [],
        "tickets": [],
    }
    return {**made, **parts}
