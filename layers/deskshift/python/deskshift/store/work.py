"""What a move has still to do and what went wrong: parts, conversations to read again, quarantine."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DeleteError, PutError
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from deskshift.model.errors import LateWriter
from deskshift.model.move import PartRecord, Quarantined
from deskshift.store.tables import bound, refused_by_condition

T = TypeVar("T")

_PART = "part#"
_REREAD = "reread#"
_QUARANTINE = "quarantine#"
_LATE = "late#"


class _Record(Model):
    move_id = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    attempt = NumberAttribute(default=0)
    mark = UnicodeAttribute(null=True)
    body = UnicodeAttribute(null=True)


WRONG = "wrong"
"""The mark of a conversation whose copy was found wrong: it is deleted and made anew."""


class Reread(msgspec.Struct, frozen=True):
    """A conversation to be read again; `mark` tells this entry from a later one for the same conversation."""

    conversation_id: str
    mark: str


class Work:
    """The work items of this stack's moves."""

    def __init__(self, table: str, region: str) -> None:
        self._model = bound(_Record, table, region)

    def put_part(self, move_id: str, part: PartRecord) -> PartRecord:
        """Record a part that was just written; a page that is done again replaces its parts.

        Raises:
            LateWriter: a later attempt has listed or claimed it already.
        """
        first = self._model.item.does_not_exist() | (self._model.attempt <= part.attempt)
        return self._save_part(move_id, part, first)

    def part(self, move_id: str, number: int) -> PartRecord | None:
        """Read one part's record, consistently."""
        try:
            record = self._model.get(move_id, _part_item(number), consistent_read=True)
        except self._model.DoesNotExist:
            return None
        return _decode(record, PartRecord)

    def parts(self, move_id: str) -> Iterator[PartRecord]:
        """Read all parts in their order."""
        return self._all(move_id, _PART, PartRecord)

    def save_part(self, move_id: str, part: PartRecord, *, read: PartRecord) -> PartRecord:
        """Claim a part, note what came of it, or that its file is replaced.

        Args:
            move_id: the move.
            part: what to write; its `attempt` is the writer's.
            read: the record as it was read before.

        Returns:
            The record as it is now.

        Raises:
            LateWriter: a later attempt has claimed it, or somebody changed it since it was read.
        """
        condition = (self._model.attempt <= part.attempt) & (self._model.mark == str(read.revision))
        return self._save_part(move_id, msgspec.structs.replace(part, revision=read.revision + 1), condition)

    def _save_part(self, move_id: str, part: PartRecord, condition: Condition) -> PartRecord:
        item, mark = _part_item(part.number), str(part.revision)
        record = self._model(move_id, item, attempt=part.attempt, mark=mark, body=_encode(part))
        try:
            record.save(condition=condition)
        except PutError as error:
            if refused_by_condition(error):
                raise LateWriter(f"part {part.number} of move {move_id}") from None
            raise
        return part

    def add_rereads(self, move_id: str, rereads: Iterable[Reread]) -> None:
        """Note conversations to be read again; a newer note replaces an older one."""
        with self._model.batch_write() as batch:
            for entry in {entry.conversation_id: entry for entry in rereads}.values():
                batch.save(self._model(move_id, _REREAD + entry.conversation_id, mark=entry.mark))

    def rereads(self, move_id: str, limit: int) -> list[Reread]:
        """Read up to `limit` notes, consistently."""
        found = self._model.query(move_id, self._model.item.startswith(_REREAD), consistent_read=True, limit=limit)
        return [Reread(record.item.removeprefix(_REREAD), record.mark or "") for record in found]

    def reread_done(self, move_id: str, entry: Reread) -> bool:
        """Strike a note out; False if a newer one took its place meanwhile, which then stays."""
        record = self._model(move_id, _REREAD + entry.conversation_id)
        try:
            record.delete(condition=self._model.mark == entry.mark)
        except DeleteError as error:
            if refused_by_condition(error):
                return False
            raise
        return True

    def quarantine(self, move_id: str, item: Quarantined) -> None:
        """Set a conversation aside with its reason."""
        self._model(move_id, _QUARANTINE + item.conversation_id, body=_encode(item)).save()

    def quarantined(self, move_id: str) -> list[Quarantined]:
        """Read all that is set aside, consistently."""
        return list(self._all(move_id, _QUARANTINE, Quarantined))

    def unquarantine(self, move_id: str, conversation_id: str) -> None:
        """Take a conversation out of quarantine; nothing happens if it is not there."""
        self._model(move_id, _QUARANTINE + conversation_id).delete()

    def add_late_replies(self, move_id: str, conversation_ids: Iterable[str]) -> None:
        """Note conversations that stay in the inbox and were replied to (H-21)."""
        with self._model.batch_write() as batch:
            for conversation_id in dict.fromkeys(conversation_ids):
                batch.save(self._model(move_id, _LATE + conversation_id))

    def late_replies(self, move_id: str) -> list[str]:
        """Read their ids, consistently."""
        found = self._model.query(move_id, self._model.item.startswith(_LATE), consistent_read=True)
        return [record.item.removeprefix(_LATE) for record in found]

    def _all(self, move_id: str, prefix: str, kind: type[T]) -> Iterator[T]:
        for record in self._model.query(move_id, self._model.item.startswith(prefix), consistent_read=True):
            yield _decode(record, kind)


def _part_item(number: int) -> str:
    return f"{_PART}{number:07d}"


def _encode(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _decode(record: _Record, kind: type[T]) -> T:
    return msgspec.json.decode(record.body or "null", type=kind)
