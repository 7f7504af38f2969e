"""Roll an account back: its new tokens are revoked, and the old ones stay (Z-31)."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.app.token_reissue.carry_out import carry_out, finish
from deskshift.app.token_reissue.stopping import rollbacks, stop_batches
from deskshift.app.token_reissue.take_back import check_nothing_waits
from deskshift.app.token_wiring import TokenWiring
from deskshift.connectors.tokens.ports import TokenIssuer
from deskshift.domain.tokens.retirement import irrevocable, of_this_move, rolled_back
from deskshift.model.errors import LateWriter, RevocationRefused, TransitionNotPossible, VendorRefused
from deskshift.model.reissue import Reissue

_TRIES = 5


def roll_back(wiring: TokenWiring, account_id: str) -> list[Reissue]:
    """Revoke the new tokens of an account's present move, and leave the old ones; gives each grant's last reissue.

    That the account goes back is recorded first, so that no old token is retired between two calls of which the first
    has done half; the second goes on with whatever can go back. Requests for all grants are stopped, and what one has
    opened meanwhile is read as well.

    Raises:
        TransitionNotPossible: an old token is retired already, and nothing was done; or an authorization that is being
            completed has kept one grant from going back, and the others have.
        RevocationRefused: the issuer does not revoke some new tokens; all else is back, and an operator has to see to
            them.
        VendorUnavailable: some new tokens may still be in force; done again it goes on.
        LateWriter: somebody else was faster each time; done again it goes on.
    """
    issuer = wiring.issuer(account_id)
    _announced(wiring, account_id)
    stop_batches(wiring, account_id)
    so_far = _SoFar({}, {}, [])
    _all_back(wiring, issuer, lambda: _last(wiring, account_id), so_far)
    if not so_far.waiting:
        rollbacks(wiring).end(account_id)
    for refused in so_far.refused.values():
        raise refused
    return list(so_far.done.values())


def roll_back_opened(wiring: TokenWiring, account_id: str, still_open: Callable[[], Iterable[Reissue]]) -> None:
    """Roll back what a batch has opened after the account was rolled back: its run did not know that yet.

    Raises:
        TransitionNotPossible: an authorization is being completed.
        VendorUnavailable: as of `roll_back`.
        LateWriter: as of `roll_back`.
    """
    so_far = _SoFar({}, {}, [])
    _all_back(wiring, wiring.issuer(account_id), still_open, so_far)
    for refused in so_far.refused.values():
        if isinstance(refused, TransitionNotPossible):
            raise refused  # the message comes again; what the issuer refuses it would refuse again, and is recorded


class _SoFar(NamedTuple):
    done: dict[str, Reissue]
    refused: dict[str, TransitionNotPossible | RevocationRefused]
    waiting: list[str]
    """Those of the refused that may go back later."""

    def has(self, reissue: Reissue) -> bool:
        return reissue.reissue_id in self.done or reissue.reissue_id in self.refused


def _announced(wiring: TokenWiring, account_id: str) -> None:
    """Record that the account goes back, unless it is too late; once new tokens are revoked nothing is too late."""
    marks = rollbacks(wiring)
    if marks.stage(account_id) == "begun":
        return
    marks.put(account_id, "announced")  # before the look: what is retired after it would not be seen
    try:
        _not_too_late(wiring, _moves(wiring, account_id))
    except TransitionNotPossible:
        marks.end(account_id)
        raise
    marks.put(account_id, "begun")


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


def _all_back(wiring: TokenWiring, issuer: TokenIssuer, read: Callable[[], Iterable[Reissue]], so_far: _SoFar) -> None:
    """Roll back what is read, until nothing else is; whom somebody else has written in this moment is read again."""
    tries = _TRIES
    while left := [one for one in read() if not so_far.has(one)]:
        late = _each_back(wiring, issuer, left, so_far)
        tries -= late is not None
        if late is not None and tries == 0:
            raise late


def _each_back(wiring: TokenWiring, issuer: TokenIssuer, left: Sequence[Reissue], so_far: _SoFar) -> LateWriter | None:
    late: LateWriter | None = None
    for one in left:
        try:
            after = _back(wiring, issuer, one)
        except TransitionNotPossible as error:
            so_far.refused[one.reissue_id] = error
            if irrevocable(one) is None:
                so_far.waiting.append(one.reissue_id)
        except LateWriter as error:
            late = error
        else:
            so_far.done[one.reissue_id] = after
            if after.not_revoked:
                so_far.refused[one.reissue_id] = RevocationRefused(one.reissue_id, after.not_revoked)
    return late


def _back(wiring: TokenWiring, issuer: TokenIssuer, reissue: Reissue) -> Reissue:
    if reissue.becomes is not None:
        reissue = finish(wiring, issuer, reissue)
    listed = issuer.tokens(reissue.client_id, reissue.agent_id) if issuer.offers.lists else []
    found = rolled_back(reissue, listed, wiring.clock())
    if found.refused:
        raise TransitionNotPossible(reissue.reissue_id, found.reason)
    if reissue.is_open:
        check_nothing_waits(wiring, reissue)
        return carry_out(wiring, issuer, found)
    # The mark first: what it names is revoked however often it is tried, and nothing that comes later.
    marked = wiring.grants.mark(found.after) if found.changed else reissue
    return _without(wiring, issuer, marked, dict.fromkeys((*found.orphans, *reissue.not_revoked)))


def _without(wiring: TokenWiring, issuer: TokenIssuer, ended: Reissue, tokens: Iterable[str]) -> Reissue:
    """Revoke what has come after an end, and write down what the issuer refuses to revoke."""
    refused: list[str] = []
    for token in tokens:
        try:
            issuer.revoke(token)
        except VendorRefused as error:
            refused.append(token)
            extra = {"reissue_id": ended.reissue_id, "error_code": error.vendor_code}
            logger.warning(Event.REVOCATION_REFUSED, extra=extra)
    if tuple(refused) == ended.not_revoked:
        return ended
    return wiring.grants.mark(msgspec.structs.replace(ended, not_revoked=tuple(refused)))
