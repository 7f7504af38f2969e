"""Where runs happen: one stack, one sandbox, and an account that is made anew for each run, with the same ids."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec

from deskshift.app import clock as app_clock
from deskshift.app import wiring
from deskshift.app.settings import Settings
from deskshift.store import id_map
from deskshift.store.connections import Connections
from infra.local.accounts import connect, new_token, new_webhook_secret
from infra.local.sandbox.client import Sandbox
from infra.local.stack import LocalStack
from tests.faults.reset import reset
from tests.support.moves import Account

NOBODY = "http://127.0.0.1:9/webhooks/nobody"
"""Webhooks are lost here, for their threads would come in at any time; schedules deliver what they say themselves."""
DRAIN_SECONDS = 180.0
_runs = itertools.count(1)


@dataclass
class Clock:
    """The functions' clock, which can be put forward."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        """Give the present time."""
        return datetime.now(UTC) + self.ahead


@dataclass
class Ground:
    """A stack with its sandbox."""

    stack: LocalStack
    sandbox: Sandbox
    folder: Path
    clock: Clock = field(default_factory=Clock)
    token: str = field(default_factory=new_token)
    webhook_secret: str = field(default_factory=new_webhook_secret)

    def fresh(self, export: Mapping[str, Any], options: Mapping[str, Any] | None = None) -> Account:
        """Empty the stack and seed the account of an export, as if nothing had ever happened to it."""
        self.stack.drain(DRAIN_SECONDS)
        reset(self.stack)
        self.clock.ahead = timedelta()
        account_id = self.sandbox.add_account(
            export,
            token=self.token,
            webhook_secret=self.webhook_secret,
            options=options,
            deskshift_url=self.stack.http_url,
        )
        connection = connect(
            self.stack, account_id, self.sandbox.url, token=self.token, webhook_secret=self.webhook_secret
        )
        table = self.stack.physical_id("ConnectionsTable")
        Connections(table, self.stack.region).put(msgspec.structs.replace(connection, webhook_url=NOBODY))
        return Account(account_id, self.stack, self.sandbox, connection, self.token, self.webhook_secret)

    def new_folder(self) -> Path:
        """Give a folder that no run has used."""
        made = self.folder / f"run-{next(_runs)}"
        made.mkdir()
        return made


def send_request(
    account: Account, body: Mapping[str, object], queue: str = "ChannelMovesQueue", group: str | None = None
) -> None:
    """Send a request's message, with a deduplication id that no earlier run has used."""
    account.stack.send(queue, dict(body), group_id=group or account.id, dedup_id=f"run-{next(_runs)}")


@contextmanager
def one_after_the_other(clock: Callable[[], datetime]) -> Iterator[None]:
    """Let functions go by this clock, and write to the id map in one thread, so that a run can be repeated exactly."""

    @lru_cache(maxsize=4)
    def with_clock(settings: Settings) -> wiring.Wiring:
        return wiring.Wiring(settings, clock)

    with (
        patch.object(app_clock, "source", clock),
        patch.object(wiring, "_wiring", with_clock),
        patch.object(id_map, "_THREADS", 1),
        patch.object(id_map, "ThreadPoolExecutor", _InThisThread),
    ):
        yield


class _InThisThread:
    """Does at once what it is given.

    A pool with one thread would wait for itself where another function writes to the id map in the middle of a write:
    here they share a process, on Lambda they never do.
    """

    def __init__(self, **_: object) -> None:
        pass

    def submit(self, do: Callable[..., object], *arguments: object) -> "Future[object]":
        """Do it; what it raises is raised here."""
        done: Future[object] = Future()
        done.set_result(do(*arguments))
        return done
