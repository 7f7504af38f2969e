"""The inbox by the platform contract."""

from collections.abc import Sequence
from http import HTTPStatus

import msgspec

from deskshift.connectors.halving import in_halves
from deskshift.connectors.http import VendorClient, segment
from deskshift.connectors.ports import Offers
from deskshift.model.errors import VendorRefused
from deskshift.model.listing import ChangesPage, ConversationPage, InventoryPage, Query, ReadAnswer
from deskshift.model.writing import Release, ReleaseOutcome

OFFERS = Offers(orders_by_version=True, releases=True, content_digests=True, batch=100)
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_INVENTORY_PAGE = 1000
_CHANGES_PAGE = 1000


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
            return self._client.json("GET", "/v1/inbox/conversations", ConversationPage, query=asked)
        except VendorRefused as refused:
            if refused.vendor_code == "paging_limit":
                return None
            raise

    def read(self, ids: Sequence[str]) -> ReadAnswer:
        """Read up to 100 conversations as they are now; this read never lags."""
        answers = in_halves(ids, self._read)
        return ReadAnswer(
            items=tuple(item for answer in answers for item in answer.items),
            missing=tuple(missing for answer in answers for missing in answer.missing),
        )

    def _read(self, ids: Sequence[str]) -> ReadAnswer:
        return self._client.json("POST", "/v1/inbox/conversations/batch_read", ReadAnswer, body={"ids": list(ids)})

    def attachment(self, attachment_id: str) -> bytes | None:
        """Fetch a file; None if it is not there."""
        path = f"/v1/inbox/attachments/{segment(attachment_id)}"
        got = self._client.call("GET", path, headers={"accept": "*/*"}, allow=_GONE)
        return None if got.status in _GONE else got.body

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
