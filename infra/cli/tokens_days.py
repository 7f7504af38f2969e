"""The days of a local reissue: both clocks stand at one of them, and what the schedule would do is done."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from infra.local.clock import set_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deskshift.domain.tokens.policy import TokensPolicy
    from infra.cli.tokens_integrations import Integrations
    from infra.cli.tokens_people import People
    from infra.local.sandbox.client import Sandbox
    from infra.local.stack import LocalStack

LATER = timedelta(minutes=10)
"""So long after a limit it has passed by whichever clock: they may be five minutes apart."""
DRAIN_SECONDS = 1800.0


@dataclass(frozen=True)
class Played:
    """Who has a part in it: an account, the people who are invited in it, and the integrations that use its tokens."""

    account_id: str
    people: People
    integrations: Integrations


class Days:
    """An account's reissue, day by day from the invitation on.

    Args:
        stack: a deployed local stack.
        sandbox: whose issuer's clock goes with it.
        played: the account, who is invited in it, and who uses its tokens.
        start: the present time when it begins.
    """

    def __init__(self, stack: LocalStack, sandbox: Sandbox, played: Played, start: datetime) -> None:
        self._stack = stack
        self._sandbox = sandbox
        self._account_id = played.account_id
        self._people = played.people
        self._integrations = played.integrations
        self._start = start

    @contextmanager
    def at(self, after: timedelta) -> Iterator[None]:
        """Let it be so long after the beginning."""
        self._sandbox.set_options(self._account_id, issuer_ahead_seconds=after.total_seconds())
        with set_to(self._start + after):
            yield

    def pass_by(self, after: timedelta) -> None:
        """Let people and integrations do what they do then, and the scheduled functions what follows."""
        with self.at(after):
            self._run("remind_pending")
            self._people.answer_letters()
            # deskshift sees a new token when it looks; a brokered one waits then, and a used one is seen as used.
            for _ in range(2):
                self._integrations.work()
                self._run("watch_grants")
            self._run("retire_tokens")

    def after(self, policy: TokensPolicy, day: timedelta, until: str | None) -> list[timedelta]:
        """Name the moments at which something may be due after an operator did something on a day."""
        extended = [] if until is None else [datetime.fromisoformat(until) - self._start + LATER]
        return sorted([*stops(policy, timedelta(0), day), *extended])

    def _run(self, function: str) -> None:
        self._stack.invoke(function, {})
        self._stack.drain(DRAIN_SECONDS)


def stops(policy: TokensPolicy, *since: timedelta) -> list[timedelta]:
    """Name the moments at which something may be due after each of these: reminders, and the ends of both windows."""
    window, deadline = timedelta(hours=policy.commit_window_hours), timedelta(days=policy.deadline_days)
    offsets = [timedelta(0), window, *(timedelta(days=day) for day in policy.reminder_days), deadline]
    found = {begun + offset + (LATER if offset else timedelta(0)) for begun in since for offset in offsets}
    return sorted(found)
