"""The records of moves, one item for each; its `lock` makes a late writer lose."""

from collections.abc import Iterator

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from deskshift.model.errors import LateWriter, UnknownMove
from deskshift.model.move import ACTIVE, Move
from deskshift.store.tables import bound, refused_by_condition

_PREFIX = "move#"
_ACTIVE, _RECHECK = "active", "recheck"
"""Values of `activity`: an unfinished move; one that is done and not checked again."""


class _Active(GlobalSecondaryIndex["_Record"]):  # type: ignore[no-untyped-call]  # PynamoDB leaves it untyped
    """Moves of all accounts that somebody still has to look at; sparse, for the others lose the attribute.

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
            if refused_by_condition(error):
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
            if not refused_by_condition(error):
                raise
            # The client writes again by itself if the first answer was lost, and then meets its own write.
            if self.find(move.account_id, move.move_id) != written:
                raise LateWriter(f"move {move.move_id}") from None
        return written

    def of_account(self, account_id: str) -> list[Move]:
        """Read all moves of an account, consistently."""
        found = self._model.query(account_id, self._model.item.startswith(_PREFIX), consistent_read=True)
        return [_move(record) for record in found]

    def active(self) -> Iterator[Move]:
        """Read the unfinished moves of all accounts; one that began in the last second may be missing."""
        return (move for move in self._indexed(_ACTIVE) if move.status in ACTIVE)

    def awaiting_recheck(self) -> Iterator[Move]:
        """Read the moves of all accounts that are done and not checked again; one just done may be missing."""
        return self._indexed(_RECHECK)

    def _indexed(self, activity: str) -> Iterator[Move]:
        for record in self._model.by_activity.query(activity):
            move = self.find(record.account_id, record.move_id)
            if move is not None:
                yield move

    def _record(self, move: Move) -> _Record:
        return self._model(
            account_id=move.account_id,
            item=_PREFIX + move.move_id,
            move_id=move.move_id,
            activity=_activity(move),
            lock=move.lock,
            body=msgspec.json.encode(move).decode(),
        )


def _activity(move: Move) -> str | None:
    if move.status in ACTIVE:
        return _ACTIVE
    return _RECHECK if move.awaits_recheck else None


def _move(record: _Record) -> Move:
    return msgspec.json.decode(record.body, type=Move)
