"""The links between an account export's objects: each must lead somewhere, and both sides must bear it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.local.sandbox.export_error import ExportError, shown

_Items = Mapping[str, list[dict[str, Any]]]


def check_links(items: _Items, files: Mapping[str, str], lines: Mapping[str, list[int]]) -> None:
    """Check channels, conversations and tickets against each other.

    ``items`` are the checked objects by list, ``files`` the lists' file names, ``lines`` the objects' line numbers.
    A former agent as author or owner is allowed.

    Raises:
        ExportError: broken_link for a link to what is not there, one_sided_link for one that only one side bears.
    """
    links = _Links(files, lines)
    channels = {item["id"] for item in items["channels"]}
    for index, channel in enumerate(items["channels"]):
        for number, form in enumerate(channel["answers_forms_of"]):
            links.must_be_there("channels", index, f"answers_forms_of[{number}]", form, channels)
    for index, conversation in enumerate(items["conversations"]):
        for name in ("channel_id", "original_channel_id"):
            links.must_be_there("conversations", index, name, conversation[name], channels)
    _check_tickets(items, links)


def _check_tickets(items: _Items, links: _Links) -> None:
    conversation_of = {item["id"]: item["conversation_id"] for item in items["tickets"]}
    ticket_of = {item["id"]: item["ticket_id"] for item in items["conversations"]}
    for index, conversation in enumerate(items["conversations"]):
        ticket = conversation["ticket_id"]
        if ticket is not None:
            links.must_be_there("conversations", index, "ticket_id", ticket, conversation_of)
            if conversation_of[ticket] != conversation["id"]:
                links.one_sided("conversations", index, "ticket_id", ticket, "a ticket that names this conversation")
    for index, ticket_object in enumerate(items["tickets"]):
        conversation_id = ticket_object["conversation_id"]
        links.must_be_there("tickets", index, "conversation_id", conversation_id, ticket_of)
        if ticket_of[conversation_id] != ticket_object["id"]:
            allowed = "a conversation that names this ticket"
            links.one_sided("tickets", index, "conversation_id", conversation_id, allowed)


class _Links:
    """Says where a link that fails stands."""

    def __init__(self, files: Mapping[str, str], lines: Mapping[str, list[int]]) -> None:
        self._files = files
        self._lines = lines

    def must_be_there(
        self, stem: str, index: int, field: str, target: str, known: set[str] | Mapping[str, object]
    ) -> None:
        if target not in known:
            self._refuse("broken_link", stem, index, field, target, "the id of an object that is in the export")

    def one_sided(self, stem: str, index: int, field: str, target: str, allowed: str) -> None:
        self._refuse("one_sided_link", stem, index, field, target, allowed)

    def _refuse(  # noqa: PLR0913, PLR0917 - the facts of one error
        self, code: str, stem: str, index: int, field: str, target: str, allowed: str
    ) -> None:
        raise ExportError(
            code=code,
            file=self._files[stem],
            line=self._lines[stem][index],
            field=field,
            found=shown(target),
            allowed=allowed,
        )
