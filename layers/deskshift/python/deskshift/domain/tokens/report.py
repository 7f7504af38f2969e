"""The report: grants in equal grants out, what became of each, and what is left to check (Z-17 to Z-19)."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from deskshift.domain.tokens.routing import ToCheck
from deskshift.model.reissue import OldToken, Reissue, Route, Status

Key = tuple[str, str | None]
"""A grant of an account: its client and its agent."""


class GrantRow(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one grant.

    `not_revoked` are new tokens that the issuer refuses to revoke. `rounds` is how often a reissue of it was opened:
    the last one counts.
    """

    client_id: str
    agent_id: str | None
    reissue_id: str
    route: Route
    status: Status
    reason: str | None
    old_token: OldToken
    old_tokens: tuple[str, ...]
    successor: str | None
    not_revoked: tuple[str, ...]
    dropped_scopes: tuple[tuple[str, str], ...]
    invited_at: str | None
    deadline: str
    ended_at: str | None
    rounds: int


class ClientRow(msgspec.Struct, frozen=True, kw_only=True):
    """What the API showed of a client before and after, as digests; `after` None: it is not there any more (Z-17)."""

    client_id: str
    before: str | None
    after: str | None
    unchanged: bool


class TokensReport(msgspec.Struct, frozen=True, kw_only=True):
    """The whole report. `missing` are grants of the inventory without a reissue: there are none in the end.

    `balanced`: each grant that went in is a row, and no other is.
    """

    account_id: str
    batch_id: str | None
    grants_in: int
    grants_out: int
    balanced: bool
    complete: bool
    outcomes: dict[Status, int]
    old_tokens: dict[OldToken, int]
    grants: tuple[GrantRow, ...]
    pending: tuple[str, ...]
    missing: tuple[Key, ...]
    clients: tuple[ClientRow, ...]
    clients_unchanged: bool
    to_check: tuple[ToCheck, ...]


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """What the inventory found when the request came: each grant once, and a digest of each client's document."""

    grants: tuple[Key, ...]
    clients: Mapping[str, str]
    to_check: tuple[ToCheck, ...]


def digest(document: bytes) -> str:
    """Digest what the API shows of a client, byte for byte."""
    return hashlib.sha256(document).hexdigest()


def build(
    account_id: str, batch_id: str | None, before: Before, reissues: Iterable[Reissue], clients_after: Mapping[str, str]
) -> TokensReport:
    """Put the report together.

    Args:
        account_id: the account.
        batch_id: the request for all grants; None of one grant.
        before: what the inventory found.
        reissues: every reissue of these grants, in any order.
        clients_after: digests of the clients' documents as they are now.
    """
    rows = _rows(reissues)
    missing = tuple(key for key in before.grants if key not in rows)
    clients = tuple(_client(one, before.clients, clients_after) for one in sorted({*before.clients, *clients_after}))
    found = [rows[key] for key in sorted(rows, key=_order)]
    return TokensReport(
        account_id=account_id,
        batch_id=batch_id,
        grants_in=len(before.grants),
        grants_out=len(found),
        balanced=set(before.grants) == set(rows) and len(set(before.grants)) == len(before.grants),
        complete=not missing and all(row.ended_at is not None for row in found),
        outcomes=dict(Counter(row.status for row in found)),
        old_tokens=dict(Counter(row.old_token for row in found)),
        grants=tuple(found),
        pending=tuple(row.reissue_id for row in found if row.ended_at is None),
        missing=missing,
        clients=clients,
        clients_unchanged=all(client.unchanged for client in clients),
        to_check=before.to_check,
    )


def _rows(reissues: Iterable[Reissue]) -> dict[Key, GrantRow]:
    last: dict[Key, Reissue] = {}
    for one in reissues:
        key = (one.client_id, one.agent_id)
        if key not in last or last[key].round < one.round:
            last[key] = one
    return {key: _row(one) for key, one in last.items()}


def _row(one: Reissue) -> GrantRow:
    return GrantRow(
        client_id=one.client_id,
        agent_id=one.agent_id,
        reissue_id=one.reissue_id,
        route=one.route,
        status=one.status,
        reason=one.reason,
        old_token=one.old_token,
        old_tokens=tuple(token.id for token in one.old),
        successor=one.successor,
        not_revoked=one.not_revoked,
        dropped_scopes=one.dropped_scopes,
        invited_at=one.invited_at,
        deadline=one.deadline,
        ended_at=one.ended_at,
        rounds=one.round,
    )


def _client(client_id: str, before: Mapping[str, str], after: Mapping[str, str]) -> ClientRow:
    old, new = before.get(client_id), after.get(client_id)
    # A client that was registered meanwhile is no change of one that was there.
    return ClientRow(client_id=client_id, before=old, after=new, unchanged=old is None or old == new)


def _order(key: Key) -> tuple[str, bool, str]:
    client_id, agent_id = key
    return (client_id, agent_id is not None, agent_id or "")
