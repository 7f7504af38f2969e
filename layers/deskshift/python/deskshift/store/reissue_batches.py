"""The requests for all grants of an account, one item for each; its `lock` makes a late writer lose."""

import msgspec
from pynamodb.exceptions import PutError

from deskshift.model.errors import LateWriter, UnknownBatch
from deskshift.model.reissue import Batch
from deskshift.store.activity import Record, new_writer
from deskshift.store.tables import bound, refused_by_condition

_BATCH = "batch#"


class ReissueBatches:
    """The batches of this stack's accounts; they share the table with the grants."""

    def __init__(self, table: str, region: str) -> None:
        self._model = bound(Record, table, region)

    def create(self, batch: Batch) -> Batch:
        """Record a new batch; the one that is recorded under its id already is given instead."""
        made = msgspec.structs.replace(batch, lock=1)
        try:
            self._record(made).save(condition=self._model.item.does_not_exist())
        except PutError as error:
            if not refused_by_condition(error):
                raise
            return self.get(batch.account_id, batch.batch_id)
        return made

    def get(self, account_id: str, batch_id: str) -> Batch:
        """Read a batch, consistently.

        Raises:
            UnknownBatch: the account has none of this id.
        """
        found = self.find(account_id, batch_id)
        if found is None:
            raise UnknownBatch(account_id, batch_id)
        return found

    def find(self, account_id: str, batch_id: str) -> Batch | None:
        """Read a batch, consistently; None if there is none."""
        record = self._read(account_id, batch_id)
        return None if record is None else _batch(record)

    def save(self, batch: Batch) -> Batch:
        """Write a batch back and give it with its new lock.

        Raises:
            LateWriter: someone wrote it after it was read.
        """
        written = msgspec.structs.replace(batch, lock=batch.lock + 1)
        record = self._record(written)
        try:
            record.save(condition=self._model.lock == batch.lock)
        except PutError as error:
            if not refused_by_condition(error):
                raise
            # The client writes again by itself if the first answer was lost, and then meets its own write.
            found = self._read(batch.account_id, batch.batch_id)
            if found is None or found.writer != record.writer:
                raise LateWriter(f"batch {batch.batch_id}") from None
        return written

    def of_account(self, account_id: str) -> list[Batch]:
        """Read all batches of an account, consistently."""
        found = self._model.query(account_id, self._model.item.startswith(_BATCH), consistent_read=True)
        return [_batch(record) for record in found]

    def _read(self, account_id: str, batch_id: str) -> Record | None:
        try:
            return self._model.get(account_id, _BATCH + batch_id, consistent_read=True)
        except self._model.DoesNotExist:
            return None

    def _record(self, batch: Batch) -> Record:
        return self._model(
            account_id=batch.account_id,
            item=_BATCH + batch.batch_id,
            lock=batch.lock,
            writer=new_writer(),
            body=msgspec.json.encode(batch).decode(),
        )


def _batch(record: Record) -> Batch:
    return msgspec.json.decode(record.body, type=Batch)
