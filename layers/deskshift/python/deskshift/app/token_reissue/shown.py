"""Show the reissues of an account: the report, and who has not authorized yet (Z-17 to Z-19)."""

import msgspec

from deskshift.app.token_reissue.found import Found, digests, kept_found
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


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a request for all grants is; `grants` is how many there are, once `opened` says that all are."""

    batch_id: str
    grants: int
    opened: bool


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
        UnknownAccount: no connection is recorded.
        UnknownBatch: there was no such request, or its inventory is not taken yet.
        VendorUnavailable: the clients cannot be read to compare them.
    """
    issuer = wiring.issuer(account_id)
    known, found = _inventory(wiring, account_id, batch)
    checks = inventory(found.known.clients.values(), found.grants, found.ways)
    before = Before(
        grants=tuple((one.grant.client_id, one.grant.agent_id) for one in checks.grants),
        clients=found.digests,
        to_check=checks.to_check,
    )
    keys = set(before.grants)
    reissues = [one for one in wiring.grants.of_account(account_id) if (one.client_id, one.agent_id) in keys]
    return build(account_id, known.batch_id, before, reissues, digests(issuer, found.known))


def progress(wiring: TokenWiring, account_id: str, batch: str | None) -> Progress:
    """Tell how far a request for all grants is; that takes no call to anybody.

    Raises:
        UnknownBatch: there was no such request.
    """
    asked = _asked(wiring, account_id, batch)
    if not asked:
        raise UnknownBatch(account_id, "any")
    return Progress(batch_id=asked[0].batch_id, grants=asked[0].grants, opened=asked[0].ended_at is not None)


def _asked(wiring: TokenWiring, account_id: str, batch: str | None) -> list[Batch]:
    """Give the requests for all grants, the newest first; with its id that one alone."""
    asked = [wiring.batches.get(account_id, batch)] if batch is not None else wiring.batches.of_account(account_id)
    return sorted(asked, key=lambda one: one.opened_at, reverse=True)


def _inventory(wiring: TokenWiring, account_id: str, batch: str | None) -> tuple[Batch, Found]:
    """Find a request's inventory; without an id that of the newest request whose inventory has been taken."""
    for one in _asked(wiring, account_id, batch):
        found = kept_found(wiring, one)
        if found is not None:
            return one, found
    raise UnknownBatch(account_id, batch or "any")
