"""Retire old tokens once the new ones are used and nothing goes back any more; and roll an account back."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import cache

from deskshift.app.token_reissue.carry_out import carry_out, finish
from deskshift.app.token_reissue.look import each_open
from deskshift.app.token_wiring import TokenWiring
from deskshift.connectors.tokens.ports import IssuerOffers, TokenIssuer
from deskshift.domain.tokens.retirement import Listing, irrevocable, of_this_move, retired, rolled_back
from deskshift.domain.tokens.transitions import Transition
from deskshift.model.errors import TransitionNotPossible
from deskshift.model.oauth import TokenInfo
from deskshift.model.reissue import Reissue

_RETIRED_EVERY = timedelta(hours=1)


def retire(wiring: TokenWiring, time_left: Callable[[], int]) -> int:
    """Retire what may be retired; gives how many reissues could not be looked at."""

    @cache
    def offers_of(account_id: str) -> IssuerOffers:
        return wiring.issuer(account_id).offers  # opened once for an account, and not for each of its grants

    def step(reissue: Reissue, listed: Sequence[TokenInfo]) -> Transition:
        offers = offers_of(reissue.account_id)
        listing = Listing(tuple(listed), lists=offers.lists, revokes_one=offers.revokes_one)
        return retired(reissue, listing, wiring.clock())

    return each_open(wiring, step, time_left, _RETIRED_EVERY)


def roll_back(wiring: TokenWiring, account_id: str) -> list[Reissue]:
    """Revoke the new tokens of an account's present move, and leave the old ones; gives each grant's last reissue.

    Raises:
        TransitionNotPossible: an old token is retired already, and nothing was done; or an authorization that is being
            completed has kept one grant from going back, and the others have.
        VendorUnavailable: some new tokens may still be in force; done again it goes on.
    """
    issuer = wiring.issuer(account_id)
    moves = [of_this_move(rounds) for rounds in _by_grant(wiring.grants.of_account(account_id))]
    _not_too_late(wiring, moves)
    refused: list[TransitionNotPossible] = []
    done: list[Reissue] = []
    for rounds in moves:
        try:
            done.append(_back(wiring, issuer, rounds[-1]))
        except TransitionNotPossible as error:
            refused.append(error)
    if refused:
        raise refused[0]
    return done


def _by_grant(reissues: Iterable[Reissue]) -> list[list[Reissue]]:
    """Put the rounds of each grant together, the oldest first."""
    found: dict[tuple[str, str | None], list[Reissue]] = {}
    for one in reissues:
        found.setdefault((one.client_id, one.agent_id), []).append(one)
    return [sorted(rounds, key=lambda one: one.round) for rounds in found.values()]


def _not_too_late(wiring: TokenWiring, moves: Iterable[Sequence[Reissue]]) -> None:
    for rounds in moves:
        for one in rounds:
            if (why := irrevocable(one)) is not None:
                raise TransitionNotPossible(one.reissue_id, why)
        last = rolled_back(rounds[-1], (), wiring.clock())
        if last.refused:
            raise TransitionNotPossible(rounds[-1].reissue_id, last.reason)


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
    marked = wiring.grants.mark(found.after) if found.changed else reissue
    for token in found.orphans:
        issuer.revoke(token)
    return marked
