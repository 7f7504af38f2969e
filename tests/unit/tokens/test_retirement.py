"""When the old token is retired, what becomes of it otherwise, and how a rollback leaves it."""

from datetime import datetime

import msgspec
import pytest

from deskshift.domain.tokens.retirement import Listing, irrevocable, not_yet, of_this_move, retired, rolled_back
from deskshift.domain.tokens.times import CLOCK_SKEW, stamp
from deskshift.domain.tokens.transitions import done_by_hand, finished
from deskshift.model.oauth import TokenInfo
from deskshift.model.reissue import Reissue
from tests.support.reissues import NOW, OLD, REQUEST, after, reissue, token

NEW = token("new", after(days=1), last_used_at=stamp(after(days=1, hours=1)))
VERIFIED = reissue(
    status="verified",
    successor="new",
    verified_at=stamp(after(days=1, hours=2)),
    retire_after=stamp(after(days=4, hours=2)),
)
CLOSED = after(days=4, hours=2) + CLOCK_SKEW
PAST = after(days=14) + CLOCK_SKEW
COLLECTED = msgspec.structs.replace(
    VERIFIED,
    route="brokered",
    status="collected",
    own_use=stamp(after(days=1, minutes=1)),
    collected_at=stamp(after(days=1, minutes=5)),
)


def listing(*tokens: TokenInfo, lists: bool = True, revokes_one: bool = True) -> Listing:
    return Listing(tokens, lists=lists, revokes_one=revokes_one)


def used(one: TokenInfo, at: datetime | None) -> TokenInfo:
    return msgspec.structs.replace(one, last_used_at=None if at is None else stamp(at))


def test_all_three_conditions_hold() -> None:
    found = retired(VERIFIED, listing(OLD, NEW), CLOSED).after
    assert (found.status, found.becomes, found.to_revoke) == ("verified", "confirmed", ("old",))
    end = finished(found, {"old": True}, CLOSED).after
    assert (end.status, end.old_token, end.successor, end.ended_at) == ("confirmed", "retired", "new", stamp(CLOSED))


@pytest.mark.parametrize(
    ("one", "at", "why"),
    [
        (reissue(), CLOSED, "it is invited"),
        (reissue(status="authorized", successor="new"), CLOSED, "it is authorized"),
        (msgspec.structs.replace(VERIFIED, route="brokered"), CLOSED, "not collected yet"),
        (VERIFIED, CLOSED - CLOCK_SKEW, "the commit window closes"),
        (VERIFIED, after(days=1), "the commit window closes"),
        (msgspec.structs.replace(VERIFIED, retire_after=None), PAST, "the commit window closes"),
    ],
)
def test_what_is_not_ready_waits(one: Reissue, at: datetime, why: str) -> None:
    found = retired(one, listing(OLD, NEW), at)
    assert (found.changed, found.after) == (False, one)
    assert why in found.reason


@pytest.mark.parametrize("at", [None, after(days=1, minutes=1), after(days=1, minutes=4), after(days=1, minutes=5)])
def test_a_brokered_token_is_used_by_its_client_only_after_it_was_collected(at: datetime | None) -> None:
    found = not_yet(COLLECTED, listing(OLD, used(NEW, at)), CLOSED)
    assert found == "the client has not used the new token"
    assert not_yet(COLLECTED, listing(OLD, used(NEW, after(days=1, minutes=6))), CLOSED) is None


def test_a_use_that_is_shown_late_may_be_deskshifts_own() -> None:
    hidden = msgspec.structs.replace(COLLECTED, own_use=None)
    ahead = after(days=1, minutes=5) + CLOCK_SKEW
    assert not_yet(hidden, listing(OLD, used(NEW, ahead)), CLOSED) == "the client has not used the new token"
    assert not_yet(hidden, listing(OLD, used(NEW, ahead + CLOCK_SKEW)), CLOSED) is None
    refreshed = msgspec.structs.replace(hidden, refreshed=True)  # deskshift never had it
    assert not_yet(refreshed, listing(OLD, used(NEW, ahead)), CLOSED) is None


@pytest.mark.parametrize(("expires", "state"), [(None, "operator_task"), (stamp(after(days=90)), "expires_by_itself")])
@pytest.mark.parametrize("case", ["unused", "cannot"])
def test_an_old_token_that_may_not_be_revoked_stays(expires: str | None, state: str, case: str) -> None:
    """Unused is one that the client has made by a refresh of its new token."""
    old = msgspec.structs.replace(OLD, expires_at=expires)
    one = msgspec.structs.replace(COLLECTED, own_use=None) if case == "unused" else VERIFIED
    shown = listing(old, used(NEW, None) if case == "unused" else NEW, revokes_one=case == "unused")
    found = retired(one, shown, PAST).after
    assert (found.status, found.old_token, found.to_revoke, found.becomes) == ("confirmed", state, (), None)


