"""Go through the second, independent listing of what is not released (X-04)."""

from collections.abc import Iterator

from deskshift.connectors.ports import Inbox
from deskshift.model.errors import ListingIncomplete
from deskshift.model.listing import InventoryRow


def inventory(inbox: Inbox, channel_id: str) -> Iterator[InventoryRow]:
    """Read all rows of a channel, page by page.

    Raises:
        ListingIncomplete: at the end, if the rows are not as many as the listing's own total says.
    """
    seen = 0
    cursor = None
    while True:
        page = inbox.inventory(channel_id, cursor)
        yield from page.items
        seen += len(page.items)
        cursor = page.next_cursor
        if cursor is None:
            break
    if seen != page.total:
        raise ListingIncomplete(seen, page.total)
