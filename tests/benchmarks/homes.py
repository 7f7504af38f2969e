"""How long a new conversation has no home while its channel moves.

Somebody writes to the channel all the time, from before the move until after its end. Each new conversation is looked
for at once, as an agent: in the inbox, then in the help desk, until it is seen in either. What counts is the longest
time between its birth and that; a conversation that the first look finds was never without a home.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import urllib3

from tests.benchmarks.table import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.accounts import Bench, Seeded

_EVERY_SECONDS = 0.02
_GIVE_UP_SECONDS = 60.0


@dataclass
class Watched:
    """What the prober saw; times in seconds."""

    born: list[str] = field(default_factory=list)
    not_at_once: int = 0
    longest: float = 0.0
    """The longest time in which one was looked for in vain; 0 if each was there at the first look."""
    places: set[str] = field(default_factory=set)
    lost: int = 0
    """How many are not in the help desk after the move."""


class Prober:
    """Creates conversations and looks for them, in a thread of its own, until `stop`."""

    def __init__(self, bench: Bench, account: Seeded) -> None:
        self._bench = bench
        self._account = account
        self._http = urllib3.PoolManager(maxsize=1, retries=False, timeout=30)
        self._headers = {"authorization": f"Bearer {account.token}", "content-type": "application/json"}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="prober")
        self._failure: Exception | None = None
        self.watched = Watched()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> Watched:
        """End, and say what was seen."""
        self._stop.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure
        self.watched.lost = sum(1 for one in self.watched.born if self._seen(one) != "help_desk")
        return self.watched

    def _run(self) -> None:
        try:
            while not self._stop.wait(_EVERY_SECONDS):
                self._one()
        except Exception as error:  # noqa: BLE001 - raised by `stop`, in the thread that waits for it
            self._failure = error

    def _one(self) -> None:
        born = self._bench.sandbox.live(self._account.id, "new_conversation", channel_id=self._account.channel_id)
        conversation_id, since = str(born["conversation"]["id"]), time.perf_counter()
        self.watched.born.append(conversation_id)
        where = self._seen(conversation_id)
        if where is None:
            self.watched.not_at_once += 1
            while where is None and time.perf_counter() - since < _GIVE_UP_SECONDS:
                where = self._seen(conversation_id)
            self.watched.longest = max(self.watched.longest, time.perf_counter() - since)
        self.watched.places.add(where or "nowhere")

    def _seen(self, conversation_id: str) -> str | None:
        url, agent = self._bench.sandbox.api_url, self._account.requested_by
        asked = json.dumps({"ids": [conversation_id]}).encode()
        answer = self._http.request("POST", f"{url}/inbox/conversations/batch_read", body=asked, headers=self._headers)
        if any(item["moved_to"] is None for item in answer.json()["items"]):
            return "inbox"
        answer = self._http.request(
            "GET", f"{url}/help_desk/conversations/{conversation_id}?as_agent={agent}", headers=self._headers
        )
        return "help_desk" if answer.status == 200 else None


def measure(bench: Bench, sizes: Sequence[int]) -> list[Line]:
    """Watch a move of each size."""
    found = {size: _watched(bench, size) for size in sizes}
    lines = [
        Line(
            f"longest time without a home, {size:,} conversations",
            f"{watched.longest * 1000:.0f} ms; {len(watched.born):,} born, {watched.not_at_once} not seen at the first "
            f"look, {watched.lost} not in the help desk in the end",
            "0 ms, 0 lost",
            # Some must be born on either side, or the move was not watched through.
            watched.longest == 0 and not watched.lost and watched.places == {"inbox", "help_desk"},
        )
        for size, watched in found.items()
    ]
    longest = [watched.longest for watched in found.values()]
    return [
        *lines,
        Line("the same at every size", "yes" if len(set(longest)) == 1 else "no", "equal", len(set(longest)) == 1),
    ]


def _watched(bench: Bench, conversations: int) -> Watched:
    account = bench.seeded(conversations)
    prober = Prober(bench, account)
    prober.start()
    try:
        bench.move(account)
    finally:
        watched = prober.stop()
    bench.forget(account)
    return watched