def test_an_unused_token_is_waited_for_until_the_deadline() -> None:
    shown = listing(OLD, used(NEW, after(days=1, minutes=2)))  # by whom, nobody knows: the client had it later
    assert not retired(COLLECTED, shown, PAST - CLOCK_SKEW).changed
    ended = retired(COLLECTED, shown, PAST).after
    assert (ended.status, ended.old_token, ended.successor, ended.to_revoke) == ("expired", "in_force", "new", ())


def test_an_unused_token_that_was_acknowledged_is_not_confirmed_either() -> None:
    own = listing(OLD, used(NEW, after(days=1, minutes=1)))
    acknowledged = msgspec.structs.replace(COLLECTED, acknowledged_at=stamp(after(days=1, minutes=6)))
    ended = retired(acknowledged, own, PAST).after
    assert (ended.status, ended.old_token) == ("expired", "in_force")
    taken_back = retired(COLLECTED, own, PAST)
    assert (taken_back.changed, "takes it back" in taken_back.reason) == (False, True)


def test_an_old_token_that_is_not_there_any_more_is_gone() -> None:
    gone = msgspec.structs.replace(OLD, revoked=True)
    for tokens in ((NEW,), (gone, NEW)):
        found = retired(VERIFIED, listing(*tokens), CLOSED).after
        assert (found.status, found.old_token) == ("confirmed", "gone")


def test_what_is_not_in_force_any_more_is_never_confirmed() -> None:
    for tokens in ((OLD,), (OLD, msgspec.structs.replace(NEW, revoked=True))):
        found = retired(VERIFIED, listing(*tokens), PAST)
        assert (found.changed, found.after.status) == (False, "verified")
        assert "not show the new token" in found.reason


def test_of_an_issuer_without_lists_an_operator_sees_to_the_old_token() -> None:
    has_it = msgspec.structs.replace(COLLECTED, acknowledged_at=stamp(after(days=2)))
    for old in ((OLD,), ()):
        one = msgspec.structs.replace(has_it, old=old)
        known = retired(one, listing(lists=False, revokes_one=False), PAST).after
        assert (known.status, known.old_token) == ("confirmed", "operator_task")
    silent = retired(COLLECTED, listing(lists=False, revokes_one=False), PAST).after
    assert (silent.status, silent.old_token) == ("expired", "operator_task")


@pytest.mark.parametrize(("answer", "old"), [(True, "retired"), (False, "gone")])
def test_what_the_issuer_says_of_the_old_token(answer: bool, old: str) -> None:  # noqa: FBT001 - the issuer's answer
    found = retired(VERIFIED, listing(OLD, NEW), CLOSED).after
    assert finished(found, {}, CLOSED).after == found
    assert finished(found, {"old": answer}, CLOSED).after.old_token == old


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True), (False, False)])
def test_what_is_answered_is_not_asked_again(*, first: bool, second: bool) -> None:
    both = (OLD, token("old-2", after(days=-50)))
    found = retired(msgspec.structs.replace(VERIFIED, old=both), listing(*both, NEW), CLOSED).after
    half = finished(found, {"old": first}, CLOSED)
    assert (half.changed, half.after.becomes, half.after.to_revoke) == (True, "confirmed", ("old-2",))
    assert (half.after.reason, finished(half.after, {}, CLOSED).changed) == (found.reason, False)
    end = finished(half.after, {"old-2": second}, CLOSED).after
    assert (end.status, end.old_token) == ("confirmed", "retired" if first or second else "gone")
    assert (end.to_revoke, end.one_revoked, end.refused) == ((), False, ())


def test_what_has_nothing_left_to_be_revoked_takes_its_status() -> None:
    """It was revoked by its value, and is not asked for by its id."""
    by_value = reissue(route="brokered", becomes="withdrawn", to_revoke=())
    assert finished(by_value, {}, NOW).after.status == "withdrawn"


def test_what_the_issuer_refuses_is_remembered() -> None:
    both = (OLD, token("old-2", after(days=-50)))
    found = retired(msgspec.structs.replace(VERIFIED, old=both), listing(*both, NEW), CLOSED).after
    half = finished(found, {}, CLOSED, refused=("old",)).after
    end = finished(half, {"old-2": True}, CLOSED).after
    assert (half.to_revoke, end.old_token, "(old)" in (end.reason or "")) == (("old-2",), "operator_task", True)


def test_a_rollback_revokes_the_new_and_leaves_the_old() -> None:
    found = rolled_back(VERIFIED, [OLD, NEW], after(days=2)).after
    assert (found.becomes, found.to_revoke) == ("withdrawn", ("new",))
    end = finished(found, {"new": True}, after(days=2)).after
    assert (end.status, end.old_token, end.successor) == ("withdrawn", "in_force", None)


