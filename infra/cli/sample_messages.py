"""The messages of the sample account: everyday ones, and those that break careless software."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from datetime import datetime

LONG = 70_000
_QUESTIONS = (
    "Hi, where is my order?",
    "Bom dia! O meu código não funciona.",
    "I was charged twice, please help.",
    "Can I change the delivery address?",
    "注文をキャンセルできますか?",
)
_ANSWERS = (
    "Let me look at that for you.",
    "Could you send me the order number, please?",
    "Done. Is there anything else?",
)
_HOSTILE = (
    '=HYPERLINK("https://evil.example","click")',
    "<script>alert('x')</script><img src=x onerror=alert(1)>",
    "Right to left: \u202eevil\u202c and \u2067שלום\u2069, joined: 👩\u200d👩\u200d👧, combining: e\u0301\u0327",  # noqa: RUF001 - Hebrew, meant so
    "Control: \u0000 \u0007 \u001b[2J \u0085 \u2028 end",
    " leading and trailing white space \r\n\t ",
    "@SUM(A1:A9)",
    "+1-2",
    '"},{"id":"injected',
    "",
)
_FILES: tuple[tuple[str, str, bytes], ...] = (
    ("receipt.txt", "text/plain; charset=utf-8", "Total: 12,90 €\n".encode()),
    ("pixel.gif", "image/gif", base64.b64decode("R0lGODlhAQABAAAAACw=")),
    ("../../etc/passwd", "application/octet-stream", bytes(range(256)) * 40),
    ("empty", "application/octet-stream", b""),
)

Object = dict[str, Any]


@dataclass(frozen=True)
class Talk:
    """Who talks where. `number`, from 0, decides the conversation's shape; `agent` may have left the account."""

    number: int
    conversation_id: str
    visitor: str
    agent: str


def messages(talk: Talk, started: datetime, chance: random.Random) -> list[Object]:
    """Make up the messages of one conversation, in order.

    Args:
        talk: the conversation; ids of messages and attachments begin with its id.
        started: when it began, aware.
        chance: where the rest comes from.
    """
    if talk.number % 23 == 8:  # noqa: PLR2004 - one in twenty-three has no messages
        return []
    at = started
    made: list[Object] = []
    for index in range(chance.randrange(1, 12)):
        # Every fourth message bears the same time as the one before it.
        at += timedelta(0) if index % 4 == 3 else timedelta(milliseconds=chance.randrange(1_000, 90_000))  # noqa: PLR2004
        kind = ("visitor", "agent", "visitor", "bot")[index % 4]
        made.append(
            {
                "id": f"{talk.conversation_id}-m{index}",
                "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "author": {
                    "kind": kind,
                    "id": {"visitor": talk.visitor, "agent": talk.agent, "bot": "sample-bot"}[kind],
                },
                "text": _text(talk.number, index, kind, chance),
                "attachments": _attachments(talk.number, index, talk.conversation_id),
            }
        )
    return made


def _text(number: int, index: int, kind: str, chance: random.Random) -> str:
    if number == 0 and index == 0:
        return "very long; " * (LONG // len("very long; ")) + "x" * (LONG % len("very long; "))
    if kind == "visitor" and number % 4 == 2:  # noqa: PLR2004 - one conversation in four
        return _HOSTILE[(number // 4 + index) % len(_HOSTILE)]
    return chance.choice(_QUESTIONS if kind == "visitor" else _ANSWERS)


def _attachments(number: int, index: int, conversation_id: str) -> list[Object]:
    if number % 6 or index % 3:
        return []
    return [
        {
            "id": f"{conversation_id}-m{index}-a{place}",
            "name": name,
            "content_type": content_type,
            "sha256": hashlib.sha256(data).hexdigest(),
            "base64": base64.b64encode(data).decode(),
        }
        for place, (name, content_type, data) in enumerate(_FILES[: 1 + number // 6 % len(_FILES)])
    ]
