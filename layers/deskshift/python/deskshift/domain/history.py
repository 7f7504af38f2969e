"""What a channel has in the inbox, counted in one pass of its second listing; nothing of a row is kept."""

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from deskshift.domain.sweeps import SWEEPS
from deskshift.domain.traffic import quiet_hours
from deskshift.model.listing import InventoryRow


class History(msgspec.Struct, frozen=True, kw_only=True):
    """How much there is.

    `sweeps` are the conversations of each pass of the listing, in the order of SWEEPS; `id_bytes` is the length of all
    conversations' ids together; `quiet` are the quiet hours [from, to) in the account's time zone.
    """

    conversations: int = 0
    messages: int = 0
    attachments: int = 0
    id_bytes: int = 0
    sweeps: tuple[int, ...] = ()
    quiet: tuple[int, int] | None = None


def survey(rows: Iterable[InventoryRow], time_zone: str) -> History:
    """Count a channel's rows, however many there are."""
    tally = _Tally()
    begun = tally.passed(rows)
    quiet = quiet_hours(begun, time_zone)
    for _ in begun:
        pass  # Where the time zone is unknown, nobody has read them yet.
    return History(
        conversations=tally.conversations,
        messages=tally.messages,
        attachments=tally.attachments,
        id_bytes=tally.id_bytes,
        sweeps=tuple(tally.sweeps[sweep] for sweep in SWEEPS),
        quiet=quiet,
    )


class _Tally:
    def __init__(self) -> None:
        self.conversations = self.messages = self.attachments = self.id_bytes = 0
        self.sweeps: Counter[tuple[str, bool]] = Counter()

    def passed(self, rows: Iterable[InventoryRow]) -> Iterator[str]:
        """Count rows as they pass, and give when each began."""
        for row in rows:
            self.conversations += 1
            self.messages += row.messages
            self.attachments += row.attachments
            self.id_bytes += len(row.id)
            self.sweeps[row.status, row.archived] += 1
            yield row.started_at
