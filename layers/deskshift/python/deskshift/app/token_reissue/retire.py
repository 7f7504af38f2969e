"""Retire old tokens once the new ones are used and nothing goes back any more; and roll an account back."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial

from deskshift.app.token_reissue.look import each_open, look_at
from deskshift.app.token_reissue.stopping import stop_batches
from deskshift.app.token_wiring import TokenWiring
from deskshift.connectors.tokens.ports import TokenIssuer
from deskshift.domain.tokens.retirement import Listing, retired, rolled_back
from deskshift.domain.tokens.transitions import Transition
from deskshift.model.errors import LateWriter, TransitionNotPossible
from deskshift.model.oauth import TokenInfo
from deskshift.model.reissue import Reissue

_RETIRED_EVERY = timedelta(hours=1)
_TRIES = 5


def retire(wiring: TokenWiring, time_left: Callable[[], int]) -> int:
    """Retire what may be retired; gives how many reissues could not be looked at."""

    def step(reissue: Reissue, listed: Sequence[TokenInfo]) -> Transition:
        offers = wiring.issuer(reissue.account_id).offers
        listing = Listing(tuple(listed), lists=offers.lists, revokes_one=offers.revokes_one)
        return retired(reissue, listing, wiring.clock())

    return each_open(wiring, step, time_left, _RETIRED_EVERY)


def roll_back(wiring: TokenWiring, account_id: str) -> list[Reissue]:
    """Revoke the new tokens of an account, and leave the old ones.

    Requests for all grants are stopped first, and what one has opened meanwhile is read as well.

    Raises:
        TransitionNotPossible: an old token is retired already; nothing was done.
        VendorUnavailable: some new tokens may still be in force; done again it goes on.
        LateWriter: somebody else was faster each time; done again it goes on.
    """
    issuer = wiring.issuer(account_id)
    for reissue in wiring.grants.of_account(account_id):
        refused = rolled_back(reissue, (), wiring.clock())
        if refused.refused:
            raise TransitionNotPossible(reissue.reissue_id, refused.reason)
    stop_batches(wiring, account_id)
    done: dict[str, Reissue] = {}
    tries = _TRIES
    while left := [one for one in wiring.grants.of_account(account_id) if one.reissue_id not in done]:
        late = _each_back(wiring, issuer, left, done)
        tries -= late is not None
        if late is not None and tries == 0:
            raise late
    return list(done.values())


def _each_back(
    wiring: TokenWiring, issuer: TokenIssuer, left: Sequence[Reissue], done: dict[str, Reissue]
) -> LateWriter | None:
    """Roll each back; whom somebody else has written in this moment is read again."""
    late: LateWriter | None = None
    for one in left:
        try:
            done[one.reissue_id] = look_at(wiring, issuer, one, partial(_back, wiring))
        except LateWriter as error:
            late = error
    return late


def take_back(wiring: TokenWiring, account_id: str, opened: Iterable[Reissue]) -> None:
    """Roll back what a batch has opened after the account was rolled back: its run did not know that yet.

    Raises:
        VendorUnavailable: as of `roll_back`.
        LateWriter: as of `roll_back`.
    """
    issuer = wiring.issuer(account_id)
    for one in opened:
        look_at(wiring, issuer, one, partial(_back, wiring))


def _back(wiring: TokenWiring, reissue: Reissue, listed: Sequence[TokenInfo]) -> Transition:
    return rolled_back(reissue, listed, wiring.clock())
