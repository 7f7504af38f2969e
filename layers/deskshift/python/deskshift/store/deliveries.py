"""Webhook deliveries that were dealt with; DynamoDB's TTL cleans up after a week."""

from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from deskshift.store.tables import bound

_KEEP = timedelta(days=7)


class _Record(Model):
    delivery = UnicodeAttribute(hash_key=True)
    expires_at = NumberAttribute()


class Deliveries:
    """The deliveries of this stack's accounts."""

    def __init__(self, table: str, region: str) -> None:
        self._model = bound(_Record, table, region)

    def known(self, account_id: str, delivery: str) -> bool:
        """Say whether this delivery was dealt with, by a consistent read."""
        try:
            self._model.get(f"{account_id}#{delivery}", consistent_read=True)
        except self._model.DoesNotExist:
            return False
        return True

    def record(self, account_id: str, delivery: str, now: datetime) -> None:
        """Note a delivery as dealt with: only after its message is queued, or a crash in between would lose it."""
        self._model(f"{account_id}#{delivery}", expires_at=int((now + _KEEP).timestamp())).save()
