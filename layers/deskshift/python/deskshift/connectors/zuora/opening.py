"""Open a Zuora tenant by its connection and its client's credentials."""

import time
from collections.abc import Callable

import msgspec
import urllib3

from deskshift.connectors.http import VendorClient
from deskshift.connectors.observer import CallsObserver
from deskshift.connectors.pace import Pace
from deskshift.connectors.zuora.client import VERSION, ZuoraClient
from deskshift.connectors.zuora.oauth import Tokens


class ZuoraCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """An OAuth client of the tenant; prints its id alone."""

    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        return f"ZuoraCredentials({self.client_id!r})"


def open_zuora(  # noqa: PLR0913 - what a client is made of
    base_url: str,
    timeout: urllib3.Timeout,
    credentials: ZuoraCredentials,
    per_second: float,
    *,
    calls: CallsObserver,
    correlation: Callable[[], str | None],
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> ZuoraClient:
    """Build the client of a tenant; it asks for a token with its first call.

    Args:
        base_url: the tenant's REST endpoint without a path.
        timeout: connect and read timeouts.
        credentials: of the OAuth client.
        per_second: this worker's share of the tenant's budget.
        calls: hears of each call.
        correlation: gives the id of what is worked on now; each call bears it.
        sleep: waits so many seconds.
        clock: seconds that only rise.
    """
    pace = Pace(per_second, clock, sleep)
    bare = VendorClient(base_url, None, pace, timeout, sleep, calls=calls, correlation=correlation)
    tokens = Tokens(bare, credentials.client_id, credentials.client_secret, clock)
    bearing = VendorClient(
        base_url,
        tokens.bearer,
        pace,
        timeout,
        sleep,
        headers={"zuora-version": VERSION},
        calls=calls,
        correlation=correlation,
    )
    return ZuoraClient(bearing, tokens)
