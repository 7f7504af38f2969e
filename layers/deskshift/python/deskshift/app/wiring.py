"""Open what a function needs, when it needs it."""

import threading
from collections.abc import Callable
from datetime import datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import boto3
import msgspec
import urllib3

from deskshift.app.clock import utc_now
from deskshift.app.log import correlation_id
from deskshift.app.metrics import CountedCalls
from deskshift.app.settings import Settings
from deskshift.connectors.billing.ports import BillingSystem
from deskshift.connectors.pace import Worker, share
from deskshift.connectors.platforms import open_billing, open_platform
from deskshift.connectors.ports import Platform
from deskshift.model.account import Connection
from deskshift.model.errors import InvalidField, SecretMissing
from deskshift.model.zuora_connection import ZuoraConnection
from deskshift.store.connections import Connections
from deskshift.store.deliveries import Deliveries
from deskshift.store.files import Files
from deskshift.store.id_map import IdMap
from deskshift.store.line import Line
from deskshift.store.merges import Merges
from deskshift.store.moves import Moves
from deskshift.store.work import Work

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

    from deskshift.connectors.zuora.client import ZuoraClient


class Wiring:
    """All stores and clients of one environment; each is made when it is first asked for.

    Args:
        settings: the function's configuration.
        clock: the present time, aware, in UTC.
    """

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = utc_now) -> None:
        self.settings = settings
        self.clock = clock

    @cached_property
    def moves(self) -> Moves:
        """The moves' records."""
        return Moves(self.settings.moves_table, self.settings.region)

    @cached_property
    def line(self) -> Line:
        """The accounts' lines."""
        return Line(self.settings.moves_table, self.settings.region)

    @cached_property
    def work(self) -> Work:
        """The moves' work items."""
        return Work(self.settings.work_table, self.settings.region)

    @cached_property
    def connections(self) -> Connections:
        """The accounts' connections."""
        return Connections(self.settings.connections_table, self.settings.region)

    @cached_property
    def merges(self) -> Merges:
        """The billing previews and merges."""
        return Merges(self.settings.merges_table, self.settings.region)

    @cached_property
    def deliveries(self) -> Deliveries:
        """The webhook deliveries dealt with."""
        return Deliveries(self.settings.deliveries_table, self.settings.region)

    @cached_property
    def id_map(self) -> IdMap:
        """The id map."""
        return IdMap(boto3.client("dynamodb", region_name=self.settings.region), self.settings.id_map_table)

    @cached_property
    def files(self) -> Files:
        """The bucket."""
        return Files(boto3.client("s3", region_name=self.settings.region), self.settings.bucket)

    @cached_property
    def queues(self) -> "SQSClient":
        """SQS."""
        return boto3.client("sqs", region_name=self.settings.region)

    @cached_property
    def machines(self) -> "SFNClient":
        """Step Functions."""
        return boto3.client("stepfunctions", region_name=self.settings.region)

    @cached_property
    def _secrets(self) -> "SecretsManagerClient":
        return boto3.client("secretsmanager", region_name=self.settings.region)

    def secret(self, arn: str) -> str:
        """Read a secret. It is read for each use, so that a rotation counts at once.

        Raises:
            SecretMissing: it is not there, is about to be deleted, or holds no text.
        """
        gone = (self._secrets.exceptions.ResourceNotFoundException, self._secrets.exceptions.InvalidRequestException)
        try:
            found = self._secrets.get_secret_value(SecretId=arn).get("SecretString")
        except gone:
            found = None
        if found is None:
            raise SecretMissing(arn) from None
        return found

    def platform(self, account_id: str, worker: Worker = "step") -> Platform:
        """Open the account's platform with this worker's share of its budget (X-06).

        A warm function keeps the platform that it opened, and with it the pace and the connections.

        Raises:
            UnknownAccount: no connection is recorded.
        """
        connection = self.connections.get(account_id)
        per_second = share(worker, connection.requests_per_second, self.settings.import_concurrency)
        return _opened(connection, self.secret(connection.secret_arn), per_second, threading.get_ident())

    def billing(self, account_id: str) -> BillingSystem:
        """Open the account's billing system: the one recorded for it, else its platform's own.

        Raises:
            UnknownAccount: no connection is recorded.
        """
        elsewhere = self.connections.billing(account_id)
        if elsewhere is not None:
            return self._zuora(elsewhere)
        connection = self.connections.get(account_id)
        per_second = share("step", connection.requests_per_second, self.settings.import_concurrency)
        return _opened_billing(connection, self.secret(connection.secret_arn), per_second, threading.get_ident())

    def _zuora(self, connection: ZuoraConnection) -> BillingSystem:
        # Only accounts that are billed there load what it takes: a function's cold start is everybody's.
        from deskshift.connectors.zuora.billing import ZuoraBilling  # noqa: PLC0415

        tenant = connection.tenant
        per_second = share("step", tenant.requests_per_second, self.settings.import_concurrency)
        timeouts = (tenant.connect_timeout, tenant.read_timeout)
        secret = self.secret(connection.secret_arn)
        client = _opened_zuora(tenant.base_url, timeouts, secret, per_second, threading.get_ident())
        return ZuoraBilling(client, connection.account_id, tenant)

    def now(self) -> str:
        """The present time as records keep it: RFC 3339, UTC, milliseconds."""
        return self.clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")


@lru_cache(maxsize=16)
def _opened(connection: Connection, token: str, per_second: float, _thread: int) -> Platform:
    # One for each thread: on a laptop several workers share this process, and each has a share of its own.
    return open_platform(connection, token, per_second, calls=CountedCalls(), correlation=correlation_id)


@lru_cache(maxsize=16)
def _opened_billing(connection: Connection, token: str, per_second: float, _thread: int) -> BillingSystem:
    return open_billing(connection, token, per_second, calls=CountedCalls(), correlation=correlation_id)


@lru_cache(maxsize=16)
def _opened_zuora(
    base_url: str, timeouts: tuple[float, float], secret: str, per_second: float, _thread: int
) -> "ZuoraClient":
    from deskshift.connectors.zuora.opening import ZuoraCredentials, open_zuora  # noqa: PLC0415 - as above

    connect, read = timeouts
    try:
        credentials = msgspec.json.decode(secret, type=ZuoraCredentials)
    except msgspec.DecodeError:
        raise InvalidField("billing secret", "another form", "JSON with client_id and client_secret") from None
    return open_zuora(
        base_url,
        urllib3.Timeout(connect=connect, read=read),
        credentials,
        per_second,
        calls=CountedCalls(),
        correlation=correlation_id,
    )


@lru_cache(maxsize=4)
def _wiring(settings: Settings) -> Wiring:
    return Wiring(settings)


def wiring() -> Wiring:
    """Give the wiring of this environment; a warm function keeps its clients."""
    return _wiring(Settings.from_env())
