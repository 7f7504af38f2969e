"""The reissues of an account's grants. Each grant has one place, which names its open reissue and its new token.

A record and its grant's place are written in one transaction: at most one reissue of a grant is open, at most one token
is its successor, and an end is never changed. That the account was rolled back after it is noted beside it.
"""

from collections.abc import Iterator

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError, TransactWriteError
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from deskshift.model.errors import LateWriter, UnknownReissue
from deskshift.model.reissue import Reissue
from deskshift.store.activity import Record, new_writer
from deskshift.store.tables import bound, cancelled_by_others, connection, refused_by_condition

_REISSUE, _GRANT = "reissue#", "grant#"
_OPEN = "open"


class _Place(Model):
    account_id = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    rounds = NumberAttribute()
    latest = UnicodeAttribute()
    open_reissue = UnicodeAttribute(null=True)
    successor = UnicodeAttribute(null=True)


class Grants:
    """The grants of this stack's accounts and their reissues."""

    def __init__(self, table: str, region: str) -> None:
        self._model = bound(Record, table, region)
        self._place = bound(_Place, table, region)
        self._connection = connection(region)

    def open(self, grant_key: str, reissue: Reissue) -> Reissue:
        """Record a new reissue; if the grant has one that is open, that one is given instead.

        Raises:
            LateWriter: another one was opened meanwhile, and has ended or is being written: look again.
        """
        made = msgspec.structs.replace(reissue, lock=1)
        free = self._place.item.does_not_exist()
        if made.round > 1:
            free = self._place.open_reissue.does_not_exist() & (self._place.rounds == made.round - 1)
        try:
            with TransactWrite(connection=self._connection) as together:
                together.save(self._record(made), condition=self._model.item.does_not_exist())
                together.save(self._place_of(grant_key, made), condition=free)
        except TransactWriteError as error:
            if not cancelled_by_others(error):
                raise
            # The client writes again by itself if the first answer was lost, and then meets its own write.
            found = self.of_grant(made.account_id, grant_key)
            if not found or not found[-1].is_open:
                raise LateWriter(f"grant {grant_key}") from None
            return found[-1]
        return made

    def get(self, account_id: str, reissue_id: str) -> Reissue:
        """Read a reissue, consistently.

        Raises:
            UnknownReissue: the account has none of this id.
        """
        found = self.find(account_id, reissue_id)
        if found is None:
            raise UnknownReissue(account_id, reissue_id)
        return found

    def find(self, account_id: str, reissue_id: str) -> Reissue | None:
        """Read a reissue, consistently; None if there is none."""
        record = self._read(account_id, reissue_id)
        return None if record is None else _reissue(record)

    def save(self, grant_key: str, reissue: Reissue) -> Reissue:
        """Write a reissue back and give it with its new lock.

        Raises:
            LateWriter: someone wrote it after it was read, or it has ended.
        """
        written = msgspec.structs.replace(reissue, lock=reissue.lock + 1)
        record = self._record(written)
        try:
            with TransactWrite(connection=self._connection) as together:
                together.save(record, condition=self._model.lock == reissue.lock)
                mine = self._place.open_reissue == reissue.reissue_id
                together.save(self._place_of(grant_key, written), condition=mine)
        except TransactWriteError as error:
            if not cancelled_by_others(error):
                raise
            # The client writes again by itself if the first answer was lost, and then meets its own write.
            found = self._read(reissue.account_id, reissue.reissue_id)
            if found is None or found.writer != record.writer:
                raise LateWriter(f"reissue {reissue.reissue_id}") from None
        return written

    def mark(self, ended: Reissue) -> Reissue:
        """Write on an ended reissue that it was rolled back, and give it with its new lock; its end stays.

        Raises:
            LateWriter: someone wrote it after it was read.
        """
        written = msgspec.structs.replace(ended, lock=ended.lock + 1)
        record = self._record(written)
        try:
            record.save(condition=(self._model.lock == ended.lock) & self._model.activity.does_not_exist())
        except PutError as error:
            if not refused_by_condition(error):
                raise
            found = self._read(ended.account_id, ended.reissue_id)
            if found is None or found.writer != record.writer:
                raise LateWriter(f"reissue {ended.reissue_id}") from None
        return written

    def of_grant(self, account_id: str, grant_key: str) -> list[Reissue]:
        """Read the reissues of a grant, consistently, the oldest first.

        Raises:
            UnknownReissue: one that its place counts is not there.
        """
        place = self._find_place(account_id, grant_key)
        rounds = range(1, (0 if place is None else int(place.rounds)) + 1)
        return [self.get(account_id, _id_of(grant_key, number)) for number in rounds]

    def of_account(self, account_id: str) -> Iterator[Reissue]:
        """Read all reissues of an account, consistently."""
        for record in self._model.query(account_id, self._model.item.startswith(_REISSUE), consistent_read=True):
            yield _reissue(record)

    def open_of_account(self, account_id: str) -> list[Reissue]:
        """Read the reissues of an account that are open, consistently."""
        return [one for one in self.of_account(account_id) if one.is_open]

    def open_everywhere(self) -> Iterator[Reissue]:
        """Read the open reissues of all accounts; one that began in the last second may be missing."""
        for record in self._model.by_activity.query(_OPEN):
            found = self.find(record.account_id, record.item.removeprefix(_REISSUE))
            if found is not None and found.is_open:
                yield found

    def _read(self, account_id: str, reissue_id: str) -> Record | None:
        try:
            return self._model.get(account_id, _REISSUE + reissue_id, consistent_read=True)
        except self._model.DoesNotExist:
            return None

    def _find_place(self, account_id: str, grant_key: str) -> _Place | None:
        try:
            return self._place.get(account_id, _GRANT + grant_key, consistent_read=True)
        except self._place.DoesNotExist:
            return None

    def _record(self, reissue: Reissue) -> Record:
        return self._model(
            account_id=reissue.account_id,
            item=_REISSUE + reissue.reissue_id,
            activity=_OPEN if reissue.is_open else None,
            lock=reissue.lock,
            writer=new_writer(),
            body=msgspec.json.encode(reissue).decode(),
        )

    def _place_of(self, grant_key: str, reissue: Reissue) -> _Place:
        return self._place(
            account_id=reissue.account_id,
            item=_GRANT + grant_key,
            rounds=reissue.round,
            latest=reissue.reissue_id,
            open_reissue=reissue.reissue_id if reissue.is_open else None,
            successor=reissue.successor,
        )


def _id_of(grant_key: str, number: int) -> str:
    """Give the id of a grant's reissue, as the domain makes it (`domain.tokens.ids`)."""
    return f"reissue-{grant_key}" if number == 1 else f"reissue-{grant_key}-{number}"


def _reissue(record: Record) -> Reissue:
    return msgspec.json.decode(record.body, type=Reissue)
