"""What an inventory finds: every grant, every client byte for byte, and which routes there are (Z-17, Z-19)."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

import msgspec

from deskshift.app.token_reissue.keys import digests_key, found_key, known_key
from deskshift.app.token_reissue.known import Known, read_known
from deskshift.app.token_wiring import TokenWiring
from deskshift.connectors.http import ONE_CALL_MS
from deskshift.connectors.tokens.ports import TokenIssuer
from deskshift.domain.tokens.report import digest
from deskshift.domain.tokens.routing import Ways
from deskshift.model.account import Agent
from deskshift.model.errors import InventoryUnfinished, VendorRefused
from deskshift.model.issuer_connection import IssuerConnection
from deskshift.model.oauth import Grant
from deskshift.model.reissue import Batch

_KEPT_EVERY = 100
"""So many clients are read between two times that what was read is kept."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The inventory as it was taken; `digests` are of the clients' documents."""

    known: Known
    grants: tuple[Grant, ...]
    ways: Ways
    digests: dict[str, str]


def found_of(wiring: TokenWiring, batch: Batch, time_left: Callable[[], int]) -> Found:
    """Give a batch's inventory, which is taken once: what is compared in the end is from before anything was asked.

    Raises:
        UnknownAccount: no connection is recorded.
        InventoryUnfinished: time is up; what was read of the clients is kept, and the next run goes on.
    """
    found = kept_found(wiring, batch)
    if found is not None:
        return found
    issuer = wiring.issuer(batch.account_id)
    known = read_known(wiring, batch.account_id, issuer)
    found = Found(
        known=_without_addresses(known),
        grants=tuple(issuer.grants()),
        ways=ways(issuer, wiring.connections.issuer(batch.account_id)),
        digests=_digests_before(wiring, batch, issuer, known, time_left),
    )
    wiring.files.put(found_key(batch.account_id, batch.batch_id), msgspec.json.encode(found))
    without_people = msgspec.structs.replace(found.known, agents={})
    wiring.files.put(known_key(batch.account_id, batch.batch_id), msgspec.json.encode(without_people))
    return found


def kept_found(wiring: TokenWiring, batch: Batch) -> Found | None:
    """Read a batch's inventory; None if it is not taken yet, or its files are deleted."""
    return wiring.files.read(found_key(batch.account_id, batch.batch_id), Found)


def digests(issuer: TokenIssuer, known: Known) -> dict[str, str]:
    """Digest what the API shows of each client now; one that is gone has none."""
    return _there({name: _digest(issuer, name) for name in known.clients})


def _digests_before(
    wiring: TokenWiring, batch: Batch, issuer: TokenIssuer, known: Known, time_left: Callable[[], int]
) -> dict[str, str]:
    """Go on where a run before this one was when its time was up."""
    key = digests_key(batch.account_id, batch.batch_id)
    read = wiring.files.read(key, dict[str, str | None]) or {}
    for name in [each for each in known.clients if each not in read]:
        out_of_time = time_left() < ONE_CALL_MS
        if out_of_time or (read and len(read) % _KEPT_EVERY == 0):
            wiring.files.put(key, msgspec.json.encode(read))
        if out_of_time:
            raise InventoryUnfinished(batch.batch_id, 0, batch.grants)
        read[name] = _digest(issuer, name)
    return _there({name: read[name] for name in known.clients})


def _there(read: Mapping[str, str | None]) -> dict[str, str]:
    return {name: found for name, found in read.items() if found is not None}


def _digest(issuer: TokenIssuer, client_id: str) -> str | None:
    try:
        return digest(issuer.client_document(client_id))
    except VendorRefused as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return None


def _without_addresses(known: Known) -> Known:
    """Keep of people what is needed later: their roles and languages, and the names of whom a letter is written to."""
    owners = {client.owner_id for client in known.clients.values()}

    def kept(agent: Agent) -> Agent:
        return msgspec.structs.replace(agent, email="", name=agent.name if agent.id in owners else "")

    return msgspec.structs.replace(known, agents={name: kept(agent) for name, agent in known.agents.items()})


def ways(issuer: TokenIssuer, connection: IssuerConnection) -> Ways:
    """Put together which routes there are for an account's grants."""
    return Ways(
        lists=issuer.offers.lists,
        pkce=issuer.offers.pkce,
        callback=connection.callback,
        entrusted=frozenset(connection.entrusted),
    )
