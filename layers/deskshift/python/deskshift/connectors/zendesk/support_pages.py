"""Zendesk Support's listings, page by page to their end."""

from collections.abc import Iterator

from deskshift.connectors.http import Query, VendorClient, decoded
from deskshift.connectors.tokens.refusals import REFUSALS, judged
from deskshift.connectors.zendesk.support_answers import Page
from deskshift.model.errors import VendorAnswerInvalid

_SIZE = 100
"""The largest page that Zendesk gives."""


def pages(client: VendorClient, path: str, query: Query | None = None) -> Iterator[Page]:
    """Read all pages by their cursors.

    Raises:
        VendorAnswerInvalid: a page does not say whether another follows, or the next one is the one just read: a
            listing that ends too early would lose grants.
    """
    after: str | None = None
    while True:
        asked: dict[str, str | int | None] = {**(query or {}), "page[size]": _SIZE, "page[after]": after}
        got = judged(client.call("GET", path, query=asked, allow=REFUSALS), "GET", path)
        page = decoded(got.body, Page, "GET", path)
        yield page
        if page.meta is None and page.next_page is not None:
            raise VendorAnswerInvalid("GET", path, "meta: missing")
        if page.meta is None or not page.meta.has_more:
            return
        if page.meta.after_cursor in {None, after}:
            raise VendorAnswerInvalid("GET", path, "meta.after_cursor: no other page")
        after = page.meta.after_cursor
