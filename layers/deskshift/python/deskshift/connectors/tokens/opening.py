"""Open the clients that an issuer is called through."""

import time
from collections.abc import Callable

import msgspec
import urllib3

from deskshift.connectors.http import Token, VendorClient
from deskshift.connectors.observer import CallsObserver
from deskshift.connectors.pace import Pace


class IssuerClients(msgspec.Struct, frozen=True):
    """Two clients that share one pace: `own` bears deskshift's token, `bare` none.

    What is done with an integration's credentials goes through `bare`, so that no call bears both.
    """

    own: VendorClient
    bare: VendorClient


def open_issuer(  # noqa: PLR0913 - what a client is made of
    base_url: str,
    token: Token,
    per_second: float,
    timeout: urllib3.Timeout,
    *,
    calls: CallsObserver,
    correlation: Callable[[], str | None],
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> IssuerClients:
    """Build both.

    Args:
        base_url: the issuer's address without a slash at its end.
        token: deskshift's own, an administrator's; None where the issuer has no call that needs one.
        per_second: this worker's share of the issuer's budget.
        timeout: connect and read timeouts.
        calls: hears of each call.
        correlation: gives the id of what is worked on now; each call bears it.
        sleep: waits so many seconds.
        clock: seconds that only rise.
    """
    pace = Pace(per_second, clock, sleep)
    own, bare = (
        VendorClient(base_url, one, pace, timeout, sleep, calls=calls, correlation=correlation, codes=False)
        for one in (token, None)
    )
    return IssuerClients(own, bare)
