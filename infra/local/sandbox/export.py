"""Loading and checking an account export, from a folder or from memory, before anything is started.

The form is account-export.md's. The command line uses the same check, so that a bad export never reaches the sandbox.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from infra.local.sandbox import export_fields as form
from infra.local.sandbox.export_billing import checked_billing
from infra.local.sandbox.export_error import ExportError, ExportWarning, shown
from infra.local.sandbox.export_files import decoded, file_bytes, objects_of_lines
from infra.local.sandbox.export_links import check_links

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from infra.local.sandbox.billing_records import Billing

__all__ = ["AccountExport", "ExportError", "ExportWarning", "load_export", "parse_export"]

Object = dict[str, Any]
_BILLING = "billing.json"
_LISTS = ("agents", "channels", "conversations", "tickets")


@dataclass(frozen=True, slots=True)
class AccountExport:
    """A checked account: plain objects in the export's own form, in the order of the files.

    ``attachment_bytes`` holds the decoded bytes of each attachment by its id.
    """

    account: Object
    agents: list[Object]
    channels: list[Object]
    conversations: list[Object]
    tickets: list[Object]
    attachment_bytes: dict[str, bytes]
    warnings: tuple[ExportWarning, ...]
    billing: Billing | None = None


def load_export(folder: Path) -> AccountExport:
    """Load the export in a folder: account.json, agents, channels, conversations, tickets as .jsonl or .jsonl.gz.

    A billing.json beside them is read too; an account need not have one.

    Raises:
        ExportError: a file is missing or unreadable, or something in it is not as the form says.
    """
    name, data = file_bytes(folder, "account", (".json",))
    files = {stem: file_bytes(folder, stem, (".jsonl", ".jsonl.gz")) for stem in _LISTS}
    found = _checked(
        (name, 1, decoded(name, 1, data)),
        {stem: (name, objects_of_lines(name, data)) for stem, (name, data) in files.items()},
    )
    if not (folder / _BILLING).exists():
        return found
    _, billing = file_bytes(folder, "billing", (".json",))
    return replace(found, billing=checked_billing(_BILLING, decoded(_BILLING, 1, billing)))


def parse_export(export: Mapping[str, Any]) -> AccountExport:
    """Check an export held in memory: ``{"account": {...}, "agents": [...], "channels": [...], ...}``.

    Raises:
        ExportError: as :func:`load_export`; files are called as in a folder, and a line is an item's place in its list.
    """
    for name in ("account", *_LISTS):
        if name not in export:
            raise ExportError(
                code="missing_file", file=name, line=None, field="", found="nothing", allowed="account and four lists"
            )
    lists = {stem: f"{stem}.jsonl" for stem in _LISTS}
    found = _checked(
        ("account.json", 1, decoded("account.json", 1, json.dumps(export["account"]).encode())),
        {stem: (name, _numbered(name, export[stem])) for stem, name in lists.items()},
    )
    if export.get("billing") is None:
        return found
    billing = decoded(_BILLING, 1, json.dumps(export["billing"]).encode())
    return replace(found, billing=checked_billing(_BILLING, billing))


def _numbered(name: str, items: Iterable[object]) -> Iterator[tuple[int, Any]]:
    for line, item in enumerate(items, start=1):
        yield line, decoded(name, line, json.dumps(item).encode())


@dataclass(slots=True)
class _Check:
    """What one pass over the files gathers: the ids that were seen, the bytes, the unknown fields."""

    seen: dict[str, set[str]] = field(default_factory=dict)
    attachment_bytes: dict[str, bytes] = field(default_factory=dict)
    unknown: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def object(self, place: tuple[str, int], path: str, value: Any, fields: tuple[form.Field, ...]) -> Object:  # noqa: ANN401 - decoded JSON
        """Check one object's fields, note those that are unknown, and return it."""
        if type(value) is not dict:
            _refuse("mistyped_field", place, path, value, "an object")
        for each in fields:
            if each.name not in value:
                raise ExportError(
                    code="missing_field",
                    file=place[0],
                    line=place[1],
                    field=_dotted(path, each.name),
                    found="nothing",
                    allowed=each.allowed,
                )
            found = value[each.name]
            if not each.is_type(found):
                _refuse("mistyped_field", place, _dotted(path, each.name), found, each.allowed)
            if each.is_value is not None and not each.is_value(found):
                _refuse("invalid_value", place, _dotted(path, each.name), found, each.allowed)
        if len(value) > len(fields):
            self._note_unknown(place, path, value, fields)
        return value  # type: ignore[no-any-return]  # just proved to be a dict with string keys

    def unique(self, place: tuple[str, int], path: str, kind: str, identifier: str) -> None:
        """Refuse an id that an earlier object of the same kind in the file bears."""
        seen = self.seen.setdefault(kind, set())
        if identifier in seen:
            _refuse("duplicate_id", place, path, identifier, "an id that is unique within the file")
        seen.add(identifier)

    def _note_unknown(self, place: tuple[str, int], path: str, value: Object, fields: tuple[form.Field, ...]) -> None:
        for name in value.keys() - {each.name for each in fields}:
            dotted = _dotted(_without_indexes(path), name)
            self.unknown.setdefault((place[0], dotted), []).append(place[1])

    def warnings(self) -> tuple[ExportWarning, ...]:
        """Return one warning for each unknown field of each file."""
        return tuple(
            ExportWarning("unknown_field", file, name, lines[0], len(lines))
            for (file, name), lines in sorted(self.unknown.items())
        )


