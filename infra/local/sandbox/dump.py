"""Writing what an account holds to a folder, in the account export's own form, for programs that compare it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from infra.local.sandbox.dump_forms import desk_form, desk_ticket_form, inbox_form, inbox_ticket_form

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from infra.local.sandbox.account import Account


def write_dump(account: Account, folder: Path) -> None:
    """Write ``inbox/``, ``help_desk/``, account's .json files, sent, messages and arrivals (.jsonl), and faults.json.

    The files are account.json, and billing.json and oauth.json if the account has such. Objects are sorted by id, and
    events and messages to people are in the order in which they happened. A conversation that is staged but not
    released is in both places.
    """
    inbox, desk = account.inbox, account.desk
    kept = [conversation for conversation in inbox.conversations.values() if conversation.moved_to is None]
    _write_side(
        folder / "inbox",
        [inbox_form(account, conversation) for conversation in kept],
        [form for form in map(inbox_ticket_form, kept) if form is not None],
        [channel for channel in inbox.channels.values() if channel.id not in inbox.removed_channels],
    )
    _write_side(
        folder / "help_desk",
        [desk_form(account, conversation) for conversation in desk.conversations.values()],
        [desk_ticket_form(ticket) for ticket in desk.tickets.values()],
        desk.channels.values(),
    )
    profile = {"id": account.id, "banner": account.banner, "notifications": account.notifications}
    _write_object(folder / "account.json", profile)
    _write_lines(folder / "sent.jsonl", account.sent)
    _write_lines(folder / "messages.jsonl", account.messages.values())
    _write_lines(folder / "arrivals.jsonl", account.events)
    _write_object(folder / "faults.json", account.faults.counts)
    if account.billing is not None:
        _write_object(folder / "billing.json", msgspec.to_builtins(account.billing))
    if account.oauth.clients:
        _write_object(folder / "oauth.json", account.oauth.exported())


def _write_side(folder: Path, conversations: Iterable[Any], tickets: Iterable[Any], channels: Iterable[Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, items in (("conversations", conversations), ("tickets", tickets), ("channels", channels)):
        forms: list[dict[str, Any]] = [msgspec.to_builtins(item) for item in items]
        forms.sort(key=lambda form: str(form["id"]))
        _write_lines(folder / f"{name}.jsonl", forms)


def _write_lines(path: Path, items: Iterable[object]) -> None:
    path.write_bytes(b"".join(msgspec.json.encode(item) + b"\n" for item in items))


def _write_object(path: Path, item: object) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(item), indent=1) + b"\n")
