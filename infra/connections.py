"""Connect an account's platform with a stack: its secrets, and the record that says how it is reached."""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from deskshift.model.account import Connection
from deskshift.model.errors import NotEntrusted, UnknownAccount
from deskshift.model.issuer_connection import IssuerConnection
from deskshift.model.token_issuers import IssuedBy, PlatformIssues
from deskshift.model.zuora_connection import ZuoraConnection, ZuoraTenant
from deskshift.store.connections import Connections

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_secretsmanager import SecretsManagerClient


_DIGEST = 20
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


@dataclass(frozen=True, repr=False)
class Issuing:
    """Who issues an account's tokens; the administrator's `token`, if it is a new one, is never printed."""

    issued_by: IssuedBy
    token: str | None = None


def connect_issuer(
    target: Target,
    account_id: str,
    issuing: Issuing,
    entrusted: "Mapping[str, str | None]",
    subdomain: str | None = None,
) -> IssuerConnection:
    """Record how an account's tokens are issued, and which clients are entrusted: these, and no others any more.

    Args:
        target: the stack.
        account_id: the account.
        issuing: who issues them; without a new token the one that its record names stays.
        entrusted: each client's secret; None leaves the one that is stored.
        subdomain: what owners have to add to their integrations' authorize address; None: nothing.

    Raises:
        NotEntrusted: the secret of a client that is to stay as it is, is not stored.
    """
    connections = Connections(target.connections_table, target.region)
    known = known_issuer(connections, account_id)
    stored = {} if known is None else known.entrusted
    for client_id, secret in entrusted.items():
        if secret is None and client_id not in stored:
            raise NotEntrusted(client_id)
    # The secrets first, for nobody shall find a record that names one that is not there.
    arns = {
        client_id: stored[client_id]
        if secret is None
        else _store(target.vault, _client_secret(target, account_id, client_id), secret)
        for client_id, secret in entrusted.items()
    }
    connection = IssuerConnection(
        account_id=account_id,
        issued_by=_issued_by(target, account_id, issuing),
        public_url=target.http_url.rstrip("/"),
        entrusted=arns,
        legacy_address=subdomain is not None,
        subdomain=subdomain or "",
    )
    connections.put_issuer(connection)
    for arn in _secrets_of(known) - _secrets_of(connection):
        # A copy that nobody uses any more; who gave it has the secret itself.
        target.vault.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
    return connection


def _issued_by(target: Target, account_id: str, issuing: Issuing) -> IssuedBy:
    if issuing.token is None or isinstance(issuing.issued_by, PlatformIssues):
        return issuing.issued_by
    # Each kind has a name of its own, so that the one before can be deleted once no record names it.
    kind = str(issuing.issued_by.__struct_config__.tag).replace("_", "-")
    arn = _store(target.vault, f"{_prefix(target, account_id)}/api-{kind}", issuing.token)
    return msgspec.structs.replace(issuing.issued_by, secret_arn=arn)


def _secrets_of(connection: IssuerConnection | None) -> set[str]:
    if connection is None:
        return set()
    own = None if isinstance(connection.issued_by, PlatformIssues) else connection.issued_by.secret_arn
    return {*connection.entrusted.values(), *(() if own is None else (own,))}


def known_issuer(connections: Connections, account_id: str) -> IssuerConnection | None:
    """Read what is recorded of an account's issuer; None if nothing is."""
    try:
        return connections.issuer(account_id)
    except UnknownAccount:
        return None


def _client_secret(target: Target, account_id: str, client_id: str) -> str:
    """Name a client's secret: an id may hold what a name may not, and may be longer."""
    digest = hashlib.sha256(client_id.encode()).hexdigest()[:_DIGEST]
    return f"{_prefix(target, account_id)}/client-{digest}"


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
