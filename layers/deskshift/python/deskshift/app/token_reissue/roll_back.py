"""Roll an account back: its new tokens are revoked, and the old ones stay (Z-31)."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from deskshift.app.token_reissue.carry_out import carry_out, finish, revoke_orphans
from deskshift.app.token_reissue.stopping import stop_batches
from deskshift.app.token_wiring import TokenWiring
from deskshift.connectors.tokens.ports import TokenIssuer
from deskshift.domain.tokens.retirement import irrevocable, left_in_force, of_this_move, rolled_back
from deskshift.model.errors import LateWriter, TransitionNotPossible
from deskshift.model.reissue import Reissue

_TRIES = 5


def roll_back(wiring: TokenWiring, account_id: str) -> list[Reissue]:
    """Revoke the new tokens of an account's present move, and leave the old ones; gives each grant's last reissue.

    Requests for all grants are stopped first, and what one has opened meanwhile is read as well.

    Raises:
        TransitionNotPossible: an old token is retired already, and nothing was done; or an authorization that is being
            completed has kept one grant from going back, and the others have.
        VendorUnavailable: some new tokens may still be in force; done again it goes on.
        LateWriter: somebody else was faster each time; done again it goes on.
    """
    issuer = wiring.issuer(account_id)
    _not_too_late(wiring, _moves(wiring, account_id))
    stop_batches(wiring, account_id)
    so_far = _SoFar({}, {})
    tries = _TRIES
    while left := [one for one in _last(wiring, account_id) if not so_far.has(one)]:
        late = _each_back(wiring, issuer, left, so_far)
        tries -= late is not None
        if late is not None and tries == 0:
            raise late
    for refused in so_far.refused.values():
        raise refused
    return list(so_far.done.values())


def roll_back_opened(wiring: TokenWiring, account_id: str, opened: Iterable[Reissue]) -> None:
    """Roll back what a batch has opened after the account was rolled back: its run did not know that yet.

    Raises:
        TransitionNotPossible: an authorization is being completed.
        VendorUnavailable: as of `roll_back`.
        LateWriter: as of `roll_back`.
    """
    issuer = wiring.issuer(account_id)
    for one in opened:
        _back(wiring, issuer, one)


class _SoFar(NamedTuple):
    done: dict[str, Reissue]
    refused: dict[str, TransitionNotPossible]

    def has(self, reissue: Reissue) -> bool:
        return reissue.reissue_id in self.done or reissue.reissue_id in self.refused


def _moves(wiring: TokenWiring, account_id: str) -> list[list[Reissue]]:
    """Find what each grant's present move consists of."""
    found: dict[tuple[str, str | None], list[Reissue]] = {}
    for one in wiring.grants.of_account(account_id):
        found.setdefault((one.client_id, one.agent_id), []).append(one)
    return [of_this_move(sorted(rounds, key=lambda one: one.round)) for rounds in found.values()]


def _last(wiring: TokenWiring, account_id: str) -> list[Reissue]:
    return [rounds[-1] for rounds in _moves(wiring, account_id)]


def _not_too_late(wiring: TokenWiring, moves: Iterable[Sequence[Reissue]]) -> None:
    for rounds in moves:
        for one in rounds:
            if (why := irrevocable(one)) is not None:
                raise TransitionNotPossible(one.reissue_id, why)
        last = rolled_back(rounds[-1], (), wiring.clock())
        if last.refused:
            raise TransitionNotPossible(rounds[-1].reissue_id, last.reason)


def _each_back(wiring: TokenWiring, issuer: TokenIssuer, left: Sequence[Reissue], so_far: _SoFar) -> LateWriter | None:
    """Roll each back; whom somebody else has written in this moment is read again."""
    late: LateWriter | None = None
    for one in left:
        try:
            so_far.done[one.reissue_id] = _back(wiring, issuer, one)
        except TransitionNotPossible as error:
            so_far.refused[one.reissue_id] = error
        except LateWriter as error:
            late = error
    return late


def _back(wiring: TokenWiring, issuer: TokenIssuer, reissue: Reissue) -> Reissue:
    if reissue.becomes is not None:
        reissue = finish(wiring, issuer, reissue)
    listed = issuer.tokens(reissue.client_id, reissue.agent_id) if issuer.offers.lists else []
    found = rolled_back(reissue, listed, wiring.clock())
    if found.refused:
        raise TransitionNotPossible(reissue.reissue_id, found.reason)
    if reissue.is_open:
        return carry_out(wiring, issuer, found)
    # The mark first: what it names is revoked however often it is tried, and nothing that comes later.
    ended = found.after
    if found.orphans and not issuer.offers.revokes_by_id:
        ended = left_in_force(ended, found.orphans)
    marked = wiring.grants.mark(ended) if found.changed else reissue
    revoke_orphans(issuer, found.orphans)
    return marked
