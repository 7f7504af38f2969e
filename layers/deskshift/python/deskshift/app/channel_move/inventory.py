"""Go through the second, independent listing of what is not released (X-04)."""

from collections.abc import Iterator

from deskshift.connectors.ports import Inbox
from deskshift.model.errors import ListingIncomplete
from deskshift.model.listing import InventoryRow


def inventory(inbox: Inbox, channel_id: str) -> Iterator[InventoryRow]:
    """Read all rows of a channel, page by page.

    Each page says how many rows there are in all. While people write, that number changes from page to page, and the
    rows must be at least the fewest and at most the most of what was said; else they are exactly as many as it says.

    Raises:
        ListingIncomplete: at the end, if the rows are not as many as the listing's own totals say.
    """
    seen = 0
    totals: set[int] = set()
    cursor = None
    while True:
        page = inbox.inventory(channel_id, cursor)
        yield from page.items
        seen += len(page.items)
        totals.add(page.total)
        cursor = page.next_cursor
        if cursor is None:
            break
    if not min(totals) <= seen <= max(totals):
        raise ListingIncomplete(seen, page.total)
