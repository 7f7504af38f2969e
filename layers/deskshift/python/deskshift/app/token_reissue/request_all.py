"""A request for all grants of an account: an inventory, a reissue for each grant, a message for each invitation."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import msgspec

from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.app.token_reissue.found import Found, read_found
from deskshift.app.token_reissue.keys import found_key, known_key
from deskshift.app.token_reissue.letters import tell_owners
from deskshift.app.token_reissue.open_grant import newest_policy, open_grant
from deskshift.app.token_reissue.roll_back import roll_back_opened
from deskshift.app.token_wiring import TokenWiring
from deskshift.domain.tokens.ids import batch_id, grant_key
from deskshift.domain.tokens.requests import same_batch
from deskshift.domain.tokens.routing import Routed, inventory
from deskshift.model.account import Agent
from deskshift.model.errors import InventoryUnfinished, LateWriter
from deskshift.model.reissue import Batch, Reissue, ReissueRequest

_AT_ONCE = 10
_LOOKED_EVERY = 20
"""So many grants are opened between two looks whether the account is rolled back."""
_SPARE_MS = 60_000
"""What is left for the rest when no further grant is opened."""


def request_all(wiring: TokenWiring, request: ReissueRequest, time_left: Callable[[], int]) -> Batch:
    """Open a reissue for each grant of an account, and have each invitation sent by a message of its own.

    Everything may be done again: the batch is known by its request, a reissue by its grant, a letter by its id.

    Raises:
        UnknownAccount: no connection, or no issuer, is recorded.
        RequestDiffers: the request id was used for another request before.
        GrantsNotListed: the issuer does not show all grants.
        InventoryUnfinished: time is up; the message comes again and goes on.
        LateWriter: another run works on it at the same time, or it was stopped; the message comes again and finds that.
    """
    name = batch_id(request.account_id, request.request_id)
    batch = wiring.batches.find(request.account_id, name)
    if batch is None:
        batch = _begun(wiring, request, name)
    same_batch(batch, request)
    if batch.ended_at is not None and batch.stopped is None:
        return batch
    connection = wiring.connections.issuer(request.account_id)
    found = wiring.files.read(found_key(request.account_id, name), Found)
    if found is None:
        raise InventoryUnfinished(name, 0, batch.grants)
    routed = inventory(found.known.clients.values(), found.grants, found.ways).grants
    if batch.stopped is not None:
        roll_back_opened(wiring, request.account_id, _opened(wiring, request, routed))
        return batch
    tell_owners(wiring, connection, found.known, newest_policy(), name)
    for done, one in enumerate(routed):
        if time_left() < _SPARE_MS:
            raise InventoryUnfinished(name, done, len(routed))
        if done % _LOOKED_EVERY == 0:
            _not_stopped(wiring, batch)
        open_grant(wiring, request, one, found.known)
    _not_stopped(wiring, batch)
    _send(wiring, request, name, routed)
    routes = dict(Counter(one.route for one in routed))
    over = msgspec.structs.replace(batch, opened=len(routed), routes=routes, ended_at=wiring.now())
    logger.info(Event.BATCH_OPENED, extra={"batch_id": name, "grants": batch.grants})
    return wiring.batches.save(over)


def _opened(wiring: TokenWiring, request: ReissueRequest, routed: Sequence[Routed]) -> Iterator[Reissue]:
    """Find what a request has opened and what is open still."""
    for one in routed:
        key = grant_key(request.account_id, one.grant.client_id, one.grant.agent_id)
        rounds = wiring.grants.of_grant(request.account_id, key)
        if rounds and rounds[-1].is_open and rounds[-1].request.request_id == request.request_id:
            yield rounds[-1]


def _not_stopped(wiring: TokenWiring, batch: Batch) -> None:
    if wiring.batches.get(batch.account_id, batch.batch_id).stopped is not None:
        raise LateWriter(f"batch {batch.batch_id}")


def _begun(wiring: TokenWiring, request: ReissueRequest, name: str) -> Batch:
    """Take the inventory: kept first, so that whoever sees the batch finds it."""
    found = _without_addresses(read_found(wiring, request.account_id))
    wiring.files.put(found_key(request.account_id, name), msgspec.json.encode(found))
    without_people = msgspec.structs.replace(found.known, agents={})
    wiring.files.put(known_key(request.account_id, name), msgspec.json.encode(without_people))
    return wiring.batches.create(
        Batch(
            account_id=request.account_id,
            batch_id=name,
            request=request,
            opened_at=wiring.now(),
            grants=len(found.grants),
            routes={},
            clients=found.digests,
        )
    )


def _without_addresses(found: Found) -> Found:
    """Keep of people what is needed later: their roles and languages, and the names of whom a letter is written to."""
    owners = {client.owner_id for client in found.known.clients.values()}

    def kept(agent: Agent) -> Agent:
        return msgspec.structs.replace(agent, email="", name=agent.name if agent.id in owners else "")

    agents = {name: kept(agent) for name, agent in found.known.agents.items()}
    return msgspec.structs.replace(found, known=msgspec.structs.replace(found.known, agents=agents))


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
