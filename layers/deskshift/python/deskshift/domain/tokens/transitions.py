"""What may follow from where a reissue stands: each transition is a value with its reason.

Nothing is revoked before it is recorded that it will be: a transition that revokes sets `becomes` and `to_revoke`, and
`finished` follows once the issuer has done it. Nothing else can happen to the reissue in between, and of two that
decide at the same time the later one's write loses.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from deskshift.domain.tokens.policy import TokensPolicy
from deskshift.domain.tokens.schedule import deadline, reminders_by
from deskshift.domain.tokens.times import instant, stamp
from deskshift.model.reissue import ENDS, Reissue, ReissueRequest, Status

AGAIN: dict[str, Any] = {
    "successor": None,
    "told_apart": True,
    "own_use": None,
    "refreshed": False,
    "verified_at": None,
    "collected_at": None,
    "acknowledged_at": None,
    "retire_after": None,
    "exchange_at": None,
    "reminded": 0,
    "last_reminded_at": None,
}
"""What is as at the beginning when a person is invited again."""


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """What follows, and why.

    `changed` False: there is nothing to write. `refused`: what was asked for is not possible. `orphans` are new tokens
    that nobody has and the record does not know: the caller revokes them.
    """

    after: Reissue
    reason: str
    changed: bool = True
    refused: bool = False
    orphans: tuple[str, ...] = ()


def goes(reissue: Reissue, reason: str, **changes: Any) -> Transition:  # noqa: ANN401 - the record's own fields
    """Change a reissue."""
    return Transition(after=msgspec.structs.replace(reissue, reason=reason, **changes), reason=reason)


def stays(reissue: Reissue, reason: str) -> Transition:
    """Leave a reissue as it is."""
    return Transition(after=reissue, reason=reason, changed=False)


def refuses(reissue: Reissue, reason: str, orphans: tuple[str, ...] = ()) -> Transition:
    """Refuse what was asked for."""
    return Transition(after=reissue, reason=reason, changed=False, refused=True, orphans=orphans)


def ends(
    reissue: Reissue,
    status: Status,
    reason: str,
    now: datetime,
    **changes: Any,  # noqa: ANN401 - the record's own fields
) -> Transition:
    """End a reissue for which nothing is revoked."""
    return goes(reissue, reason, status=status, ended_at=stamp(now), **changes)


def revokes(
    reissue: Reissue,
    becomes: Status,
    tokens: Iterable[str],
    reason: str,
    **changes: Any,  # noqa: ANN401 - the record's own fields
) -> Transition:
    """Record what is to be revoked, and what the reissue is then."""
    return goes(reissue, reason, becomes=becomes, to_revoke=tuple(dict.fromkeys(tokens)), **changes)


def closed(reissue: Reissue) -> str | None:
    """Say why nothing can happen to a reissue any more, or not now; None if it can."""
    if not reissue.is_open:
        return f"it has ended: {reissue.status}"
    if reissue.becomes is not None:
        return f"it is about to be {reissue.becomes}"
    return None


def finished(reissue: Reissue, revoked: Mapping[str, bool], now: datetime, refused: Sequence[str] = ()) -> Transition:
    """Take the status that was recorded, after the revocations; or note the answers that there are so far.

    Args:
        reissue: one whose `becomes` is set.
        revoked: what the issuer answered for each token; False if it did not know it (any more). One that is missing
            has not been answered (a 503 is no answer), and then nothing follows yet.
        now: the present time.
        refused: tokens that the issuer will not revoke: asking again is of no use, and a person has to see to them.
    """
    if reissue.becomes is None:
        return stays(reissue, "nothing is being revoked")
    missing = tuple(token for token in reissue.to_revoke if token not in revoked and token not in refused)
    known = reissue.one_revoked or any(revoked.get(token, False) for token in reissue.to_revoke)
    never = tuple(dict.fromkeys((*reissue.refused, *refused)))
    if missing and missing == reissue.to_revoke:
        return stays(reissue, f"{len(missing)} token(s) are not revoked yet")
    if missing:
        return goes(reissue, reissue.reason or "", to_revoke=missing, one_revoked=known, refused=never)
    changes: dict[str, Any] = {"status": reissue.becomes, "becomes": None, "to_revoke": ()}
    changes |= {"one_revoked": False, "refused": ()}
    if reissue.becomes == "confirmed":
        changes["old_token"] = "operator_task" if never else "retired" if known else "gone"
    else:
        changes |= AGAIN
        still = [token for token in reissue.not_revoked if token not in revoked and token not in never]
        changes["not_revoked"] = (*still, *never)
    if reissue.becomes in ENDS:
        changes["ended_at"] = stamp(now)
    else:
        changes["invited_at"] = stamp(now)
    why = reissue.reason or ""
    if never:
        why += f"; the issuer does not revoke {len(never)} token(s): an operator has to ({', '.join(never)})"
    return goes(reissue, why, **changes)


# --- What the agent and the operator say ---


def declined(reissue: Reissue, now: datetime) -> Transition:
    """The agent does not want to authorize; the caller has looked at the issuer's list before."""
    if reissue.status == "declined":
        return stays(reissue, "it was declined before")
    why = closed(reissue) or _begun(reissue)
    if why is not None:
        return refuses(reissue, why)
    return ends(reissue, "declined", "the agent declined", now)


