"""Name each field that is not the same on both sides (X-11).

Reports are kept and sent around: customers' words are shown as digest and length, all other values as they are.
"""

import hashlib
import json
from collections.abc import Iterator

import msgspec

from deskshift.domain.content import Content
from deskshift.model.account import Channel
from deskshift.model.move import Difference

WHOLE = "conversation"
"""The field of a difference that concerns the whole conversation: missing, extra or there twice."""
CHANNEL = "channel."
"""How the fields of a channel's differences begin."""
MISSING, EXTRA, MISMATCHED = "missing", "extra", "mismatched"

_WORDS = frozenset({"text", "name", "email", "subject"})
_ABSENT = object()


def differences(source: Content, target: Content) -> list[Difference]:
    """Compare two contents; the fields are named by path, for example `messages[3].text`."""
    fields = _walk("", msgspec.to_builtins(source), msgspec.to_builtins(target))
    return [Difference(source.id, field, shown(field, a), shown(field, b)) for field, a, b in fields]


def channel_differences(source: Channel, target: Channel) -> list[Difference]:
    """Compare a channel's record on both sides; settings are not customers' words and are shown (H-10)."""
    a, b = msgspec.to_builtins(source), msgspec.to_builtins(target)
    a.pop("intake"), b.pop("intake")
    return [
        Difference(source.id, f"{CHANNEL}{field}", _plain(left), _plain(right))
        for field, left, right in _walk("", a, b)
    ]


def missing(conversation_id: str) -> Difference:
    """Say that the help desk lacks a conversation."""
    return Difference(conversation_id, WHOLE, "once", MISSING)


def extra(conversation_id: str, times: int) -> Difference:
    """Say that the help desk holds a conversation that the source never had (`times` 1), or holds it several times."""
    if times > 1:
        return Difference(conversation_id, WHOLE, "once", f"{EXTRA}: {times} times")
    return Difference(conversation_id, WHOLE, "absent", EXTRA)


def kind_of(difference: Difference) -> str:
    """Tell what a conversation's difference is: missing, extra or mismatched."""
    if difference.field == WHOLE and difference.target == MISSING:
        return MISSING
    if difference.field == WHOLE and difference.target.startswith(EXTRA):
        return EXTRA
    return MISMATCHED


def shown(field: str, value: object) -> str:
    """Show a value in a report, without customers' words."""
    words = field.rsplit(".", 1)[-1] in _WORDS or isinstance(value, dict | list | tuple)
    if value is _ABSENT:
        return "absent"
    if value is None or not words:
        return _plain(value)
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    hashed = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"sha256:{hashed} ({len(text)} characters)"


def _plain(value: object) -> str:
    if value is _ABSENT:
        return "absent"
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)


def _walk(path: str, a: object, b: object) -> Iterator[tuple[str, object, object]]:
    """Go down both sides together and stop at the lowest field that differs."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in {**a, **b}:
            yield from _walk(f"{path}.{key}" if path else str(key), a.get(key, _ABSENT), b.get(key, _ABSENT))
    elif isinstance(a, list | tuple) and isinstance(b, list | tuple):
        if len(a) != len(b):
            yield f"{path}.length", len(a), len(b)
        for index in range(max(len(a), len(b))):
            left = a[index] if index < len(a) else _ABSENT
            right = b[index] if index < len(b) else _ABSENT
            yield from _walk(f"{path}[{index}]", left, right)
    elif a != b or type(a) is not type(b):  # to Python, true is 1
        yield path, a, b
