"""The records of moves, one item for each; its `lock` makes a late writer lose."""

from collections.abc import Iterator

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from deskshift.model.errors import LateWriter, UnknownMove
from deskshift.model.move import ACTIVE, Move
from deskshift.store.tables import bound

_PREFIX = "move#"
_CONDITION = "ConditionalCheckFailedException"


class _Active(GlobalSecondaryIndex["_Record"]):  # type: ignore[no-untyped-call]  # PynamoDB leaves it untyped
    """Unfinished moves of all accounts, for the watch; sparse, for ended moves lose the attribute.

    It has the keys alone: with the body in it, every step of a move's progress would be written twice.
    """

    class Meta:
        index_name = "activity"
        projection = KeysOnlyProjection()

    activity = UnicodeAttribute(hash_key=True)
    move_id = UnicodeAttribute(range_key=True)


class _Record(Model):
    account_id = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    move_id = UnicodeAttribute()
    activity = UnicodeAttribute(null=True)
    lock = NumberAttribute()
    body = UnicodeAttribute()
    by_activity = _Active()


class Moves:
    """The moves of this stack's accounts."""

    def __init__(self, table: str, region: str) -> None:
        self._model = bound(_Record, table, region)

    def get(self, account_id: str, move_id: str) -> Move:
        """Read a move, consistently.

        Raises:
            UnknownMove: the account has none of this id.
        """
        found = self.find(account_id, move_id)
        if found is None:
            raise UnknownMove(account_id, move_id)
        return found

    def find(self, account_id: str, move_id: str) -> Move | None:
        """Read a move, consistently; None if there is none."""
        try:
            return _move(self._model.get(account_id, _PREFIX + move_id, consistent_read=True))
        except self._model.DoesNotExist:
            return None

    def create(self, move: Move) -> bool:
        """Record a new move; False if there is one of this id already."""
        record = self._record(msgspec.structs.replace(move, lock=1))
        try:
            record.save(condition=self._model.item.does_not_exist())
        except PutError as error:
            if error.cause_response_code == _CONDITION:
                return False
            raise
        return True

    def save(self, move: Move) -> Move:
        """Write a move back and give it with its new lock.

        Raises:
            LateWriter: someone wrote it after it was read.
        """
        written = msgspec.structs.replace(move, lock=move.lock + 1)
        try:
            self._record(written).save(condition=self._model.lock == move.lock)
        except PutError as error:
            if error.cause_response_code == _CONDITION:
                raise LateWriter(f"move {move.move_id}") from None
            raise
        return written

    def of_account(self, account_id: str) -> list[Move]:
        """Read all moves of an account, consistently."""
        found = self._model.query(account_id, self._model.item.startswith(_PREFIX), consistent_read=True)
        return [_move(record) for record in found]

    def active(self) -> Iterator[Move]:
        """Read the unfinished moves of all accounts; one that began in the last second may be missing."""
        for record in self._model.by_activity.query("active"):
            move = self.find(record.account_id, record.move_id)
            if move is not None and move.status in ACTIVE:
                yield move

    def _record(self, move: Move) -> _Record:
        return self._model(
            account_id=move.account_id,
            item=_PREFIX + move.move_id,
            move_id=move.move_id,
            activity="active" if move.status in ACTIVE else None,
            lock=move.lock,
            body=msgspec.json.encode(move).decode(),
        )


def _move(record: _Record) -> Move:
    return msgspec.json.decode(record.body, type=Move)
