"""The inbox by the platform contract."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import IO

import msgspec

from deskshift.connectors.halving import in_halves
from deskshift.connectors.http import VendorClient, decoded, segment, where
from deskshift.connectors.ports import Offers
from deskshift.model.conversation import Conversation
from deskshift.model.errors import VendorRefused
from deskshift.model.listing import (
    ChangesPage,
    ConversationPage,
    InventoryPage,
    Missing,
    Query,
    ReadAnswer,
    Unreadable,
)
from deskshift.model.writing import Release, ReleaseOutcome

OFFERS = Offers(orders_by_version=True, releases=True, content_digests=True, batch=100)
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_conversations = msgspec.json.Decoder(Conversation)
_INVENTORY_PAGE = 1000
_CHANGES_PAGE = 1000


_LISTING = "/v1/inbox/conversations"
_BATCH_READ = "/v1/inbox/conversations/batch_read"


class _RawPage(msgspec.Struct):
    items: tuple[msgspec.Raw, ...]
    next_cursor: str | None


class _RawRead(msgspec.Struct):
    items: tuple[msgspec.Raw, ...]
    missing: tuple[Missing, ...] = ()


class _Known(msgspec.Struct):
    """What of an unreadable conversation must be readable, or nothing can be said of it at all."""

    id: str
    version: int


class _Head(msgspec.Struct):
    cursor: str


class _Released(msgspec.Struct):
    results: tuple[ReleaseOutcome, ...]


class PlatformInbox:
    """Fits `ports.Inbox`."""

    def __init__(self, client: VendorClient) -> None:
        self._client = client

    @property
    def offers(self) -> Offers:
        """The contract has versions, releases and digests."""
        return OFFERS

    def conversations(self, query: Query) -> ConversationPage | None:
        """Read a page; None where the paging limit is reached."""
        asked: dict[str, str | int | None] = {
            "channel_id": query.channel_id,
            "status": query.status,
            "archived": "true" if query.archived else "false",
            "limit": query.limit,
            "cursor": query.cursor,
        }
        if query.window is not None:
            asked |= {"after_started_at": query.window.started_at, "after_id": query.window.id}
        try:
            page = self._client.json("GET", _LISTING, _RawPage, query=asked)
        except VendorRefused as refused:
            if refused.vendor_code == "paging_limit":
                return None
            raise
        items, unreadable = _read_each(page.items, "GET", _LISTING)
        return ConversationPage(items, page.next_cursor, unreadable)

    def read(self, ids: Sequence[str]) -> ReadAnswer:
        """Read up to 100 conversations as they are now; this read never lags."""
        answers = in_halves(ids, self._read)
        return ReadAnswer(
            items=tuple(item for answer in answers for item in answer.items),
            missing=tuple(missing for answer in answers for missing in answer.missing),
            unreadable=tuple(one for answer in answers for one in answer.unreadable),
        )

    def _read(self, ids: Sequence[str]) -> ReadAnswer:
        answer = self._client.json("POST", _BATCH_READ, _RawRead, body={"ids": list(ids)})
        items, unreadable = _read_each(answer.items, "POST", _BATCH_READ)
        return ReadAnswer(items, answer.missing, unreadable)

    def attachment(self, attachment_id: str, into: IO[bytes]) -> bool:
        """Fetch a file; False if it is not there."""
        got = self._client.download(f"/v1/inbox/attachments/{segment(attachment_id)}", into, allow=_GONE)
        return got.status not in _GONE

    def inventory(self, channel_id: str, cursor: str | None) -> InventoryPage:
        """Read a page of the second listing, at most 1,000 rows."""
        asked: dict[str, str | int | None] = {"channel_id": channel_id, "cursor": cursor, "limit": _INVENTORY_PAGE}
        return self._client.json("GET", "/v1/inbox/inventory", InventoryPage, query=asked)

    def changes_head(self) -> str:
        """Take the cursor after the newest change."""
        return self._client.json("GET", "/v1/inbox/changes/head", _Head).cursor

    def changes(self, cursor: str) -> ChangesPage:
        """Read the changes after a cursor, at most 1,000."""
        asked: dict[str, str | int | None] = {"cursor": cursor, "limit": _CHANGES_PAGE}
        return self._client.json("GET", "/v1/inbox/changes", ChangesPage, query=asked)

    def release(self, channel_id: str, releases: Sequence[Release]) -> list[ReleaseOutcome]:
        """Let up to 100 conversations go; each answers for itself."""
        body = {"channel_id": channel_id, "items": list(releases)}
        answer = self._client.json("POST", "/v1/inbox/conversations/release", _Released, body=body)
        return list(answer.results)


def _read_each(
    raws: Sequence[msgspec.Raw], method: str, path: str
) -> tuple[tuple[Conversation, ...], tuple[Unreadable, ...]]:
    """Decode conversations one by one: a single one in an odd form must not hold up its neighbours (X-08)."""
    items: list[Conversation] = []
    unreadable: list[Unreadable] = []
    for raw in raws:
        try:
            items.append(_conversations.decode(raw))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            known = decoded(raw, _Known, method, path)
            unreadable.append(Unreadable(known.id, known.version, where(error)))
    return tuple(items), tuple(unreadable)
