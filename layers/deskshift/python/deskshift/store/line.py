"""The account's line: numbers for its requests, and the one slot of the move that runs (H-04)."""

from typing import NamedTuple

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.models import Model

from deskshift.store.tables import bound, refused_by_condition

_ITEM = "line"


class _Record(Model):
    account_id = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    last_number = NumberAttribute(default=0)
    holder = UnicodeAttribute(null=True)
    holder_attempt = NumberAttribute(null=True)


class Holder(NamedTuple):
    """Who holds the slot: the move, and the attempt that claimed it last."""

    move_id: str
    attempt: int


class Line:
    """The lines of this stack's accounts; they share the table with the moves."""

    def __init__(self, table: str, region: str) -> None:
        self._model = bound(_Record, table, region)

    def next_number(self, account_id: str) -> int:
        """Take the next number. A number that is never used leaves a gap, which disturbs nobody."""
        record = self._model(account_id, _ITEM)
        record.update(actions=[self._model.last_number.add(1)])
        return int(record.last_number)

    def holder(self, account_id: str) -> Holder | None:
        """Say which move holds the slot, read consistently."""
        try:
            record = self._model.get(account_id, _ITEM, consistent_read=True)
        except self._model.DoesNotExist:
            return None
        return None if record.holder is None else Holder(record.holder, int(record.holder_attempt or 0))

    def claim(self, account_id: str, move_id: str, attempt: int) -> bool:
        """Take the slot for a move's attempt; True also if the move has it already, False if another one has it."""
        free = self._model.holder.does_not_exist() | (self._model.holder == move_id)
        return self._update(account_id, free, Holder(move_id, attempt))

    def free(self, account_id: str, move_id: str, attempt: int | None = None) -> bool:
        """Give the slot back; False if the move does not hold it, or not by this attempt if one is named."""
        held = self._model.holder == move_id
        if attempt is not None:
            held &= self._model.holder_attempt == attempt
        return self._update(account_id, held, None)

    def _update(self, account_id: str, condition: object, holder: Holder | None) -> bool:
        record, model = self._model(account_id, _ITEM), self._model
        actions = (
            [model.holder.remove(), model.holder_attempt.remove()]
            if holder is None
            else [model.holder.set(holder.move_id), model.holder_attempt.set(holder.attempt)]
        )
        try:
            record.update(actions=actions, condition=condition)  # type: ignore[arg-type]  # `|` and `==` give Conditions
        except UpdateError as error:
            if refused_by_condition(error):
                return False
            raise
        return True
