"""The account's line: numbers for its requests, and the one slot of the move that runs (H-04)."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.models import Model

from deskshift.store.tables import bound

_ITEM = "line"
_CONDITION = "ConditionalCheckFailedException"


class _Record(Model):
    account_id = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    last_number = NumberAttribute(default=0)
    holder = UnicodeAttribute(null=True)


class Line:
    """The lines of this stack's accounts; they share the table with the moves."""

    def __init__(self, table: str, region: str) -> None:
        self._model = bound(_Record, table, region)

    def next_number(self, account_id: str) -> int:
        """Take the next number. A number that is never used leaves a gap, which disturbs nobody."""
        record = self._model(account_id, _ITEM)
        record.update(actions=[self._model.last_number.add(1)])
        return int(record.last_number)

    def holder(self, account_id: str) -> str | None:
        """Say which move holds the slot, read consistently."""
        try:
            return self._model.get(account_id, _ITEM, consistent_read=True).holder
        except self._model.DoesNotExist:
            return None

    def claim(self, account_id: str, move_id: str) -> bool:
        """Take the slot for a move; True also if it has it already, False if another one has it."""
        free = self._model.holder.does_not_exist() | (self._model.holder == move_id)
        return self._update(account_id, free, move_id)

    def free(self, account_id: str, move_id: str) -> bool:
        """Give the slot back; False if the move does not hold it."""
        return self._update(account_id, self._model.holder == move_id, None)

    def _update(self, account_id: str, condition: object, holder: str | None) -> bool:
        record = self._model(account_id, _ITEM)
        action = self._model.holder.remove() if holder is None else self._model.holder.set(holder)
        try:
            record.update(actions=[action], condition=condition)  # type: ignore[arg-type]  # `|` and `==` give Conditions
        except UpdateError as error:
            if error.cause_response_code == _CONDITION:
                return False
            raise
        return True
