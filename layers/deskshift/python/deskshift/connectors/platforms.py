"""Open the platform of an account by its connection record."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import urllib3

from deskshift.connectors.billing.ports import BillingSystem
from deskshift.connectors.http import VendorClient
from deskshift.connectors.observer import CallsObserver
from deskshift.connectors.pace import Pace
from deskshift.connectors.platform.billing import PlatformBilling
from deskshift.connectors.platform.directory import PlatformDirectory
from deskshift.connectors.platform.help_desk import PlatformHelpDesk
from deskshift.connectors.platform.inbox import PlatformInbox
from deskshift.connectors.platform.notices import PlatformNotices
from deskshift.connectors.ports import Directory, HelpDesk, Inbox, Notices, Platform, Switchboard
from deskshift.model.account import Connection
from deskshift.model.errors import InvalidField


@dataclass(frozen=True)
class ContractPlatform:
    """All ports of a platform that serves the contract."""

    directory: Directory
    inbox: Inbox
    help_desk: HelpDesk
    switchboard: Switchboard
    notices: Notices


def open_platform(  # noqa: PLR0913 - what a client is made of
    connection: Connection,
    token: str,
    per_second: float,
    *,
    calls: CallsObserver,
    correlation: Callable[[], str | None],
    sleep: Callable[[float], None] = time.sleep,
) -> Platform:
    """Build the adapter that the connection names.

    Args:
        connection: how to reach the platform.
        token: the account's access token.
        per_second: this worker's share of the platform's budget.
        calls: hears of each call.
        correlation: gives the id of what is worked on now; each call bears it.
        sleep: waits so many seconds.

    Raises:
        InvalidField: the connection names a platform that deskshift has no adapter for.
    """
    client = _client(connection, token, per_second, calls=calls, correlation=correlation, sleep=sleep)
    directory = PlatformDirectory(client)
    return ContractPlatform(
        directory=directory,
        inbox=PlatformInbox(client),
        help_desk=PlatformHelpDesk(client),
        switchboard=directory,
        notices=PlatformNotices(client),
    )


def open_billing(  # noqa: PLR0913 - what a client is made of
    connection: Connection,
    token: str,
    per_second: float,
    *,
    calls: CallsObserver,
    correlation: Callable[[], str | None],
    sleep: Callable[[float], None] = time.sleep,
) -> BillingSystem:
    """Build the adapter of the connection's billing system; the arguments are those of `open_platform`.

    Raises:
        InvalidField: the connection names a platform that deskshift has no adapter for.
    """
    return PlatformBilling(_client(connection, token, per_second, calls=calls, correlation=correlation, sleep=sleep))


def _client(  # noqa: PLR0913 - what a client is made of
    connection: Connection,
    token: str,
    per_second: float,
    *,
    calls: CallsObserver,
    correlation: Callable[[], str | None],
    sleep: Callable[[float], None],
) -> VendorClient:
    if connection.platform != "platform":
        raise InvalidField("connection.platform", repr(connection.platform), "'platform'")
    pace = Pace(per_second, time.monotonic, sleep)
    timeout = urllib3.Timeout(connect=connection.connect_timeout, read=connection.read_timeout)
    return VendorClient(connection.base_url, token, pace, timeout, sleep, calls=calls, correlation=correlation)
