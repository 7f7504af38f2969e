"""Connect an account's platform with a stack: its secrets, and the record that says how it is reached."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from deskshift.model.account import Connection
from deskshift.model.errors import UnknownAccount
from deskshift.model.zuora_connection import ZuoraConnection, ZuoraTenant
from deskshift.store.connections import Connections

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


ROTATION = timedelta(days=1)
"""How long a replaced webhook secret still counts."""


@dataclass(frozen=True)
class Target:
    """The stack that the account is connected with; `http_url` is its HTTP API's address."""

    stack: str
    region: str
    connections_table: str
    http_url: str
    vault: "SecretsManagerClient"


@dataclass(frozen=True)
class Platform:
    """How the account's platform is reached; times in seconds."""

    base_url: str
    requests_per_second: float
    connect_timeout: float = 3.0
    read_timeout: float = 30.0


@dataclass(frozen=True, repr=False)
class Credentials:
    """The access token, and the secret that webhooks are signed with; never printed."""

    token: str
    webhook_secret: str


def reach(target: Target, account_id: str, platform: Platform) -> Connection:
    """Change how a connected account's platform is reached; its secrets stay as they are.

    Raises:
        UnknownAccount: the account is not connected.
    """
    connections = Connections(target.connections_table, target.region)
    changed = msgspec.structs.replace(
        connections.get(account_id),
        base_url=platform.base_url.rstrip("/"),
        requests_per_second=platform.requests_per_second,
        connect_timeout=platform.connect_timeout,
        read_timeout=platform.read_timeout,
    )
    connections.put(changed)
    return changed


def connect(target: Target, account_id: str, platform: Platform, credentials: Credentials, now: datetime) -> Connection:
    """Record an account's connection, or renew it.

    The secrets are stored before the record that names them. When the webhook secret changes, the one before counts for
    one day more, so that no delivery is lost while the platform changes over; the webhook's path stays the same.
    """
    known, prefix = _known(target, account_id), _prefix(target, account_id)
    connection = Connection(
        account_id=account_id,
        platform="platform",
        base_url=platform.base_url.rstrip("/"),
        secret_arn=_store(target.vault, f"{prefix}/api", credentials.token),
        webhook_secret_arn=_store_signing(target.vault, f"{prefix}/webhook", credentials.webhook_secret, now),
        webhook_path=(path := known.webhook_path if known else secrets.token_hex(16)),
        webhook_url=f"{target.http_url.rstrip('/')}/webhooks/{path}",
        requests_per_second=platform.requests_per_second,
        connect_timeout=platform.connect_timeout,
        read_timeout=platform.read_timeout,
    )
    Connections(target.connections_table, target.region).put(connection)
    return connection


def connect_billing(target: Target, account_id: str, tenant: ZuoraTenant, credentials: str | None) -> ZuoraConnection:
    """Record that an account is billed in a Zuora tenant, or change what is known of it.

    Args:
        target: the stack.
        account_id: the account.
        tenant: its billing accounts, and how they are reached.
        credentials: the OAuth client's, as JSON; None leaves those that are stored.

    Raises:
        UnknownAccount: none are stored.
    """
    connections = Connections(target.connections_table, target.region)
    known = connections.billing(account_id)
    if credentials is not None:
        secret_arn = _store(target.vault, f"{_prefix(target, account_id)}/billing", credentials)
    elif known is not None:
        secret_arn = known.secret_arn
    else:
        raise UnknownAccount(account_id)
    connection = ZuoraConnection(account_id=account_id, secret_arn=secret_arn, tenant=tenant)
    connections.put_billing(connection)
    return connection


def _prefix(target: Target, account_id: str) -> str:
    """Begin a secret's name; an id may have a colon, a name may not, and a plus sign is in no id."""
    return f"{target.stack}/connections/{account_id.replace(':', '+')}"


def _known(target: Target, account_id: str) -> Connection | None:
    try:
        return Connections(target.connections_table, target.region).get(account_id)
    except UnknownAccount:
        return None


def _store(vault: "SecretsManagerClient", name: str, value: str) -> str:
    try:
        return vault.create_secret(Name=name, SecretString=value)["ARN"]
    except vault.exceptions.ResourceExistsException:
        return vault.put_secret_value(SecretId=name, SecretString=value)["ARN"]


def _store_signing(vault: "SecretsManagerClient", name: str, secret: str, now: datetime) -> str:
    kept: dict[str, str | None] = {"previous": None, "previous_until": None}
    try:
        held = json.loads(vault.get_secret_value(SecretId=name)["SecretString"])
    except vault.exceptions.ResourceNotFoundException:
        pass
    else:
        if held["current"] == secret:
            kept = {"previous": held["previous"], "previous_until": held["previous_until"]}
        else:
            kept = {"previous": held["current"], "previous_until": (now + ROTATION).isoformat(timespec="seconds")}
    return _store(vault, name, json.dumps({"current": secret, **kept}))
