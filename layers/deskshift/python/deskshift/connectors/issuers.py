"""Choose the adapter of an account's issuer by its record: the one place that knows every kind there is."""

from collections.abc import Callable
from datetime import datetime

import urllib3

from deskshift.connectors.platform.tokens import PlatformTokenIssuer
from deskshift.connectors.tokens.opening import IssuerClients
from deskshift.connectors.tokens.ports import TokenIssuer
from deskshift.model.account import Connection
from deskshift.model.token_issuers import (
    ChatIssues,
    HubSpotIssues,
    IssuedBy,
    PlatformIssues,
    Reach,
    SupportIssues,
    VendorIssues,
)


def reach_of(issued_by: IssuedBy, connected: Callable[[], Connection]) -> Reach:
    """Give how an account's issuer is reached.

    Args:
        issued_by: which issuer it is.
        connected: reads the account's connection with its platform; only asked where that is the issuer.
    """
    if not isinstance(issued_by, PlatformIssues):
        return issued_by
    connection = connected()
    return Reach(
        base_url=connection.base_url,
        requests_per_second=connection.requests_per_second,
        connect_timeout=connection.connect_timeout,
        read_timeout=connection.read_timeout,
        secret_arn=connection.secret_arn,
    )


def timeout_of(reach: Reach) -> urllib3.Timeout:
    """Give the timeouts of a call."""
    return urllib3.Timeout(connect=reach.connect_timeout, read=reach.read_timeout)


def token_issuer(
    account_id: str, issued_by: IssuedBy, reach: Reach, clients: IssuerClients, now: Callable[[], datetime]
) -> TokenIssuer:
    """Build the adapter that the record names.

    Args:
        account_id: whose tokens it issues.
        issued_by: which issuer it is.
        reach: how it is reached, as of `reach_of`.
        clients: call it.
        now: gives the time.
    """
    if isinstance(issued_by, PlatformIssues):
        return PlatformTokenIssuer(clients, reach.base_url, account_id)
    return _vendors(issued_by, clients, now)


def _vendors(issued_by: VendorIssues, clients: IssuerClients, now: Callable[[], datetime]) -> TokenIssuer:
    # Only accounts that have such an issuer load what it takes: a function's cold start is everybody's.
    match issued_by:
        case SupportIssues():
            from deskshift.connectors.zendesk.support_tokens import SupportTokens  # noqa: PLC0415 - as said above

            return SupportTokens(clients, issued_by.base_url, now, dict(issued_by.starts))
        case ChatIssues():
            from deskshift.connectors.zendesk.chat_tokens import ChatTokens  # noqa: PLC0415 - as said above

            return ChatTokens(clients, issued_by, now)
        case HubSpotIssues():
            from deskshift.connectors.hubspot.tokens import HubSpotTokens  # noqa: PLC0415 - as said above

            return HubSpotTokens(clients.bare, issued_by, now)
