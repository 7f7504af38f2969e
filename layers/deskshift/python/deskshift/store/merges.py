"""Previews, merges and their ledgers, one item for each; a merge's `lock` makes a late writer lose."""

from collections.abc import Iterable

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.models import Model

from deskshift.model.errors import LateWriter, UnknownMerge, UnknownPreview
from deskshift.model.merge import LedgerEntry, Merge, StoredPreview
from deskshift.store.tables import bound, refused_by_condition

_PREVIEW, _LINE, _MERGE, _LEDGER = "preview#", "line#", "merge#", "ledger#"


class _Record(Model):
    account_id = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    lock = NumberAttribute(default=0)
    body = UnicodeAttribute()


class Merges:
    """The billing merges of this stack's accounts."""

    def __init__(self, table: str, region: str) -> None:
        self._model = bound(_Record, table, region)

    def keep_preview(self, preview: StoredPreview) -> StoredPreview:
        """Keep a preview; the one that is kept under its id already stays, with its expiry."""
        record = self._record(preview.account_id, _PREVIEW + preview.preview_id, preview)
        try:
            record.save(condition=self._model.item.does_not_exist())
        except PutError as error:
            if not refused_by_condition(error):
                raise
            return self.preview(preview.account_id, preview.preview_id)
        return preview

    def renew_preview(self, preview: StoredPreview) -> None:
        """Keep a preview in place of the one of the same id, which has expired."""
        self._record(preview.account_id, _PREVIEW + preview.preview_id, preview).save()

    def preview(self, account_id: str, preview_id: str) -> StoredPreview:
        """Read a preview, consistently.

        Raises:
            UnknownPreview: the account has none of this id.
        """
        body = self._body(account_id, _PREVIEW + preview_id)
        if body is None:
            raise UnknownPreview(account_id, preview_id)
        return msgspec.json.decode(body, type=StoredPreview)

    def keep_lines(self, account_id: str, preview_id: str, lines: Iterable[msgspec.Struct]) -> None:
        """Keep a preview's lines, each under its number: kept again they are the same."""
        with self._model.batch_write() as batch:
            for number, line in enumerate(lines, start=1):
                batch.save(self._record(account_id, f"{_LINE}{preview_id}#{number:06d}", line))

    def create(self, merge: Merge) -> Merge:
        """Record a new merge; the one that is recorded already is given instead."""
        made = msgspec.structs.replace(merge, lock=1)
        record = self._record(merge.account_id, _MERGE + merge.merge_id, made, lock=1)
        try:
            record.save(condition=self._model.item.does_not_exist())
        except PutError as error:
            if not refused_by_condition(error):
                raise
            return self.get(merge.account_id, merge.merge_id)
        return made

    def get(self, account_id: str, merge_id: str) -> Merge:
        """Read a merge, consistently.

        Raises:
            UnknownMerge: the account has none of this id.
        """
        found = self.find(account_id, merge_id)
        if found is None:
            raise UnknownMerge(account_id, merge_id)
        return found

    def find(self, account_id: str, merge_id: str) -> Merge | None:
        """Read a merge, consistently; None if there is none."""
        body = self._body(account_id, _MERGE + merge_id)
        return None if body is None else msgspec.json.decode(body, type=Merge)

    def save(self, merge: Merge) -> Merge:
        """Write a merge back and give it with its new lock.

        Raises:
            LateWriter: someone wrote it after it was read.
        """
        written = msgspec.structs.replace(merge, lock=merge.lock + 1)
        record = self._record(merge.account_id, _MERGE + merge.merge_id, written, lock=written.lock)
        try:
            record.save(condition=self._model.lock == merge.lock)
        except PutError as error:
            if not refused_by_condition(error):
                raise
            # The client writes again by itself if the first answer was lost, and then meets its own write.
            if self.find(merge.account_id, merge.merge_id) != written:
                raise LateWriter(f"merge {merge.merge_id}") from None
        return written

    def write_ledger(self, account_id: str, preview_id: str, entries: Iterable[LedgerEntry]) -> None:
        """Write what became of each line of a preview, under its number: written again it is the same lines."""
        with self._model.batch_write() as batch:
            for entry in entries:
                batch.save(self._record(account_id, f"{_LEDGER}{preview_id}#{entry.line:06d}", entry))

    def _body(self, account_id: str, item: str) -> str | None:
        try:
            return self._model.get(account_id, item, consistent_read=True).body
        except self._model.DoesNotExist:
            return None

    def _record(self, account_id: str, item: str, value: msgspec.Struct, lock: int = 0) -> _Record:
        return self._model(account_id=account_id, item=item, lock=lock, body=msgspec.json.encode(value).decode())