def test_a_rollback_takes_what_has_come_unseen_too() -> None:
    assert rolled_back(reissue(), [OLD, NEW], after(days=2)).after.to_revoke == ("new",)
    assert rolled_back(reissue(), [OLD], after(days=2)).after.status == "withdrawn"


def test_after_retirement_a_rollback_is_refused() -> None:
    retiring = retired(VERIFIED, listing(OLD, NEW), CLOSED).after
    for one in (retiring, finished(retiring, {"old": True}, CLOSED).after):
        found = rolled_back(one, [NEW], CLOSED)
        assert (found.refused, found.changed, found.orphans) == (True, False, ())


def test_a_rollback_waits_for_an_exchange_that_may_still_bring_a_token() -> None:
    begun = reissue(route="brokered", exchange_at=stamp(NOW))
    found = rolled_back(begun, [OLD], after(minutes=4))
    assert (found.refused, found.after) == (True, begun)
    made = token("lost", NOW)
    assert rolled_back(begun, [OLD, made], after(minutes=5)).after.to_revoke == ("lost",)


def test_what_came_after_another_end_is_an_orphan() -> None:
    end = reissue(status="expired", ended_at=stamp(PAST), successor="new")
    found = rolled_back(end, [OLD, NEW, token("late", PAST)], PAST)
    assert found.after == msgspec.structs.replace(end, rolled_back=("new", "late"))
    assert found.orphans == ("new", "late")


def test_a_second_rollback_takes_nothing_that_has_come_since() -> None:
    ordinary = token("ordinary", after(days=20))
    first = rolled_back(reissue(), [OLD], after(days=2)).after
    second = rolled_back(first, [OLD, ordinary], after(days=21))
    assert (first.status, second.changed, second.orphans) == ("withdrawn", False, ())
    ended = rolled_back(reissue(status="declined", ended_at=stamp(NOW)), [OLD, NEW], after(days=2))
    assert ended.orphans == ("new",)
    again = rolled_back(ended.after, [OLD, NEW, ordinary], after(days=21))  # the first may have died half way
    assert (again.changed, again.orphans) == (False, ("new",))


def test_a_move_begins_with_a_request_for_all_and_ends_with_a_rollback() -> None:
    for_all = msgspec.structs.replace(REQUEST, client_id=None, agent_id=None)
    first, second = reissue(status="confirmed", old_token="retired"), reissue(round=2, request=for_all)
    third = reissue(round=3)
    assert of_this_move([first]) == [first]
    assert of_this_move([first, second, third]) == [second, third]
    assert of_this_move([first, third]) == [first, third]
    joined = reissue(round=2, joined=("batch-2",), joined_by_batch=True)
    assert of_this_move([first, joined, third]) == [joined, third]
    back = msgspec.structs.replace(first, rolled_back=())
    assert of_this_move([back, third]) == [third]
    assert of_this_move([back]) == [back]


def test_what_a_person_has_done_keeps_nothing_from_going_back() -> None:
    done = done_by_hand(reissue(route="manual"), "operator", NOW).after
    assert irrevocable(done) is None
    found = rolled_back(done, [OLD, NEW], after(days=1))
    assert (found.refused, found.changed, found.orphans) == (False, False, ())
    waits = rolled_back(reissue(route="manual"), [OLD, NEW], after(days=1)).after
    assert (waits.status, waits.to_revoke) == ("withdrawn", ())


def test_what_a_person_has_made_by_hand_goes_back_as_long_as_the_old_token_is_not_retired() -> None:
    """Its client uses the new token, so that the old one is retired as any other is."""
    manual = msgspec.structs.replace(VERIFIED, route="manual")
    retiring = retired(manual, listing(OLD, NEW), CLOSED).after
    assert (retiring.becomes, retiring.to_revoke) == ("confirmed", ("old",))
    for one in (retiring, finished(retiring, {"old": True}, CLOSED).after):
        assert irrevocable(one) is not None
        assert rolled_back(one, [NEW], CLOSED).refused


@pytest.mark.parametrize("state", ["operator_task", "expires_by_itself", "gone"])
def test_without_a_retirement_what_is_confirmed_goes_back(state: str) -> None:
    done = msgspec.structs.replace(VERIFIED, status="confirmed", old_token=state, ended_at=stamp(CLOSED))
    assert rolled_back(done, [OLD, NEW], CLOSED).orphans == ("new",)


def test_a_rollback_takes_over_what_is_being_revoked() -> None:
    lost = reissue(route="brokered", becomes="invited", to_revoke=("lost",), invitations=2)
    found = rolled_back(lost, [OLD, token("lost", NOW)], after(days=1)).after
    assert (found.becomes, found.to_revoke) == ("withdrawn", ("lost",))
    wrong = reissue(becomes="wrong_person", to_revoke=("x",))
    assert rolled_back(wrong, [OLD], after(days=1)).after == wrong
