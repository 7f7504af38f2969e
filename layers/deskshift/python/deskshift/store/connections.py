"""How each account's platform is reached, and which account a webhook's path belongs to."""

import msgspec
from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

from deskshift.model.account import Connection
from deskshift.model.errors import UnknownAccount
from deskshift.model.issuer_connection import IssuerConnection
from deskshift.model.zuora_connection import ZuoraConnection
from deskshift.store.tables import bound

_ACCOUNT = "account#"
_WEBHOOK = "webhook#"
_BILLING = "billing#"
_ISSUER = "issuer#"


class _Record(Model):
    key = UnicodeAttribute(hash_key=True)
    body = UnicodeAttribute()


class Connections:
    """The connections of this stack's accounts."""

    def __init__(self, table: str, region: str) -> None:
        self._model = bound(_Record, table, region)

    def get(self, account_id: str) -> Connection:
        """Read an account's connection.

        Raises:
            UnknownAccount: none is recorded.
        """
        try:
            record = self._model.get(_ACCOUNT + account_id, consistent_read=True)
        except self._model.DoesNotExist:
            raise UnknownAccount(account_id) from None
        return msgspec.json.decode(record.body, type=Connection)

    def by_webhook_path(self, webhook_path: str) -> Connection | None:
        """Find the connection whose webhooks come in by this path; None if no account has it."""
        try:
            record = self._model.get(_WEBHOOK + webhook_path, consistent_read=True)
        except self._model.DoesNotExist:
            return None
        return self.get(record.body)

    def billing(self, account_id: str) -> ZuoraConnection | None:
        """Read how an account's billing is reached; None if its platform bills it."""
        try:
            record = self._model.get(_BILLING + account_id, consistent_read=True)
        except self._model.DoesNotExist:
            return None
        return msgspec.json.decode(record.body, type=ZuoraConnection)

    def put_billing(self, connection: ZuoraConnection) -> None:
        """Record how an account's billing is reached."""
        self._model(_BILLING + connection.account_id, body=msgspec.json.encode(connection).decode()).save()

    def forget_billing(self, account_id: str) -> None:
        """Let an account's platform bill it again; it is no error if it does already."""
        self._model(_BILLING + account_id).delete()

    def issuer(self, account_id: str) -> IssuerConnection:
        """Read how the issuer of an account's tokens is reached.

        Raises:
            UnknownAccount: none is recorded.
        """
        try:
            record = self._model.get(_ISSUER + account_id, consistent_read=True)
        except self._model.DoesNotExist:
            raise UnknownAccount(account_id) from None
        return msgspec.json.decode(record.body, type=IssuerConnection)

    def put_issuer(self, connection: IssuerConnection) -> None:
        """Record how the issuer of an account's tokens is reached."""
        self._model(_ISSUER + connection.account_id, body=msgspec.json.encode(connection).decode()).save()

    def put(self, connection: Connection) -> None:
        """Record a connection, then its webhook path."""
        body = msgspec.json.encode(connection).decode()
        self._model(_ACCOUNT + connection.account_id, body=body).save()
        self._model(_WEBHOOK + connection.webhook_path, body=connection.account_id).save()
