"""How the tests call an issuer's adapter: a clock of their own, and all that a run leaves behind, searched."""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import urllib3

from deskshift.connectors.observer import Unobserved
from deskshift.connectors.tokens.opening import IssuerClients, open_issuer
from deskshift.model.errors import DeskshiftError
from tests.support.issuer_server import Issuer

CANARY = "canary"
"""What every secret of the tests has in it."""
NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


@dataclass
class Clock:
    """Time that passes only by sleeping, and when told to."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def instant(self) -> datetime:
        return NOW + timedelta(seconds=self.now - 1000)


def clients(issuer: Issuer, token: str | None, clock: Clock) -> IssuerClients:
    return open_issuer(
        issuer.url,
        token,
        1e9,
        urllib3.Timeout(connect=2, read=2),
        calls=Unobserved(),
        correlation=lambda: None,
        sleep=clock.sleep,
        clock=clock.time,
    )


def left_behind(run: Callable[[], object], caplog: pytest.LogCaptureFixture, *held: object) -> str:
    """Run what fails, and give all that it says: errors with their causes, logs, and what objects print."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(DeskshiftError) as caught:
        run()
    error = caught.value
    every = [error, error.__dict__, error.__cause__, error.__context__, *held, *(vars(one) for one in held)]
    return "".join([*map(repr, every), *map(str, every), *traceback.format_exception(error), caplog.text])
