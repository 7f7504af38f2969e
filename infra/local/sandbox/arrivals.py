"""Live events during a move, triggered by the calls that are made: exactly as many as asked for, the same for a seed.

At least one event happens in every gap between the phases that can be seen from outside (:data:`GAPS`, as far as the
count reaches); the rest is spread evenly over listing, importing, reading back and releasing. What has not happened
when the channel leaves the inbox happens when the banner is taken down, and at the end.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from infra.local.sandbox.people import Changed, Event, NewConversation, NewMessage, happen, is_there
from infra.local.sandbox.records import Author, InboxConversation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from infra.local.sandbox.account import Account, Progress

GAPS = (
    "banner_up",
    "help_desk_channel",
    "switched",
    "listing_begun",
    "listing_half",
    "import_begun",
    "import_half",
    "changes_read",
    "inventory_read",
    "read_back",
    "release_begun",
    "release_half",
    "channel_removed",
    "banner_down",
    "ended",
)
TARGETS = ("new", "not_listed", "being_copied", "copied", "closed", "archived", "empty", "released")
_BY_AGENT = 5  # every fifth message is an agent's
_STEPS = {
    ("PUT", "/v1/notices/banner"): "banner_up",
    ("PUT", "/v1/help_desk/channels/{id}"): "help_desk_channel",
    ("POST", "/v1/inbox/channels/{id}/switch"): "switched",
    ("DELETE", "/v1/inbox/channels/{id}"): "channel_removed",
    ("DELETE", "/v1/notices/banner"): "banner_down",
}
_AFTER_IMPORT = {
    ("GET", "/v1/inbox/changes"): "changes_read",
    ("GET", "/v1/inbox/inventory"): "inventory_read",
    ("POST", "/v1/help_desk/conversations/batch_read"): "read_back",
}


@dataclass(slots=True)
class Arrivals:
    """The events that are still to come for one channel."""

    account: Account
    channel_id: str
    count: int
    seed: int = 1
    _total: int = field(init=False)
    _random: random.Random = field(init=False)
    _reached: set[str] = field(default_factory=set)
    _fired: int = 0
    _fired_between: int = 0
    _born: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        inbox = self.account.inbox
        self._total = max(1, len(inbox.by_id.get(self.channel_id, [])))
        self._random = random.Random(self.seed)  # noqa: S311 - a schedule, no secret

    @property
    def left(self) -> int:
        """Return how many events have not happened."""
        return self.count - self._fired

    def after_call(self, method: str, path: str) -> list[int]:
        """Let happen what is due after a call that was carried out; return the events' numbers."""
        due = 0
        for gap in self._gaps_of(method, path):
            if gap not in self._reached:
                self._reached.add(gap)
                due += gap in GAPS[: self.count]
        if "banner_down" in self._reached and self._is_step(method, path, "banner_down"):
            due = max(due, self.left - 1) if self.count >= len(GAPS) else max(due, (self.left + 1) // 2)
        elif "channel_removed" not in self._reached:
            between = int(max(0, self.count - len(GAPS)) * self._fraction())
            due += max(0, between - self._fired_between)
            self._fired_between = max(self._fired_between, between)
        copying = method == "POST" and path == "/v1/help_desk/imports"
        return [self._fire(copying=copying) for _ in range(min(due, self.left))]

    def finish(self) -> list[int]:
        """Let everything happen that has not; return the events' numbers."""
        return [self._fire(copying=False) for _ in range(self.left)]

    def _is_step(self, method: str, path: str, gap: str) -> bool:
        return _STEPS.get((method, path)) == gap

    def _gaps_of(self, method: str, path: str) -> list[str]:
        """Return the gaps that a call may open, in order."""
        progress, half = self.account.progress, self._total / 2
        steps = [_STEPS[method, path]] if (method, path) in _STEPS else []
        if (method, path) == ("GET", "/v1/inbox/conversations"):
            steps.append("listing_begun")
            if len(progress.listed) >= half:
                steps.append("listing_half")
        if progress.imported:
            steps.append("import_begun")
            if len(progress.imported) >= half:
                steps.append("import_half")
            if (method, path) in _AFTER_IMPORT:
                steps.append(_AFTER_IMPORT[method, path])
        if progress.released:
            steps.append("release_begun")
            if len(progress.released) >= half:
                steps.append("release_half")
        return steps

    def _fraction(self) -> float:
        """Return how much of the work on the channel's conversations is done, 0 to 1."""
        progress = self.account.progress
        sets = (progress.listed, progress.imported, progress.verified, progress.released)
        return sum(min(1.0, len(each) / self._total) for each in sets) / len(sets)

    def _fire(self, *, copying: bool) -> int:
        number = self._fired
        self._fired += 1
        told = happen(self.account, self._event(number, copying=copying))
        if "conversation" in told:
            self._born.append(told["conversation"]["id"])
        return int(told["n"])

    def _event(self, number: int, *, copying: bool) -> Event:
        """Choose target and kind in turn; where nothing is such a target now, the next kind of target is taken."""
        for offset in range(len(TARGETS)):
            target = TARGETS[(number + offset) % len(TARGETS)]
            if target == "new" and (number // len(TARGETS)) % 2 == 0:
                break
            candidates = self._candidates(target, copying=copying)
            if candidates:
                return self._on(self._random.choice(candidates), number)
        return NewConversation(self.channel_id, text=f"Live question {number + 1}: is my order on its way?")

    def _on(self, conversation_id: str, number: int) -> Event:
        # Twice the round, so that a target meets every kind in turn, not the same one in each round.
        kind = (number + 2 * (number // len(TARGETS))) % 3
        if kind == 0:
            text = f"Live message {number + 1}: thank you, and one more thing."
            agents = sorted(self.account.agents)
            by_agent = bool(agents) and number % _BY_AGENT == 0
            author = Author("agent", self._random.choice(agents)) if by_agent else None
            return NewMessage(conversation_id, text, author)
        if kind == 1:
            return Changed(conversation_id, {"status": "closed" if number % 2 else "open"})
        return Changed(conversation_id, {"owner_id": self._random.choice([None, *sorted(self.account.agents)])})

    def _candidates(self, target: str, *, copying: bool) -> list[str]:
        """Return the ids of the channel's conversations that are such a target now, sorted."""
        progress = self.account.progress
        if target == "being_copied":
            return self._there(set(progress.importing) - progress.released) if copying else []
        if target == "released":
            return self._there(progress.released)
        if target == "new":
            return self._there(self._born)
        test = _IN_INBOX[target]
        inbox = self.account.inbox
        ids = inbox.by_id.get(self.channel_id, [])
        return [identifier for identifier in ids if test(inbox.conversations[identifier], progress)]

    def _there(self, identifiers: Iterable[str]) -> list[str]:
        """Return those that were not deleted meanwhile, sorted."""
        return sorted(identifier for identifier in identifiers if is_there(self.account, identifier))


_IN_INBOX: dict[str, Callable[[InboxConversation, Progress], bool]] = {
    "not_listed": lambda conversation, progress: conversation.id not in progress.listed,
    "copied": lambda conversation, progress: conversation.id in progress.imported,
    "closed": lambda conversation, _: conversation.status == "closed",
    "archived": lambda conversation, _: conversation.archived,
    "empty": lambda conversation, _: not conversation.messages,
}
