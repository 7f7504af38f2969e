"""A rollback ends the requests for all grants of its account: what is left of one opens nothing and sends nothing."""

import msgspec

from deskshift.app.token_wiring import TokenWiring
from deskshift.domain.tokens.ids import batch_id
from deskshift.model.errors import LateWriter
from deskshift.model.reissue import Batch, ReissueRequest
from deskshift.store.rollbacks import Rollbacks

_TRIES = 5


def rollbacks(wiring: TokenWiring) -> Rollbacks:
    """Give the marks of the accounts that go back at this time."""
    return Rollbacks(wiring.tokens.grants_table, wiring.settings.region)


def stop_batches(wiring: TokenWiring, account_id: str) -> None:
    """Stop every batch of an account, also one that has ended: its messages may still be on their way.

    Raises:
        LateWriter: a run that opens grants was faster each time; done again it goes on.
    """
    for _ in range(_TRIES - 1):
        try:
            _stop_each(wiring, account_id)
        except LateWriter:
            continue
        return
    _stop_each(wiring, account_id)


def _stop_each(wiring: TokenWiring, account_id: str) -> None:
    now = wiring.now()
    for batch in wiring.batches.of_account(account_id):
        if batch.stopped is None:
            wiring.batches.save(msgspec.structs.replace(batch, stopped=now, ended_at=batch.ended_at or now))


def stopped_batch(wiring: TokenWiring, request: ReissueRequest) -> Batch | None:
    """Give the batch that a message for one grant is from, if it is stopped."""
    batch = None if request.batch_id is None else wiring.batches.find(request.account_id, request.batch_id)
    return None if batch is None or batch.stopped is None else batch


def opened_by_stopped(wiring: TokenWiring, account_id: str, request: ReissueRequest) -> bool:
    """Say whether the batch that a reissue was opened by is stopped: it goes back, and nobody is to hear of it."""
    of_all = batch_id(account_id, request.request_id) if request.client_id is None else None
    name = request.batch_id or of_all
    batch = None if name is None else wiring.batches.find(account_id, name)
    return batch is not None and batch.stopped is not None
