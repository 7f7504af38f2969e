"""The new tokens that wait for their clients, as ciphertexts: one at most for each reissue."""

import msgspec
from pynamodb.exceptions import PutError

from deskshift.model.custody import SealedToken
from deskshift.model.errors import LateWriter
from deskshift.store.activity import new_writer
from deskshift.store.custody import Held, cleaned_up_at
from deskshift.store.tables import bound, refused_by_condition

_TOKEN = "token#"  # noqa: S105 - begins a key


class SealedTokens:
    """The sealed tokens of this stack's accounts; of two that write from the same state the later one loses."""

    def __init__(self, table: str, region: str) -> None:
        self._model = bound(Held, table, region)

    def put(self, sealed: SealedToken, instead_of: SealedToken | None = None) -> SealedToken:
        """Keep a token, and give it with its lock.

        Args:
            sealed: the new one.
            instead_of: the reissue's earlier one, as it was read; it is gone afterwards.

        Raises:
            LateWriter: there is another one, or it was changed: whose token that is has to be found out first.
        """
        before = 0 if instead_of is None else instead_of.lock
        return self._write(msgspec.structs.replace(sealed, lock=before))

    def find(self, account_id: str, reissue_id: str) -> SealedToken | None:
        """Read a reissue's token, consistently; None if it has none."""
        try:
            record = self._model.get(_key(account_id, reissue_id), consistent_read=True)
        except self._model.DoesNotExist:
            return None
        return msgspec.json.decode(record.body, type=SealedToken)

    def verified(self, sealed: SealedToken, token_id: str) -> SealedToken:
        """Note the issuer's id of a token that is verified: from now on it may be released.

        Raises:
            LateWriter: someone wrote it after it was read.
        """
        return self._write(msgspec.structs.replace(sealed, token_id=token_id))

    def collected(self, sealed: SealedToken, at: str) -> SealedToken:
        """Note that the client is given its token; the first time counts.

        Raises:
            LateWriter: someone wrote it after it was read.
        """
        if sealed.collected_at is not None:
            return sealed
        return self._write(msgspec.structs.replace(sealed, collected_at=at))

    def acknowledged(self, sealed: SealedToken, at: str) -> SealedToken:
        """Delete the ciphertext, for its client has the token; it stays known that it has.

        Raises:
            LateWriter: someone wrote it after it was read.
        """
        if sealed.acknowledged_at is not None:
            return sealed
        return self._write(msgspec.structs.replace(sealed, ciphertext=None, acknowledged_at=at))

    def forgotten(self, sealed: SealedToken) -> SealedToken:
        """Delete the ciphertext of a token that nobody may have any more: its time is over, or it is revoked.

        Raises:
            LateWriter: someone wrote it after it was read.
        """
        if sealed.ciphertext is None:
            return sealed
        return self._write(msgspec.structs.replace(sealed, ciphertext=None))

    def _write(self, changed: SealedToken) -> SealedToken:
        written = msgspec.structs.replace(changed, lock=changed.lock + 1)
        record = self._model(
            _key(written.account_id, written.reissue_id),
            expires_at=cleaned_up_at(written.expires_at),
            lock=written.lock,
            writer=new_writer(),
            body=msgspec.json.encode(written).decode(),
        )
        there = self._model.lock == changed.lock if changed.lock else self._model.key.does_not_exist()
        try:
            record.save(condition=there)
        except PutError as error:
            if not refused_by_condition(error):
                raise
            # The client writes again by itself if the first answer was lost, and then meets its own write.
            if self._writer(record.key) != record.writer:
                raise LateWriter(f"the sealed token of {written.reissue_id}") from None
        return written

    def _writer(self, key: str) -> str | None:
        try:
            return self._model.get(key, consistent_read=True).writer
        except self._model.DoesNotExist:
            return None


def _key(account_id: str, reissue_id: str) -> str:
    # The length lets no two accounts share a key: who collects writes the reissue's id as they like.
    return f"{_TOKEN}{len(account_id)}#{account_id}#{reissue_id}"
