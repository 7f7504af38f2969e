"""A small account export, made in memory, with one of everything that is easy to get wrong."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

Json = dict[str, Any]


def time(minute: int, millisecond: int = 0) -> str:
    return f"2024-03-01T{8 + minute // 60:02d}:{minute % 60:02d}:00.{millisecond:03d}Z"


def attachment(identifier: str, data: bytes = b"\x00bytes\xff") -> Json:
    return {
        "id": identifier,
        "name": "naïve résumé.pdf",
        "content_type": "application/pdf",
        "sha256": hashlib.sha256(data).hexdigest(),
        "base64": base64.b64encode(data).decode(),
    }


def message(identifier: str, text: str, minute: int, *, kind: str = "visitor", author: str = "visitor-1") -> Json:
    return {
        "id": identifier,
        "at": time(minute),
        "author": {"kind": kind, "id": author},
        "text": text,
        "attachments": [],
    }


def conversation(identifier: str, minute: int, *, messages: int = 2, **changes: object) -> Json:
    return {
        "id": identifier,
        "channel_id": "chat",
        "original_channel_id": "chat",
        "status": "closed",
        "started_at": time(minute),
        "updated_at": time(minute + 5),
        "owner_id": "ann",
        "ticket_id": None,
        "archived": False,
        "contact": {"id": f"{identifier}-visitor", "name": "Víctor", "email": f"{identifier}@mail.example"},
        "messages": [message(f"{identifier}-m{n}", f"text {n} of {identifier}", minute) for n in range(messages)],
        **changes,
    }


def channel(identifier: str, kind: str) -> Json:
    return {
        "id": identifier,
        "kind": kind,
        "name": f"The {identifier}",
        "address": None,
        "settings": {
            "signature": "Kind regards ✉",
            "routing": {"mode": "round_robin"},
            "automation": [{"when": "no_reply_15m", "do": "nudge"}],
            "ticket_creation": {"auto": True, "pipeline": "support"},
        },
        "bot": None,
        "answers_forms_of": [],
    }


def agent(identifier: str, role: str, *, access: bool = True) -> Json:
    email = f"{identifier}@desk.example"
    return {"id": identifier, "name": identifier.title(), "email": email, "role": role, "help_desk_access": access}


def example_export(account_id: str = "acme") -> Json:
    with_file = conversation("conv-file", 3, messages=3)
    with_file["messages"][1]["attachments"] = [attachment("file-1"), attachment("file-2", b"")]
    return {
        "account": {
            "id": account_id,
            "name": "Acme",
            "subdomain": "acme",
            "time_zone": "America/Sao_Paulo",
            "locale": "pt-BR",
            "help_desk": {"ticket_statuses": ["new", "waiting", "closed"], "sla": {"first_reply_minutes": 60}},
            "notifications": {"new_ticket": True, "assignment": True, "reply": True},
        },
        "agents": [agent("ann", "super_admin"), agent("bob", "agent"), agent("eve", "agent", access=False)],
        "channels": [
            channel("chat", "chat"),
            channel("mail", "email") | {"answers_forms_of": ["form"]},
            channel("form", "form"),
        ],
        "conversations": [
            conversation("conv-ticket", 1, ticket_id="ticket-1", owner_id="bob"),
            conversation("conv-plain", 2, status="open", owner_id=None),
            with_file,
            conversation("conv-empty", 4, messages=0),
            conversation("conv-archived", 4, archived=True, owner_id="gone-agent"),
            conversation("conv-mail", 6, channel_id="mail", original_channel_id="chat"),
        ],
        "tickets": [
            {
                "id": "ticket-1",
                "subject": "A ticket",
                "status": "waiting",
                "created_at": time(1),
                "owner_id": "bob",
                "conversation_id": "conv-ticket",
            }
        ],
    }
