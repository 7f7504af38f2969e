"""Loading and checking an account export, from a folder or from memory, before anything is started.

The form is account-export.md's. The command line uses the same check, so that a bad export never reaches the sandbox.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.local.sandbox import export_fields as form
from infra.local.sandbox.export_billing import FILE as BILLING_FILE
from infra.local.sandbox.export_billing import checked_billing
from infra.local.sandbox.export_check import Check, refuse
from infra.local.sandbox.export_error import ExportError, ExportWarning
from infra.local.sandbox.export_files import decoded, file_bytes, objects_of_lines
from infra.local.sandbox.export_links import check_links
from infra.local.sandbox.export_oauth import FILE as OAUTH_FILE
from infra.local.sandbox.export_oauth import checked_oauth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from infra.local.sandbox.billing_records import Billing
    from infra.local.sandbox.oauth_records import OAuthExport

__all__ = ["AccountExport", "ExportError", "ExportWarning", "load_export", "parse_export"]

Object = dict[str, Any]
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
    oauth: OAuthExport | None = None


def load_export(folder: Path) -> AccountExport:
    """Load the export in a folder: account.json, agents, channels, conversations, tickets as .jsonl or .jsonl.gz.

    A billing.json and an oauth.json beside them are read too; an account need not have either.

    Raises:
        ExportError: a file is missing or unreadable, or something in it is not as the form says.
    """
    name, data = file_bytes(folder, "account", (".json",))
    files = {stem: file_bytes(folder, stem, (".jsonl", ".jsonl.gz")) for stem in _LISTS}
    extras = {
        file: decoded(file, 1, file_bytes(folder, file.removesuffix(".json"), (".json",))[1])
        for file in (BILLING_FILE, OAUTH_FILE)
        if (folder / file).exists()
    }
    return _checked(
        (name, 1, decoded(name, 1, data)),
        {stem: (name, objects_of_lines(name, data)) for stem, (name, data) in files.items()},
        extras,
    )


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
    extras = {
        file: decoded(file, 1, json.dumps(export[stem]).encode())
        for stem, file in (("billing", BILLING_FILE), ("oauth", OAUTH_FILE))
        if export.get(stem) is not None
    }
    return _checked(
        ("account.json", 1, decoded("account.json", 1, json.dumps(export["account"]).encode())),
        {stem: (name, _numbered(name, export[stem])) for stem, name in lists.items()},
        extras,
    )


def _numbered(name: str, items: Iterable[object]) -> Iterator[tuple[int, Any]]:
    for line, item in enumerate(items, start=1):
        yield line, decoded(name, line, json.dumps(item).encode())


def _checked(
    account: tuple[str, int, Any],
    lists: Mapping[str, tuple[str, Iterator[tuple[int, Any]]]],
    extras: Mapping[str, Any],
) -> AccountExport:
    check = Check()
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
    billing = checked_billing(check, extras[BILLING_FILE]) if BILLING_FILE in extras else None
    agents = {agent["id"] for agent in items["agents"]}
    owner = value.get("chat_owner_id")
    if owner is not None and owner not in agents:
        refuse("broken_link", (name, line), "chat_owner_id", owner, "the id of an agent that is in the export")
    oauth = checked_oauth(check, extras[OAUTH_FILE], agents) if OAUTH_FILE in extras else None
    return AccountExport(
        account=value,
        attachment_bytes=check.attachment_bytes,
        warnings=check.warnings(),
        billing=billing,
        oauth=oauth,
        **items,
    )


def _agent(check: Check, place: tuple[str, int], value: Object) -> None:
    check.object(place, "", value, form.AGENT)


def _channel(check: Check, place: tuple[str, int], value: Object) -> None:
    check.object(place, "", value, form.CHANNEL)
    check.object(place, "settings", value["settings"], form.SETTINGS)
    if value["bot"] is not None:
        check.object(place, "bot", value["bot"], form.BOT)


def _ticket(check: Check, place: tuple[str, int], value: Object) -> None:
    check.object(place, "", value, form.TICKET)


def _conversation(check: Check, place: tuple[str, int], value: Object) -> None:
    check.object(place, "", value, form.CONVERSATION)
    check.object(place, "contact", value["contact"], form.CONTACT)
    for index, message in enumerate(value["messages"]):
        path = f"messages[{index}]"
        check.object(place, path, message, form.MESSAGE)
        check.object(place, f"{path}.author", message["author"], form.AUTHOR)
        check.unique(place, f"{path}.id", "messages", message["id"])
        for number, attachment in enumerate(message["attachments"]):
            _attachment(check, place, f"{path}.attachments[{number}]", attachment)


def _attachment(check: Check, place: tuple[str, int], path: str, value: Object) -> None:
    check.object(place, path, value, form.ATTACHMENT)
    check.unique(place, f"{path}.id", "attachments", value["id"])
    try:
        data = base64.b64decode(value["base64"], validate=True)
    except (binascii.Error, ValueError):
        refuse("invalid_value", place, f"{path}.base64", value["base64"], "base64 (RFC 4648, padded)")
    digest = hashlib.sha256(data).hexdigest()
    if digest != value["sha256"]:
        allowed = f"the SHA-256 of the attachment's bytes, which is {digest}"
        refuse("hash_mismatch", place, f"{path}.sha256", value["sha256"], allowed)
    check.attachment_bytes[value["id"]] = data