def _checked(
    account: tuple[str, int, Any], lists: Mapping[str, tuple[str, Iterator[tuple[int, Any]]]]
) -> AccountExport:
    check = _Check()
    name, line, value = account
    check.object((name, line), "", value, form.ACCOUNT)
    check.object((name, line), "help_desk", value["help_desk"], form.HELP_DESK)
    items: dict[str, list[Object]] = {}
    lines: dict[str, list[int]] = {}
    files: dict[str, str] = {}
    checks = {"agents": _agent, "channels": _channel, "conversations": _conversation, "tickets": _ticket}
    for stem, (file, objects) in lists.items():
        files[stem] = file
        items[stem] = kept = []
        lines[stem] = numbers = []
        for number, item in objects:
            checks[stem](check, (file, number), item)
            check.unique((file, number), "id", stem, item["id"])
            kept.append(item)
            numbers.append(number)
    check_links(items, files, lines)
    return AccountExport(
        account=value, attachment_bytes=check.attachment_bytes, warnings=check.warnings(), billing=None, **items
    )


def _agent(check: _Check, place: tuple[str, int], value: Object) -> None:
    check.object(place, "", value, form.AGENT)


def _channel(check: _Check, place: tuple[str, int], value: Object) -> None:
    check.object(place, "", value, form.CHANNEL)
    check.object(place, "settings", value["settings"], form.SETTINGS)
    if value["bot"] is not None:
        check.object(place, "bot", value["bot"], form.BOT)


def _ticket(check: _Check, place: tuple[str, int], value: Object) -> None:
    check.object(place, "", value, form.TICKET)


def _conversation(check: _Check, place: tuple[str, int], value: Object) -> None:
    check.object(place, "", value, form.CONVERSATION)
    check.object(place, "contact", value["contact"], form.CONTACT)
    for index, message in enumerate(value["messages"]):
        path = f"messages[{index}]"
        check.object(place, path, message, form.MESSAGE)
        check.object(place, f"{path}.author", message["author"], form.AUTHOR)
        check.unique(place, f"{path}.id", "messages", message["id"])
        for number, attachment in enumerate(message["attachments"]):
            _attachment(check, place, f"{path}.attachments[{number}]", attachment)


def _attachment(check: _Check, place: tuple[str, int], path: str, value: Object) -> None:
    check.object(place, path, value, form.ATTACHMENT)
    check.unique(place, f"{path}.id", "attachments", value["id"])
    try:
        data = base64.b64decode(value["base64"], validate=True)
    except (binascii.Error, ValueError):
        _refuse("invalid_value", place, f"{path}.base64", value["base64"], "base64 (RFC 4648, padded)")
    digest = hashlib.sha256(data).hexdigest()
    if digest != value["sha256"]:
        allowed = f"the SHA-256 of the attachment's bytes, which is {digest}"
        _refuse("hash_mismatch", place, f"{path}.sha256", value["sha256"], allowed)
    check.attachment_bytes[value["id"]] = data


def _refuse(code: str, place: tuple[str, int], path: str, found: object, allowed: str) -> None:
    raise ExportError(code=code, file=place[0], line=place[1], field=path, found=shown(found), allowed=allowed)


def _dotted(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _without_indexes(path: str) -> str:
    return ".".join(part.split("[", 1)[0] for part in path.split(".")) if path else ""
