"""In which order a channel's history is listed, and how a listing goes on past a paging limit."""

from deskshift.model.conversation import Status
from deskshift.model.errors import PagingLimitReached
from deskshift.model.listing import ConversationPage, Query, Window
from deskshift.model.move import ListingState

SWEEPS: tuple[tuple[Status, bool], ...] = (("open", False), ("open", True), ("closed", False), ("closed", True))
"""Open conversations first (X-13); archived ones have a listing of their own on every platform (X-04)."""


def query(state: ListingState, channel_id: str) -> Query:
    """Say which page comes next."""
    status, archived = SWEEPS[state.sweep]
    return Query(
        channel_id=channel_id,
        status=status,
        archived=archived,
        window=state.window,
        cursor=state.cursor,
        limit=state.limit,
    )


def advanced(state: ListingState, page: ConversationPage, parts: int) -> ListingState:
    """Go on after a page whose conversations were written into `parts` parts."""
    last = Window(page.items[-1].started_at, page.items[-1].id) if page.items else state.last
    ended = page.next_cursor is None
    sweep = state.sweep + 1 if ended else state.sweep
    return ListingState(
        sweep=sweep,
        cursor=page.next_cursor,
        window=None if ended else state.window,
        last=None if ended else last,
        limit=state.limit,
        parts=state.parts + parts,
        listed=state.listed + len(page.items),
        finished=sweep == len(SWEEPS),
    )


def narrowed(state: ListingState, channel_id: str) -> ListingState:
    """Begin a new window after the last item that was seen: a paging limit never ends a listing early (X-05).

    Raises:
        PagingLimitReached: nothing was seen in this window, so no narrower one exists.
    """
    if state.last is None or state.last == state.window:
        raise PagingLimitReached(channel_id)
    return ListingState(
        sweep=state.sweep,
        window=state.last,
        last=state.last,
        limit=state.limit,
        parts=state.parts,
        listed=state.listed,
    )


def smaller_pages(state: ListingState) -> ListingState | None:
    """Ask for half as many at once after an answer that was too large; None if one alone is too large."""
    if state.limit == 1:
        return None
    return ListingState(
        sweep=state.sweep,
        cursor=state.cursor,
        window=state.window,
        last=state.last,
        limit=state.limit // 2,
        parts=state.parts,
        listed=state.listed,
    )
