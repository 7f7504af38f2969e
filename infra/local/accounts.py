"""Connect an account of the vendor sandbox with the local stack, as an operator would connect one in AWS."""

import base64
import secrets
from datetime import UTC, datetime

from deskshift.model.account import Connection
from deskshift.model.token_issuers import PlatformIssues
from infra import connections
from infra.local.sandbox.client import Sandbox
from infra.local.sandbox.export import AccountExport
from infra.local.stack import LocalStack

REQUESTS_PER_SECOND = 2000.0
CONNECT_SECONDS = 1.0
READ_SECONDS = 2.0


def new_token() -> str:
    """Make an access token for the platform's API."""
    return secrets.token_urlsafe(24)


def new_webhook_secret() -> str:
    """Make a signing secret in the form of Standard Webhooks."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"


def connect(  # noqa: PLR0913 - what a connection record says
    stack: LocalStack,
    account_id: str,
    base_url: str,
    *,
    token: str,
    webhook_secret: str,
    requests_per_second: float = REQUESTS_PER_SECOND,
    read_seconds: float = READ_SECONDS,
) -> Connection:
    """Store the account's secrets and its connection record in the stack.

    Args:
        stack: a deployed local stack.
        account_id: the account.
        base_url: the platform's address, without the contract's /v1.
        token: the account's access token.
        webhook_secret: what the platform signs its webhooks with.
        requests_per_second: the account's whole budget on the platform.
        read_seconds: how long an answer may take.
    """
    platform = connections.Platform(base_url, requests_per_second, CONNECT_SECONDS, read_seconds)
    credentials = connections.Credentials(token, webhook_secret)
    return connections.connect(target_of(stack), account_id, platform, credentials, datetime.now(UTC))


def connect_issuer(stack: LocalStack, sandbox: Sandbox, export: AccountExport) -> dict[str, str]:
    """Record the issuer of a connected account, and entrust every client that has deskshift's callback registered.

    Returns:
        The secret of each entrusted client, as its integration has it too; public clients have none.
    """
    account_id = str(export.account["id"])
    callback = f"{stack.http_url}/oauth/{account_id}/callback"
    clients = () if export.oauth is None else export.oauth.clients
    confidential = {client.id for client in clients if client.confidential}
    ours = [
        integration["client_id"]
        for integration in sandbox.integrations(account_id)
        if callback in integration["redirect_uris"] and integration["client_id"] in confidential
    ]
    entrusted = {client_id: sandbox.entrust(account_id, client_id) for client_id in ours}
    connections.connect_issuer(target_of(stack), account_id, connections.Issuing(PlatformIssues()), entrusted)
    return entrusted


def target_of(stack: LocalStack) -> connections.Target:
    """Say where the records and secrets of a local stack are."""
    return connections.Target(
        stack=stack.name,
        region=stack.region,
        connections_table=stack.physical_id("ConnectionsTable"),
        http_url=stack.http_url,
        vault=stack.client("secretsmanager"),
    )
