"""Show the reissues of an account: the report, and who has not authorized yet (Z-17 to Z-19)."""

import msgspec

from deskshift.app.token_reissue.found import Found, digests
from deskshift.app.token_reissue.keys import found_key
from deskshift.app.token_wiring import TokenWiring
from deskshift.domain.tokens.report import Before, TokensReport, build
from deskshift.domain.tokens.routing import inventory
from deskshift.model.errors import UnknownBatch
from deskshift.model.reissue import Batch


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """A reissue that waits for somebody."""

    reissue_id: str
    client_id: str
    agent_id: str | None
    route: str
    status: str
    deadline: str
    invitations: int
    reminded: int
    reason: str | None


def pending(wiring: TokenWiring, account_id: str) -> list[Pending]:
    """List the open reissues of an account.

    Raises:
        UnknownAccount: no connection is recorded.
    """
    wiring.connections.get(account_id)
    return [
        Pending(
            reissue_id=one.reissue_id,
            client_id=one.client_id,
            agent_id=one.agent_id,
            route=one.route,
            status=one.status,
            deadline=one.deadline,
            invitations=one.invitations,
            reminded=one.reminded,
            reason=one.reason,
        )
        for one in wiring.grants.open_of_account(account_id)
    ]


def report(wiring: TokenWiring, account_id: str, batch: str | None) -> TokensReport:
    """Put the report of a request for all grants together; without its id, of the newest one.

    Raises:
        UnknownBatch: there was no such request.
        VendorUnavailable: the clients cannot be read to compare them.
    """
    known = _batch(wiring, account_id, batch)
    found = wiring.files.read(found_key(account_id, known.batch_id), Found)
    if found is None:
        raise UnknownBatch(account_id, known.batch_id)
    checks = inventory(found.known.clients.values(), found.grants, found.ways)
    before = Before(
        grants=tuple((one.grant.client_id, one.grant.agent_id) for one in checks.grants),
        clients=found.digests,
        to_check=checks.to_check,
    )
    keys = set(before.grants)
    reissues = [one for one in wiring.grants.of_account(account_id) if (one.client_id, one.agent_id) in keys]
    issuer = wiring.issuer(account_id)
    return build(account_id, known.batch_id, before, reissues, digests(issuer, found.known))


def _batch(wiring: TokenWiring, account_id: str, batch: str | None) -> Batch:
    if batch is not None:
        return wiring.batches.get(account_id, batch)
    batches = wiring.batches.of_account(account_id)
    if not batches:
        raise UnknownBatch(account_id, "any")
    return max(batches, key=lambda one: one.opened_at)
