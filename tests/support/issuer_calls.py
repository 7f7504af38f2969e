"""How the tests call an issuer's adapter: a clock of their own, and all that a run leaves behind, searched."""

import logging
import traceback
from collections.abc import Callable

import pytest
import urllib3

from deskshift.connectors.observer import Unobserved
from deskshift.connectors.tokens.opening import IssuerClients, open_issuer
from deskshift.model.errors import DeskshiftError
from tests.support.issuer_server import Issuer
from tests.support.passing_clock import Clock

CANARY = "canary"
"""What every secret of the tests has in it."""


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
