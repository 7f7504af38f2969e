"""Which accounts go back at this time: until all of an account is back, no old token of it is retired."""

from typing import Literal

from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

from deskshift.store.tables import bound

_ITEM = "rollback"
Stage = Literal["announced", "begun"]
"""`announced`: it is being looked whether it is too late. `begun`: it was not, and new tokens are being revoked."""
_OVER = "over"


class _Mark(Model):
    account_id = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    stage = UnicodeAttribute()


class Rollbacks:
    """The marks of this stack's accounts, one for each; they share the table with the grants."""

    def __init__(self, table: str, region: str) -> None:
        self._model = bound(_Mark, table, region)

    def put(self, account_id: str, stage: Stage) -> None:
        """Write how far the rollback of an account is."""
        self._model(account_id, _ITEM, stage=stage).save()

    def end(self, account_id: str) -> None:
        """Write that an account's rollback is over, or that there was none."""
        self._model(account_id, _ITEM, stage=_OVER).save()

    def stage(self, account_id: str) -> Stage | None:
        """Read how far the rollback of an account is, consistently; None if none is under way."""
        try:
            found = self._model.get(account_id, _ITEM, consistent_read=True).stage
        except self._model.DoesNotExist:
            return None
        return "begun" if found == "begun" else "announced" if found == "announced" else None
