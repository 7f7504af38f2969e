"""What follows from what people say, and while deskshift is the client itself; an end is an end."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from deskshift.domain.tokens import transitions
from deskshift.domain.tokens.brokering import (
    EXCHANGE_LIMIT,
    acknowledged,
    answer_lost,
    collected,
    exchange_begun,
    exchange_refused,
    is_lost,
    lost_but_held,
    taken_back,
    uncollected,
)
from deskshift.domain.tokens.observing import observed, verified
from deskshift.domain.tokens.schedule import reminder_due, state_ends
from deskshift.domain.tokens.times import CLOCK_SKEW, stamp
from deskshift.domain.tokens.tokens import with_old_token
from deskshift.domain.tokens.transitions import Transition, finished
from deskshift.model.oauth import Subject, TokenInfo
from deskshift.model.reissue import ENDS, Reissue
from tests.support.reissues import AGENT, CLIENT, NOW, OLD, POLICY, REQUEST, after, reissue, token

NEW = token("new", after(hours=1), last_used_at=stamp(after(hours=2)))
SUBJECT = Subject(token_id="new", agent_id=AGENT, client_id=CLIENT, scopes=("read", "write"))
BEGUN = reissue(route="brokered", exchange_at=stamp(after(hours=1)))
HELD = reissue(
    route="brokered",
    status="verified",
    successor="new",
    verified_at=stamp(after(hours=1)),
    retire_after=stamp(after(hours=73)),
    own_use=stamp(after(hours=1)),
)
Says = Callable[[Reissue], Transition]
SAID: dict[str, Says] = {
    "declined": lambda one: transitions.declined(one, after(days=1)),
    "withdrawn": lambda one: transitions.withdrawn(one, "operator", after(days=1)),
    "invited": lambda one: transitions.invited_again(one, POLICY, after(days=1)),
    "extended": lambda one: transitions.extended(one, after(days=20), after(days=1)),
    "failed": lambda one: transitions.failed(one, "gone", after(days=1)),
    "by hand": lambda one: transitions.done_by_hand(one, "operator", after(days=1)),
    "begun": lambda one: exchange_begun(one, after(days=1)),
    "refused": exchange_refused,
    "lost": lambda one: answer_lost(one, [NEW], POLICY, after(days=1)),
    "collected": lambda one: collected(one, after(days=1)),
    "acknowledged": lambda one: acknowledged(one, after(days=1)),
    "lost but held": lambda one: lost_but_held(one, POLICY, after(days=1)),
    "taken back": taken_back,
    "uncollected": lambda one: uncollected(one, POLICY, after(days=1)),
    "observed": lambda one: observed(one, [NEW], POLICY, after(days=30)),
    "verified": lambda one: verified(one, SUBJECT, None, POLICY, after(days=1)),
    "joined": lambda one: transitions.joined(one, msgspec.structs.replace(REQUEST, request_id="request-2")),
}


@pytest.mark.parametrize(
    ("route", "words"), [("direct", "nobody authorized"), ("manual", "renewed by hand (an API key)")]
)
def test_an_end_says_what_was_waited_for(route: str, words: str) -> None:
    found = observed(reissue(route=route, reason="an API key"), [OLD], POLICY, after(days=31)).after
    assert found.status == "expired"
    assert words in (found.reason or "")


@pytest.mark.parametrize("says", SAID)
@pytest.mark.parametrize("end", sorted(ENDS))
@pytest.mark.parametrize("route", ["direct", "brokered", "machine", "manual"])
def test_nothing_changes_an_end(says: str, end: str, route: str) -> None:
    one = reissue(status=end, route=route, ended_at=stamp(NOW), successor="new")
    found = SAID[says](one)
    assert (found.changed, found.after) == (False, one)


@pytest.mark.parametrize("says", sorted(SAID.keys() - {"joined"}))
@pytest.mark.parametrize("one", [reissue(), HELD, BEGUN])
def test_nothing_else_happens_while_something_is_revoked(says: str, one: Reissue) -> None:
    revoking = msgspec.structs.replace(one, becomes="withdrawn", to_revoke=("new",), exchange_at=None)
    assert not SAID[says](revoking).changed


def test_a_person_declines_once() -> None:
    found = SAID["declined"](reissue()).after
    assert (found.status, found.ended_at, found.old_token) == ("declined", stamp(after(days=1)), "in_force")
    again = SAID["declined"](found)
    assert (again.changed, again.refused) == (False, False)
    for one in (BEGUN, reissue(status="authorized", successor="new"), HELD):
        assert SAID["declined"](one).refused


def test_what_an_operator_takes_back() -> None:
    assert SAID["withdrawn"](reissue()).after.status == "withdrawn"
    own = SAID["withdrawn"](HELD).after
    assert (own.status, own.becomes, own.to_revoke) == ("verified", "withdrawn", ("new",))
    for one in (BEGUN, reissue(status="verified", successor="new"), msgspec.structs.replace(HELD, status="collected")):
        assert SAID["withdrawn"](one).refused


def test_an_invitation_again() -> None:
    one = reissue(reminded=2, last_reminded_at=stamp(NOW), invitations_sent=1, deadline=stamp(after(days=2)))
    found = SAID["invited"](one).after
    assert (found.invitations, found.invitations_sent, found.reminded, found.deadline) == (
        2,
        1,
        0,
        stamp(after(days=15)),
    )
    further = SAID["invited"](msgspec.structs.replace(one, deadline=stamp(after(days=60)))).after
    assert further.deadline == stamp(after(days=60))
    assert SAID["invited"](BEGUN).refused


@pytest.mark.parametrize("days", [-2, 1, 13])
def test_a_deadline_is_only_moved_further(days: int) -> None:
    assert transitions.extended(reissue(), after(days=days), after(days=1)).refused


def test_a_deadline_that_is_set_already_stays() -> None:
    found = transitions.extended(reissue(), after(days=14), after(days=1))
    assert (found.changed, found.refused) == (False, False)
    assert SAID["extended"](reissue()).after.deadline == stamp(after(days=20))


def test_what_is_left_to_a_person_is_done_by_one() -> None:
    found = SAID["by hand"](reissue(route="manual")).after
    assert (found.status, found.old_token) == ("confirmed", "operator_task")
    assert SAID["by hand"](reissue()).refused


def test_a_code_is_exchanged_once() -> None:
    begun = SAID["begun"](reissue(route="brokered"))
    assert begun.after.exchange_at == stamp(after(days=1))
    for one in (begun.after, HELD, reissue(), reissue(route="machine")):
        assert SAID["begun"](one).refused
    refused = exchange_refused(begun.after).after
    assert (refused.status, refused.exchange_at) == ("invited", None)
    assert not exchange_refused(refused).changed


def test_an_exchange_is_lost_after_five_minutes() -> None:
    assert not is_lost(BEGUN, after(hours=1, minutes=4, seconds=59))
    assert is_lost(BEGUN, after(hours=1, minutes=5))
    assert not is_lost(reissue(route="brokered"), after(days=30))
    assert not observed(BEGUN, [], POLICY, after(days=1) - timedelta(hours=22, minutes=56)).changed


@pytest.mark.parametrize(
    ("made", "revoked"),
    [
        (after(hours=1), True),
        (after(hours=1) - CLOCK_SKEW, True),
        (after(hours=1) + EXCHANGE_LIMIT + CLOCK_SKEW, True),
        (after(hours=2), False),
        (after(minutes=54), False),
    ],
)
def test_what_an_exchange_may_have_made_whose_answer_is_lost_is_retired(made: datetime, revoked: bool) -> None:  # noqa: FBT001 - the case
    found = observed(BEGUN, [OLD, token("lost", made)], POLICY, after(hours=3)).after
    assert (found.becomes, found.to_revoke) == (("invited", ("lost",)) if revoked else (None, ()))
    assert (found.exchange_at, found.lost_at, found.invitations) == (None, BEGUN.exchange_at, 2)
    assert found.status == "invited"


@pytest.mark.parametrize("one", [BEGUN, reissue(route="brokered", lost_at=BEGUN.exchange_at)])
def test_what_somebody_uses_is_of_no_exchange_whose_answer_is_lost(one: Reissue) -> None:
    """Nobody can use what deskshift alone was given: the agent has logged in at the integration itself."""
    own = token("own", after(minutes=57), last_used_at=stamp(after(hours=1, minutes=4)))
    assert observed(one, [OLD, own], POLICY, after(hours=1, minutes=6)).after.to_revoke == ()


@pytest.mark.parametrize("status", ["verified", "collected"])
def test_a_lost_token_that_comes_to_light_once_another_is_verified_is_revoked(status: str) -> None:
    """It needs no record: nobody has it, and the next look finds it again."""
    lost = observed(BEGUN, [OLD], POLICY, after(hours=2)).after
    again = exchange_begun(lost, after(hours=2)).after
    seen = verified(again, SUBJECT, HELD.own_use, POLICY, after(hours=2)).after
    one = seen if status == "verified" else collected(seen, after(hours=2)).after
    listed = [OLD, token("lost", after(hours=1)), token("new", after(hours=2), last_used_at=HELD.own_use)]
    found = observed(one, listed, POLICY, after(hours=2, minutes=1))
    assert (found.changed, found.orphans, found.after.status) == (False, ("lost",), status)
    assert observed(one, [OLD, listed[2]], POLICY, after(hours=2, minutes=1)).orphans == ()


def test_a_lost_token_that_comes_to_light_later_is_retired_too() -> None:
    lost = observed(BEGUN, [OLD], POLICY, after(hours=2)).after
    late = observed(lost, [OLD, token("lost", after(hours=1, minutes=5))], POLICY, after(hours=3)).after
    assert (late.becomes, late.to_revoke) == ("invited", ("lost",))
    done = finished(late, {"lost": True}, after(hours=3)).after
    assert (done.status, done.becomes, done.invitations) == ("invited", None, 2)


def test_what_the_issuer_refuses_to_revoke_is_kept_until_it_does() -> None:
    lost = answer_lost(BEGUN, [NEW, token("other", after(hours=1))], POLICY, after(days=1)).after
    again = finished(lost, {"other": True}, after(days=1), refused=("new",)).after
    assert (again.status, again.not_revoked) == ("invited", ("new",))
    assert "(new)" in (again.reason or "")
    sent = transitions.invitation_sent(transitions.extended(again, after(days=20), after(days=1)).after).after
    assert sent.not_revoked == ("new",)  # whatever is said of it later
    back = finished(transitions.revokes(sent, "withdrawn", ["new"], "r").after, {"new": True}, after(days=2)).after
    assert (back.status, back.not_revoked) == ("withdrawn", ())


def test_an_old_token_that_is_refused_is_said_by_what_became_of_it() -> None:
    retired = finished(transitions.revokes(HELD, "confirmed", ["old"], "r").after, {}, after(days=9), ("old",)).after
    assert (retired.old_token, retired.not_revoked) == ("operator_task", ())


def test_the_new_token_is_the_invited_agents() -> None:
    found = verified(BEGUN, SUBJECT, stamp(after(hours=1)), POLICY, after(hours=1)).after
    assert (found.status, found.successor, found.exchange_at) == ("verified", "new", None)
    assert (found.verified_at, found.retire_after) == (stamp(after(hours=1)), stamp(after(hours=73)))
    assert not verified(found, SUBJECT, None, POLICY, after(hours=2)).changed


@pytest.mark.parametrize(
    ("fields", "becomes"),
    [
        ({"agent_id": "mallory"}, "wrong_person"),
        ({"agent_id": None}, "wrong_person"),
        ({"client_id": "other"}, "wrong_person"),
        ({"scopes": ("read", "admin")}, "failed"),
    ],
)
def test_a_token_that_is_not_what_was_asked_for_is_revoked(fields: dict[str, Any], becomes: str) -> None:
    found = verified(BEGUN, msgspec.structs.replace(SUBJECT, **fields), None, POLICY, after(hours=1)).after
    assert (found.becomes, found.to_revoke, found.successor) == (becomes, ("new",), None)
    end = finished(found, {"new": False}, after(hours=1)).after
    assert (end.status, end.ended_at) == (becomes, stamp(after(hours=1)))


def test_fewer_scopes_are_reported() -> None:
    found = verified(BEGUN, msgspec.structs.replace(SUBJECT, scopes=("read",)), None, POLICY, after(hours=1)).after
    assert [scope for scope, _ in found.dropped_scopes] == ["write"]


@pytest.mark.parametrize("one", [reissue(route="brokered"), HELD, reissue(route="brokered", status="withdrawn")])
def test_a_token_of_no_exchange_that_is_under_way_is_an_orphan(one: Reissue) -> None:
    found = verified(one, msgspec.structs.replace(SUBJECT, token_id="stray"), None, POLICY, after(hours=1))
    assert (found.refused, found.orphans) == (True, ("stray",))
    direct = verified(msgspec.structs.replace(one, route="direct", status="verified"), SUBJECT, None, POLICY, NOW)
    assert direct.orphans == ()


def test_a_token_is_collected_once_and_again() -> None:
    found = collected(HELD, after(hours=1, minutes=2)).after
    assert (found.status, found.collected_at) == ("collected", stamp(after(hours=1, minutes=2)))
    again = collected(found, after(hours=2))
    assert (again.changed, again.refused) == (False, False)
    for one in (BEGUN, reissue(status="verified", successor="new")):
        assert collected(one, NOW).refused


def test_a_token_that_is_not_collected_is_revoked() -> None:
    assert not uncollected(HELD, POLICY, after(hours=1, minutes=14)).changed
    found = uncollected(HELD, POLICY, after(hours=1, minutes=15)).after
    assert (found.becomes, found.to_revoke, found.invitations) == ("invited", ("new",), 2)
    back = finished(found, {"new": True}, after(hours=2)).after
    assert (back.status, back.successor, back.verified_at, back.own_use, back.retire_after) == ("invited", *[None] * 4)
    late = msgspec.structs.replace(HELD, deadline=stamp(after(hours=1)))
    assert uncollected(late, POLICY, after(hours=2)).after.becomes == "expired"


COLLECTED = msgspec.structs.replace(HELD, status="collected", collected_at=stamp(after(hours=1, minutes=1)))
OWN = token("new", after(hours=1), last_used_at=HELD.own_use)


def test_a_token_that_was_released_and_never_arrived_is_revoked() -> None:
    at = after(hours=1, minutes=15) + CLOCK_SKEW
    assert not observed(COLLECTED, [OLD, OWN], POLICY, at - timedelta(seconds=1)).changed
    found = observed(COLLECTED, [OLD, OWN], POLICY, at).after
    assert (found.becomes, found.to_revoke, found.invitations) == ("invited", ("new",), 2)
    late = msgspec.structs.replace(COLLECTED, deadline=stamp(after(hours=1)))
    assert observed(late, [OLD, OWN], POLICY, at).after.becomes == "expired"
    back = finished(found, {"new": True}, at).after
    assert (back.status, back.collected_at, back.acknowledged_at) == ("invited", None, None)


def test_that_another_token_is_there_keeps_nothing_waiting_that_never_arrived() -> None:
    other = token("other", after(hours=2), last_used_at=stamp(after(hours=3)))
    found = observed(COLLECTED, [OLD, OWN, other], POLICY, after(days=1)).after
    assert (found.becomes, found.to_revoke) == ("invited", ("new",))


@pytest.mark.parametrize(
    ("one", "listed"),
    [
        (msgspec.structs.replace(COLLECTED, acknowledged_at=stamp(after(hours=2))), [OWN]),
        (COLLECTED, [msgspec.structs.replace(OWN, last_used_at=stamp(after(hours=1, minutes=2)))]),
        (COLLECTED, [msgspec.structs.replace(OWN, last_used_at=stamp(after(minutes=55)))]),  # by a slow clock
        (COLLECTED, [token("refreshed", after(hours=1, minutes=3))]),
        (COLLECTED, []),
        (msgspec.structs.replace(COLLECTED, own_use=None), [msgspec.structs.replace(OWN, last_used_at=None)]),
    ],
)
def test_a_token_that_its_client_may_have_is_not_taken_back(one: Reissue, listed: list[TokenInfo]) -> None:
    found = observed(one, [OLD, *listed], POLICY, after(days=1)).after
    assert (found.status, found.becomes) == ("collected", None)


def test_what_the_client_has_it_acknowledges() -> None:
    found = acknowledged(COLLECTED, after(hours=2)).after
    assert found.acknowledged_at == stamp(after(hours=2))
    again = acknowledged(found, after(hours=3))
    assert (again.changed, again.refused) == (False, False)
    assert acknowledged(HELD, NOW).refused
    assert acknowledged(msgspec.structs.replace(COLLECTED, becomes="invited", to_revoke=("new",)), NOW).refused


def test_a_lost_token_that_is_at_hand_is_not_looked_for() -> None:
    assert not lost_but_held(BEGUN, POLICY, after(hours=1)).changed
    found = lost_but_held(BEGUN, POLICY, after(hours=2)).after
    assert (found.exchange_at, found.lost_at, found.becomes, found.invitations) == (None, BEGUN.exchange_at, None, 2)
    done = taken_back(found).after
    assert done.lost_at is None
    assert not taken_back(done).changed
    others = token("others", after(hours=1))
    assert not observed(done, [OLD, others], POLICY, after(hours=3)).changed


def test_what_an_end_says_of_the_old_token_is_what_is_listed() -> None:
    ended = transitions.declined(reissue(), NOW).after
    assert with_old_token(ended, [OLD], NOW).old_token == "in_force"
    assert with_old_token(ended, [msgspec.structs.replace(OLD, revoked=True)], NOW).old_token == "gone"
    assert with_old_token(msgspec.structs.replace(ended, old=()), [OLD], NOW).old_token == "none"
    left = msgspec.structs.replace(ended, status="failed", old_token="operator_task")
    assert with_old_token(left, [], NOW) == left
    assert with_old_token(reissue(), [], NOW) == reissue()


def test_a_new_token_is_seen_used_and_verified() -> None:
    unused = msgspec.structs.replace(NEW, last_used_at=None)
    seen = observed(reissue(), [OLD, unused], POLICY, after(hours=3)).after
    assert (seen.status, seen.successor, seen.retire_after) == ("authorized", "new", None)
    assert not observed(seen, [OLD, unused], POLICY, after(hours=3)).changed
    found = observed(seen, [OLD, NEW], POLICY, after(hours=4)).after
    assert (found.status, found.retire_after) == ("verified", stamp(after(hours=76)))


def test_a_refreshed_new_token_is_the_successor() -> None:
    found = observed(reissue(), [OLD, NEW], POLICY, after(hours=3)).after
    again = token("again", after(hours=4))
    after_it = observed(found, [OLD, again], POLICY, after(hours=5)).after
    assert (after_it.status, after_it.successor, after_it.retire_after) == ("verified", "again", found.retire_after)


@pytest.mark.parametrize(
    ("made", "at", "status"),
    [
        (None, after(days=14), "invited"),
        (None, after(days=14) + CLOCK_SKEW, "expired"),
        (after(days=14) + timedelta(minutes=4), after(days=15), "expired"),
        (after(days=14) + CLOCK_SKEW, after(days=15), "expired"),
        (after(days=13), after(days=13), "authorized"),
    ],
)
def test_the_deadline(made: datetime | None, at: datetime, status: str) -> None:
    listed = [OLD] if made is None else [OLD, token("new", made)]
    found = observed(reissue(), listed, POLICY, at).after
    assert (found.status, found.to_revoke) == (status, ())
    assert found.old_token == "in_force"
    assert found.successor == (None if made is None or made >= after(days=14) + CLOCK_SKEW else "new")


def test_somebody_else_is_revoked_and_a_token_with_too_much_is_too() -> None:
    other = token("other", after(hours=1), agent_id="mallory")
    assert observed(reissue(), [OLD, other], POLICY, after(hours=2)).after.becomes == "wrong_person"
    wide = msgspec.structs.replace(NEW, scopes=("read", "admin"), last_used_at=None)
    assert observed(reissue(), [OLD, wide], POLICY, after(hours=2)).after.becomes == "failed"


def test_an_integration_that_works_is_not_cut_off_for_its_scopes() -> None:
    wide = msgspec.structs.replace(NEW, scopes=("read", "admin"))
    found = observed(reissue(), [OLD, wide], POLICY, after(hours=3)).after
    assert (found.status, found.becomes, found.to_revoke, found.successor) == ("failed", None, (), None)
    assert (found.old_token, "admin" in (found.reason or "")) == ("operator_task", True)


@pytest.mark.parametrize("used", [None, stamp(after(hours=2))])
@pytest.mark.parametrize("agent_id", [AGENT, "mallory"])
def test_nothing_is_revoked_of_what_a_person_has_made_by_hand(used: str | None, agent_id: str) -> None:
    """The record of a grant that is left to a person may have no scopes at all."""
    one = reissue(route="manual", scopes=())
    made = token("made", after(hours=1), last_used_at=used, agent_id=agent_id)
    waits = observed(one, [OLD, made], POLICY, after(hours=3)).after
    assert (waits.status, waits.becomes) == ("invited", None)
    assert transitions.done_by_hand(waits, "operator", after(hours=4)).after.status == "confirmed"
    end = observed(waits, [OLD, made], POLICY, after(days=15)).after
    assert (end.is_open, end.becomes, end.to_revoke) == (False, None, ())


def test_a_new_token_that_is_gone_may_be_followed_by_another_until_the_deadline() -> None:
    seen = observed(reissue(), [OLD, NEW], POLICY, after(hours=3)).after
    assert not observed(seen, [OLD], POLICY, after(days=13)).changed
    end = observed(seen, [OLD], POLICY, after(days=15)).after
    assert (end.status, end.successor, end.old_token) == ("failed", None, "in_force")


def test_a_token_from_before_that_was_not_listed_is_an_old_one() -> None:
    found = observed(reissue(), [OLD, token("late-listed", after(days=-1))], POLICY, after(hours=1)).after
    assert [one.id for one in found.old] == ["old", "late-listed"]
    assert found.status == "invited"


def test_reminders() -> None:
    one = reissue()
    assert not reminder_due(one, POLICY, after(days=2))
    assert reminder_due(one, POLICY, after(days=3))
    sent = transitions.reminded(one, POLICY, after(days=8)).after
    assert (sent.reminded, reminder_due(sent, POLICY, after(days=13))) == (2, False)
    for still in (BEGUN, HELD, reissue(becomes="invited"), reissue(status="declined")):
        assert not reminder_due(still, POLICY, after(days=8))
    assert not reminder_due(one, POLICY, after(days=14))
    assert state_ends(POLICY, NOW) == stamp(after(minutes=10))


def test_a_letter_is_sent_once_for_each_invitation() -> None:
    sent = transitions.invitation_sent(reissue()).after
    assert sent.invitations_sent == 1
    assert not transitions.invitation_sent(sent).changed


@pytest.mark.parametrize("fields", [{"client_id": None, "agent_id": None}, {"batch_id": "batch-2"}])
def test_that_a_request_for_all_has_joined_is_recorded(fields: dict[str, Any]) -> None:
    request = msgspec.structs.replace(REQUEST, request_id="request-2", **fields)
    found = transitions.joined(reissue(), request).after
    assert (found.joined_by_batch, SAID["joined"](reissue()).after.joined_by_batch) == (True, False)
    later = msgspec.structs.replace(REQUEST, request_id="request-3")
    assert transitions.joined(found, later).after.joined_by_batch


def test_a_request_joins_once() -> None:
    found = SAID["joined"](reissue()).after
    assert found.joined == ("request-2",)
    assert not SAID["joined"](found).changed
    assert not transitions.joined(reissue(), REQUEST).changed