def withdrawn(reissue: Reissue, operator: str, now: datetime) -> Transition:
    """An operator takes the invitation back. A new token that an integration has is not taken from it."""
    if reissue.status == "withdrawn":
        return stays(reissue, "it was withdrawn before")
    if (why := closed(reissue)) is not None:
        return refuses(reissue, why)
    reason = f"withdrawn by {operator}"
    if reissue.exchange_at is not None:
        return refuses(reissue, "an authorization is being completed; try again in a few minutes")
    if reissue.successor is None:
        return ends(reissue, "withdrawn", reason, now)
    if reissue.route == "brokered" and reissue.status == "verified":
        return revokes(reissue, "withdrawn", [reissue.successor], reason)
    return refuses(reissue, "the integration has a new token; only a rollback takes it back")


def invited_again(reissue: Reissue, policy: TokensPolicy, now: datetime) -> Transition:
    """An operator invites the agent once more, with a new deadline; after an end it takes a new reissue."""
    why = closed(reissue) or _begun(reissue)
    if why is not None:
        return refuses(reissue, why)
    return goes(reissue, "invited again by an operator", **invitation(reissue, policy, now), **AGAIN)


def invitation(reissue: Reissue, policy: TokensPolicy, now: datetime) -> dict[str, Any]:
    """Give what a further invitation changes. A deadline that an operator has set further is kept."""
    until = max(deadline(policy, now), reissue.deadline, key=instant)
    return {"invitations": reissue.invitations + 1, "invited_at": stamp(now), "deadline": until}


def extended(reissue: Reissue, until: datetime, now: datetime) -> Transition:
    """An operator moves the deadline further."""
    if (why := closed(reissue)) is not None:
        return refuses(reissue, why)
    if stamp(until) == reissue.deadline:
        return stays(reissue, "it has this deadline")
    if until <= now or until < instant(reissue.deadline):
        return refuses(reissue, "a deadline can only be moved further, and into the future")
    return goes(reissue, f"the deadline was moved from {reissue.deadline}", deadline=stamp(until))


def done_by_hand(reissue: Reissue, operator: str, now: datetime) -> Transition:
    """An operator has done what the task of a `manual` grant says."""
    if reissue.route == "manual" and reissue.status == "confirmed":
        return stays(reissue, "it was confirmed before")
    if (why := closed(reissue)) is not None:
        return refuses(reissue, why)
    if reissue.route != "manual":
        return refuses(reissue, "only what is left to a person can be confirmed by one")
    return ends(reissue, "confirmed", f"done by {operator}", now, old_token="operator_task")  # noqa: S106 - no token


def failed(reissue: Reissue, reason: str, now: datetime) -> Transition:
    """It can never succeed, e.g. because the agent is not there any more; not once there is a new token."""
    why = closed(reissue) or _begun(reissue)
    if why is not None:
        return refuses(reissue, why)
    return ends(reissue, "failed", reason, now)


# --- What was sent, and who asked ---


def invitation_sent(reissue: Reissue) -> Transition:
    """The letter of the latest invitation is out."""
    if reissue.invitations_sent == reissue.invitations:
        return stays(reissue, "it was sent before")
    return goes(reissue, reissue.reason or "", invitations_sent=reissue.invitations)


def reminded(reissue: Reissue, policy: TokensPolicy, now: datetime) -> Transition:
    """A reminder is sent: it stands for all that are due, also those of days on which nothing ran."""
    due = reminders_by(reissue, policy, now)
    return goes(reissue, reissue.reason or "", reminded=due, last_reminded_at=stamp(now))


def joined(reissue: Reissue, request: ReissueRequest) -> Transition:
    """Another request asks for what is open already: it has the same result, also when it is redelivered."""
    if not reissue.is_open or request.request_id in {reissue.request.request_id, *reissue.joined}:
        return stays(reissue, "it is this request's result")
    for_all = request.client_id is None or request.batch_id is not None
    ids = (*reissue.joined, request.request_id)
    return goes(reissue, reissue.reason or "", joined=ids, joined_by_batch=reissue.joined_by_batch or for_all)


def _begun(reissue: Reissue) -> str | None:
    """Say what of the authorization there is already."""
    if reissue.exchange_at is not None:
        return "an authorization is being completed"
    return None if reissue.status == "invited" else f"it is {reissue.status} already"
