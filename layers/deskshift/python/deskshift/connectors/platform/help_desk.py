"""The help desk by the platform contract."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import IO

import msgspec

from deskshift.connectors.halving import in_halves
from deskshift.connectors.http import VendorClient, decoded, segment
from deskshift.model.conversation import Attachment, HelpDeskTicket
from deskshift.model.errors import VendorAnswerInvalid
from deskshift.model.listing import HeldAnswer, ImportedPage
from deskshift.model.writing import ImportItem, ImportOutcome, PendingImport

_LIST_PAGE = 1000
_SLA_FROM_IMPORT = "import"


class _Imported(msgspec.Struct):
    results: tuple[ImportOutcome, ...]


class _TakenBack(msgspec.Struct):
    outcome: str


class PlatformHelpDesk:
    """Fits `ports.HelpDesk`."""

    def __init__(self, client: VendorClient) -> None:
        self._client = client

    def write(self, items: Sequence[ImportItem]) -> list[ImportOutcome]:
        """Import up to 100 conversations.

        `import` keeps times and authors, `suppress_customer_messages` keeps customers from being mailed (X-09), and an
        SLA clock that starts at the import raises no alert for the past.
        """
        body = {"import": True, "suppress_customer_messages": True, "items": [_sent(item) for item in items]}
        answer = self._client.json("POST", "/v1/help_desk/imports", _Imported, body=body)
        return list(answer.results)

    def outcome(self, pending: PendingImport) -> list[ImportOutcome]:
        """The contract answers at once and never gives a job."""
        raise VendorAnswerInvalid("POST", "/v1/help_desk/imports", f"asked for unknown job {pending.job}")

    def held(self, ids: Sequence[str]) -> HeldAnswer:
        """Read back what the help desk holds for up to 100 source ids."""
        answers = in_halves(ids, self._held)
        return HeldAnswer(
            items=tuple(item for answer in answers for item in answer.items),
            missing=tuple(missing for answer in answers for missing in answer.missing),
        )

    def _held(self, ids: Sequence[str]) -> HeldAnswer:
        body = {"external_ids": list(ids)}
        return self._client.json("POST", "/v1/help_desk/conversations/batch_read", HeldAnswer, body=body)

    def imported(self, channel_id: str, cursor: str | None) -> ImportedPage:
        """List what was imported into the channel, at most 1,000 rows."""
        asked: dict[str, str | int | None] = {
            "channel_id": channel_id,
            "origin": "imported",
            "limit": _LIST_PAGE,
            "cursor": cursor,
        }
        return self._client.json("GET", "/v1/help_desk/conversations", ImportedPage, query=asked)

    def take_back(self, conversation_id: str, version: int) -> bool:
        """Delete staged copies of `version` or older with their tickets and files; they can be made anew.

        Returns:
            Whether none is left; False if what is there is live or newer.
        """
        query: dict[str, str | int | None] = {"source_version": version, "tombstone": "false"}
        path = f"/v1/help_desk/imports/{segment(conversation_id)}"
        return self._client.json("DELETE", path, _TakenBack, query=query).outcome in {"deleted", "absent"}

    def delete(self, conversation_id: str, version: int) -> None:
        """Delete a staged copy with its ticket and files; `version` and older ones are refused from then on."""
        query: dict[str, str | int | None] = {"source_version": version}
        self._client.call("DELETE", f"/v1/help_desk/imports/{segment(conversation_id)}", query=query)

    def store_attachment(self, conversation_id: str, file: Attachment, content: IO[bytes]) -> None:
        """Store a file's bytes; the help desk checks the hash."""
        self._client.call(
            "PUT",
            f"/v1/help_desk/attachments/{segment(file.id)}",
            query={"name": file.name, "conversation": conversation_id},
            body=content,
            headers={
                "content-type": _header(file.content_type),
                "content-length": str(file.size),
                "x-content-sha256": file.sha256,
            },
        )

    def where_is_ticket(self, old_id: str) -> tuple[str, str | None] | None:
        """Find a ticket by its id in the inbox."""
        path = f"/v1/help_desk/tickets/{segment(old_id)}"
        got = self._client.call("GET", path, allow=frozenset({HTTPStatus.NOT_FOUND}))
        if got.status == HTTPStatus.NOT_FOUND:
            return None
        ticket = decoded(got.body, HelpDeskTicket, "GET", path)
        return ticket.id, ticket.conversation_id


def _header(content_type: str) -> str:
    """Give what may stand in a header; the type as it is goes with the conversation, which is what is compared."""
    fits = content_type.isascii() and content_type.isprintable() and content_type.strip()
    return content_type if fits else "application/octet-stream"


def _sent(item: ImportItem) -> dict[str, object]:
    fields: dict[str, object] = {name: getattr(item, name) for name in item.__struct_fields__}
    ticket = item.ticket
    fields["ticket"] = {name: getattr(ticket, name) for name in ticket.__struct_fields__} | {
        "sla_clock": _SLA_FROM_IMPORT
    }
    return fields
