"""Look at what the issuer lists for open reissues, and do what follows (Z-18)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

import msgspec

from deskshift.app.events import Event
from deskshift.app.log import logger
from deskshift.app.metrics import Metric, count
from deskshift.app.token_reissue.carry_out import carry_out, finish
from deskshift.app.token_reissue.open_grant import fits, policy_of
from deskshift.app.token_reissue.passed_over import PassedOver
from deskshift.app.token_reissue.take_back import revoke_by_value, take_back
from deskshift.app.token_wiring import TokenWiring
from deskshift.connectors.http import ONE_CALL_MS
from deskshift.connectors.tokens.ports import TokenIssuer
from deskshift.domain.tokens.observing import observed, of_unlisted
from deskshift.domain.tokens.transitions import Transition, stays
from deskshift.model.errors import LateWriter, RecordTooLarge, VendorUnavailable
from deskshift.model.oauth import TokenInfo
from deskshift.model.reissue import Reissue

_FEW = 5
"""Up to so many open grants of an account are read one by one; of more the whole listing is read."""
_WATCHED_EVERY = timedelta(minutes=5)
Listed = Sequence[TokenInfo] | None
"""The tokens of a grant; None where the issuer lists none."""
Step = Callable[[Reissue, Listed], Transition]


def watch(wiring: TokenWiring, time_left: Callable[[], int]) -> int:
    """Look at every open reissue once; gives how many could not be looked at.

    One account whose issuer is down does not keep the others waiting. What a lost exchange has sealed is taken back
    first: it is at hand, and what is listed has only to be judged where nothing is.
    """
    return each_open(wiring, partial(seen, wiring), time_left, _WATCHED_EVERY, takes_back=True)


def seen(wiring: TokenWiring, reissue: Reissue, listed: Listed) -> Transition:
    """Find what follows from what the issuer lists, as far as the record can hold it.

    Raises:
        RecordTooLarge: it cannot; of a grant that is left to a person the record goes without the tokens that are more.
    """
    if listed is None:
        return of_unlisted(reissue, policy_of(reissue), wiring.clock())
    found = observed(reissue, listed, policy_of(reissue), wiring.clock())
    if fits(found.after):
        return found
    if reissue.route != "manual":
        raise RecordTooLarge(reissue.reissue_id, len(found.after.old))
    kept = msgspec.structs.replace(found.after, old=reissue.old)
    ended = kept.status != reissue.status
    return msgspec.structs.replace(found, after=kept) if ended else stays(reissue, "it is left to a person")


def each_open(
    wiring: TokenWiring, step: Step, time_left: Callable[[], int], every: timedelta, *, takes_back: bool = False
) -> int:
    """Take a step for each open reissue of each account; gives how many were passed over.

    What fails in a way that has no name here is raised once all others were looked at.

    Args:
        wiring: the stores and clients.
        step: what is to be done.
        time_left: in milliseconds.
        every: how often this is done, so that each time another account is the first.
        takes_back: whether what a lost exchange has sealed is taken back before.
    """
    passed_over = PassedOver(lambda extra: logger.warning(Event.GRANTS_NOT_WATCHED, extra=extra))
    for account_id, reissues in by_turns(by_account(wiring.grants.open_everywhere()), wiring.clock(), every):
        try:
            _of_account(wiring, account_id, _Looks(reissues, step, time_left, takes_back), passed_over)
        except Exception as error:  # noqa: BLE001 - the other accounts do not wait for it; raised at the end
            passed_over.note(error, 0, account_id=account_id)  # they are counted
    count(Metric.GRANTS_NOT_WATCHED, passed_over.number)
    return passed_over.end()


def by_account(reissues: Iterable[Reissue]) -> dict[str, list[Reissue]]:
    """Put the reissues of each account together."""
    found: dict[str, list[Reissue]] = {}
    for one in reissues:
        found.setdefault(one.account_id, []).append(one)
    return found


def by_turns(accounts: Mapping[str, list[Reissue]], now: datetime, every: timedelta) -> list[tuple[str, list[Reissue]]]:
    """Begin with the next account each time: where there is no time for all, the last ones do not wait for ever."""
    ordered = sorted(accounts.items())
    first = int(now.timestamp() // every.total_seconds()) % max(1, len(ordered))
    return ordered[first:] + ordered[:first]


def look_at(wiring: TokenWiring, issuer: TokenIssuer, reissue: Reissue, step: Step) -> Reissue:
    """Take a step for one reissue, with what the issuer lists for its grant now."""
    if reissue.becomes is not None:
        reissue = finish(wiring, issuer, reissue)
    listed = issuer.tokens(reissue.client_id, reissue.agent_id) if issuer.offers.lists else None
    return carry_out(wiring, issuer, step(reissue, listed))


class _Now(NamedTuple):
    step: Step
    listed: Mapping[tuple[str, str | None], Sequence[TokenInfo]] | None
    takes_back: bool


class _Looks(NamedTuple):
    reissues: Sequence[Reissue]
    step: Step
    time_left: Callable[[], int]
    takes_back: bool


def _of_account(wiring: TokenWiring, account_id: str, looks: _Looks, passed_over: PassedOver) -> None:
    left = len(looks.reissues)
    try:
        if looks.time_left() >= ONE_CALL_MS:
            issuer = wiring.issuer(account_id)
            listed = _listed(issuer, looks.reissues)
            for reissue in looks.reissues:
                if looks.time_left() < ONE_CALL_MS:
                    break
                _of_one(wiring, issuer, reissue, _Now(looks.step, listed, looks.takes_back), passed_over)
                left -= 1
    finally:
        passed_over.number += left  # those for which there was no time, or that would only wait for the same


def _of_one(wiring: TokenWiring, issuer: TokenIssuer, reissue: Reissue, now: _Now, passed_over: PassedOver) -> None:
    try:
        if reissue.becomes is not None:
            by_value = revoke_by_value(wiring, issuer, reissue) if now.takes_back else reissue
            finish(wiring, issuer, by_value)  # what is listed is from before it
            return
        if now.takes_back and _taken_back(wiring, issuer, reissue, passed_over):
            return  # as above
        listed = None if now.listed is None else now.listed.get((reissue.client_id, reissue.agent_id), ())
        carry_out(wiring, issuer, now.step(reissue, listed))
    except LateWriter:
        passed_over.number += 1  # Somebody else works on it in this moment; the next look finds what came of it.
    except VendorUnavailable:
        raise  # the others of this account would only wait for the same
    except Exception as error:  # noqa: BLE001 - the other reissues do not wait for it; raised at the end
        passed_over.note(error, reissue_id=reissue.reissue_id)


def _taken_back(wiring: TokenWiring, issuer: TokenIssuer, reissue: Reissue, passed_over: PassedOver) -> bool:
    """Take back what a lost exchange has sealed; says whether nothing else is to be done now.

    Where the issuer does not answer it is asked at the next look. What cannot be taken back for another reason, e.g.
    because the client is not entrusted any more, keeps the reissue neither from what is listed nor from its end.
    """
    try:
        after = take_back(wiring, issuer, reissue)
    except LateWriter:
        raise
    except VendorUnavailable as error:
        if not issuer.offers.lists:
            raise  # nothing was asked of it before: it may not answer at all
        passed_over.note(error, reissue_id=reissue.reissue_id)
        return True
    except Exception as error:  # noqa: BLE001 - it does not keep the reissue waiting; raised at the end
        passed_over.note(error, reissue_id=reissue.reissue_id)
        after = wiring.grants.get(reissue.account_id, reissue.reissue_id)
    return after.lock != reissue.lock


def _listed(
    issuer: TokenIssuer, reissues: Iterable[Reissue]
) -> dict[tuple[str, str | None], Sequence[TokenInfo]] | None:
    keys = [(one.client_id, one.agent_id) for one in reissues]
    if not issuer.offers.lists:
        return None
    if len(keys) <= _FEW:
        return {key: issuer.tokens(*key) for key in keys}
    return {(grant.client_id, grant.agent_id): grant.tokens for grant in issuer.grants()}
