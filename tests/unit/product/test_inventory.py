"""X-04: the second listing is counted against its own totals, also while people write."""

from typing import TYPE_CHECKING, cast

import pytest

from deskshift.app.channel_move.inventory import inventory
from deskshift.model.errors import ListingIncomplete
from deskshift.model.listing import InventoryPage, InventoryRow

if TYPE_CHECKING:
    from deskshift.connectors.ports import Inbox


class Listing:
    """Gives pages of so many rows, each with the total that it says."""

    def __init__(self, *pages: tuple[int, int]) -> None:
        self.pages = pages

    def inventory(self, channel_id: str, cursor: str | None) -> InventoryPage:
        del channel_id  # there is one channel
        number = int(cursor or 0)
        rows, total = self.pages[number]
        following = str(number + 1) if number + 1 < len(self.pages) else None
        row = InventoryRow("c", 1, "open", False, "2024-07-01T00:00:00.000Z", 0, 0)  # noqa: FBT003 - archived
        return InventoryPage((row,) * rows, following, total)


@pytest.mark.parametrize(
    "pages",
    [
        [(0, 0)],
        [(2, 3), (1, 3)],
        pytest.param([(2, 3), (1, 4)], id="one that came is not listed"),
        pytest.param([(2, 3), (2, 4)], id="one that came is listed"),
        pytest.param([(2, 3), (1, 2)], id="one that went was listed"),
    ],
)
def test_a_listing_that_fits_its_totals_is_whole(pages: list[tuple[int, int]]) -> None:
    assert len(list(inventory(cast("Inbox", Listing(*pages)), "chat"))) == sum(rows for rows, _ in pages)


@pytest.mark.parametrize("pages", [[(2, 3), (0, 3)], [(2, 3), (2, 3)], [(2, 4), (1, 5)], [(3, 2), (1, 3)]])
def test_a_listing_that_passes_over_a_row_is_not(pages: list[tuple[int, int]]) -> None:
    with pytest.raises(ListingIncomplete):
        list(inventory(cast("Inbox", Listing(*pages)), "chat"))
