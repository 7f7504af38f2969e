"""Retire old tokens once the new ones are used and nothing goes back any more."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache

from deskshift.app.token_reissue.look import Listed, each_open
from deskshift.app.token_reissue.stopping import rollbacks
from deskshift.app.token_wiring import TokenWiring
from deskshift.connectors.tokens.ports import IssuerOffers
from deskshift.domain.tokens.retirement import Listing, retired
from deskshift.domain.tokens.transitions import Transition
from deskshift.model.errors import RollbackUnderWay
from deskshift.model.reissue import Reissue

_RETIRED_EVERY = timedelta(hours=1)


def retire(wiring: TokenWiring, time_left: Callable[[], int]) -> int:
    """Retire what may be retired; gives how many could not be looked at, or are of an account that goes back."""

    @cache
    def offers_of(account_id: str) -> IssuerOffers:
        return wiring.issuer(account_id).offers  # opened once for an account, and not for each of its grants

    def step(reissue: Reissue, listed: Listed) -> Transition:
        offers = offers_of(reissue.account_id)
        listing = Listing(tuple(listed or ()), lists=offers.lists, revokes_one=offers.revokes_one)
        found = retired(reissue, listing, wiring.clock())
        if found.changed and rollbacks(wiring).stage(reissue.account_id) is not None:
            raise RollbackUnderWay(reissue.account_id)  # half of an account that is back could not go on
        return found

    return each_open(wiring, step, time_left, _RETIRED_EVERY)
