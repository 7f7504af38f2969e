"""A request for all grants of an account: an inventory, a reissue for each grant, a message for each invitation."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import msgspec

from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.app.token_reissue.found import found_of, kept_found
from deskshift.app.token_reissue.letters import tell_owners
from deskshift.app.token_reissue.open_grant import newest_policy, open_grant
from deskshift.app.token_reissue.roll_back import roll_back_opened
from deskshift.app.token_wiring import TokenWiring
from deskshift.domain.tokens.ids import batch_id, grant_key
from deskshift.domain.tokens.requests import same_batch
from deskshift.domain.tokens.routing import Routed, inventory
from deskshift.model.errors import GrantsNotListed, InventoryUnfinished, LateWriter
from deskshift.model.reissue import Batch, Reissue, ReissueRequest

_AT_ONCE = 10
_LOOKED_EVERY = 20
"""So many grants are opened between two looks whether the account is rolled back."""
_SPARE_MS = 60_000
"""What is left for the rest when no further grant is opened."""


def request_all(wiring: TokenWiring, request: ReissueRequest, time_left: Callable[[], int]) -> Batch:
    """Open a reissue for each grant of an account, and have each invitation sent by a message of its own.

    Everything may be done again: the batch is known by its request, a reissue by its grant, a letter by its id. If the
    account is rolled back meanwhile, this run itself takes back what it has opened.

    Raises:
        UnknownAccount: no connection, or no issuer, is recorded.
        RequestDiffers: the request id was used for another request before.
        GrantsNotListed: the issuer does not show all grants.
        InventoryUnfinished: time is up; the message comes again and goes on.
        LateWriter: another run works on it at the same time; the message comes again and finds what came of that.
    """
    name = batch_id(request.account_id, request.request_id)
    batch = wiring.batches.find(request.account_id, name) or _begun(wiring, request, name)
    same_batch(batch, request)
    if batch.ended_at is not None and batch.stopped is None:
        return batch
    if batch.stopped is None:
        batch = _opened(wiring, batch, time_left)
    if batch.stopped is not None:
        _taken_back(wiring, batch)
    return batch


def _begun(wiring: TokenWiring, request: ReissueRequest, name: str) -> Batch:
    """Record the batch before its inventory is taken, which takes minutes: a rollback has to find it."""
    wiring.connections.get(request.account_id)
    wiring.connections.issuer(request.account_id)
    if not wiring.issuer(request.account_id).offers.lists:
        raise GrantsNotListed(request.account_id)  # a part of them would pass for all
    return wiring.batches.create(
        Batch(account_id=request.account_id, batch_id=name, request=request, opened_at=wiring.now())
    )


def _opened(wiring: TokenWiring, batch: Batch, time_left: Callable[[], int]) -> Batch:
    """Open, and send the messages; a batch that is stopped meanwhile is given back as it is then."""
    request, name = batch.request, batch.batch_id
    found = found_of(wiring, batch, time_left)
    routed = inventory(found.known.clients.values(), found.grants, found.ways).grants
    for done, one in enumerate(routed):
        if time_left() < _SPARE_MS:
            raise InventoryUnfinished(name, done, len(routed))
        if done % _LOOKED_EVERY == 0 and (stopped := _stopped(wiring, batch)) is not None:
            return stopped
        if done == 0:
            connection = wiring.connections.issuer(batch.account_id)
            tell_owners(wiring, connection, found.known, newest_policy(), name)
        open_grant(wiring, request, one, found.known)
    if (stopped := _stopped(wiring, batch)) is not None:
        return stopped
    _send(wiring, request, name, routed)
    return _over(wiring, batch, len(routed))


def _over(wiring: TokenWiring, batch: Batch, grants: int) -> Batch:
    over = msgspec.structs.replace(batch, grants=grants, ended_at=wiring.now())
    try:
        written = wiring.batches.save(over)
    except LateWriter:
        written = wiring.batches.get(batch.account_id, batch.batch_id)
        if written.ended_at is None:
            raise
        return written  # stopped in this very moment, or another run has come to the same end
    logger.info(Event.BATCH_OPENED, extra={"batch_id": batch.batch_id, "grants": grants})
    return written


def _stopped(wiring: TokenWiring, batch: Batch) -> Batch | None:
    now = wiring.batches.get(batch.account_id, batch.batch_id)
    return None if now.stopped is None else now


def _taken_back(wiring: TokenWiring, batch: Batch) -> None:
    """Roll back what a stopped batch has opened; without an inventory it has opened nothing."""
    found = kept_found(wiring, batch)
    if found is None:
        return
    routed = inventory(found.known.clients.values(), found.grants, found.ways).grants
    roll_back_opened(wiring, batch.account_id, lambda: _still_open(wiring, batch.request, routed))


def _still_open(wiring: TokenWiring, request: ReissueRequest, routed: Sequence[Routed]) -> Iterator[Reissue]:
    """Find what a request has opened and what is open still."""
    for one in routed:
        key = grant_key(request.account_id, one.grant.client_id, one.grant.agent_id)
        rounds = wiring.grants.of_grant(request.account_id, key)
        if rounds and rounds[-1].is_open and rounds[-1].request.request_id == request.request_id:
            yield rounds[-1]


def _send(wiring: TokenWiring, request: ReissueRequest, name: str, routed: Sequence[Routed]) -> None:
    """Queue a message for each grant, grouped by grant; sent twice within minutes SQS keeps one."""
    for group in _grouped(routed):
        entries = [_entry(request, name, str(number), one) for number, one in enumerate(group)]
        answer = wiring.queues.send_message_batch(
            QueueUrl=wiring.tokens.queue_url,
            Entries=entries,  # type: ignore[arg-type]  # plain dicts of the same shape
        )
        if answer.get("Failed"):
            raise InventoryUnfinished(name, 0, len(routed))


def _grouped(routed: Sequence[Routed]) -> Iterator[list[Routed]]:
    rest = iter(routed)
    while group := list(islice(rest, _AT_ONCE)):
        yield group


def _entry(request: ReissueRequest, name: str, number: str, one: Routed) -> dict[str, str]:
    key = grant_key(request.account_id, one.grant.client_id, one.grant.agent_id)
    asked = msgspec.structs.replace(request, client_id=one.grant.client_id, agent_id=one.grant.agent_id, batch_id=name)
    return {
        "Id": number,
        "MessageBody": msgspec.json.encode(asked).decode(),
        "MessageGroupId": key,
        "MessageDeduplicationId": hashlib.sha256(f"{name}\0{key}".encode()).hexdigest(),
    }
