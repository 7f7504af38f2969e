"""The authorizations that agents have begun at deskshift, each under the hash of its `state`; each is used once."""

import msgspec
from pynamodb.exceptions import PutError, UpdateError

from deskshift.model.custody import BrokeredSession
from deskshift.model.errors import LateWriter
from deskshift.store.custody import Held, cleaned_up_at
from deskshift.store.tables import bound, refused_by_condition

_SESSION = "session#"


class Sessions:
    """The sessions of this stack's accounts. The state alone leads to one: a callback knows no account."""

    def __init__(self, table: str, region: str) -> None:
        self._model = bound(Held, table, region)

    def put(self, session: BrokeredSession) -> None:
        """Record a session that has begun.

        Raises:
            LateWriter: there is another one of this state: it must not be used.
        """
        record = self._model(
            _SESSION + session.state_hash,
            expires_at=cleaned_up_at(session.expires_at),
            sealed=session.sealed_verifier,
            body=msgspec.json.encode(msgspec.structs.replace(session, sealed_verifier=None)).decode(),
        )
        try:
            record.save(condition=self._model.key.does_not_exist())
        except PutError as error:
            if not refused_by_condition(error):
                raise
            # The client writes again by itself if the first answer was lost, and then meets its own write.
            if self.find(session.state_hash) != session:
                raise LateWriter("a session of this state") from None

    def find(self, state_hash: str) -> BrokeredSession | None:
        """Read a session, consistently, with who has claimed it; None if no authorization was begun with the state."""
        try:
            record = self._model.get(_SESSION + state_hash, consistent_read=True)
        except self._model.DoesNotExist:
            return None
        return _session(record)

    def claim(self, state_hash: str, callback: str) -> BrokeredSession | None:
        """Use a state, before its code is sent anywhere; None if another callback has, or there is no such state.

        Its sealed verifier goes in the same write: who claims it has read it before, and nobody needs it after.

        Args:
            state_hash: names the session.
            callback: names this call alone, so that nobody else takes its claim for their own.
        """
        unused = self._model.key.exists() & self._model.claim.does_not_exist()
        record = self._model(_SESSION + state_hash)
        try:
            record.update(actions=[self._model.claim.set(callback), self._model.sealed.remove()], condition=unused)
        except UpdateError as error:
            if not refused_by_condition(error):
                raise
            # As above: the claim may be this very one.
            found = self.find(state_hash)
            return found if found is not None and found.claim == callback else None
        return _session(record)


def _session(record: Held) -> BrokeredSession:
    session = msgspec.json.decode(record.body, type=BrokeredSession)
    return msgspec.structs.replace(session, claim=record.claim, sealed_verifier=record.sealed)
