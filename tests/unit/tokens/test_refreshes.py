"""A refreshed old token has a new id too; it proves no authorization, and nobody revokes it for a new one."""

import msgspec
import pytest

from deskshift.domain.tokens.observing import observed
from deskshift.domain.tokens.retirement import Listing, retired, rolled_back
from deskshift.domain.tokens.times import stamp
from deskshift.model.oauth import TokenInfo
from deskshift.model.reissue import Reissue
from tests.support.reissues import CLIENT, OLD, POLICY, after, reissue, token

USED = stamp(after(hours=2))
SECOND = token("old-2", after(days=-50))


def revoked(one: TokenInfo) -> TokenInfo:
    return msgspec.structs.replace(one, revoked=True)


@pytest.mark.parametrize("listed_before", [(), (revoked(OLD),)])
@pytest.mark.parametrize("used", [None, USED])
def test_a_refreshed_old_token_is_an_old_one(listed_before: tuple[TokenInfo, ...], used: str | None) -> None:
    refreshed = token("old-refreshed", after(hours=1), last_used_at=used)
    found = observed(reissue(), [*listed_before, refreshed], POLICY, after(hours=3))
    assert found.after.status == "invited"
    assert [(one.id, one.revoked) for one in found.after.old] == [("old", True), ("old-refreshed", False)]
    assert not observed(found.after, [*listed_before, refreshed], POLICY, after(hours=3)).changed
    again = token("old-again", after(hours=4), last_used_at=used)
    assert observed(found.after, [again], POLICY, after(hours=5)).after.status == "invited"
    new = token("new", after(hours=4), last_used_at=USED)
    seen = observed(found.after, [refreshed, new], POLICY, after(hours=5)).after
    assert (seen.status, seen.successor) == ("verified", "new")


def test_a_client_that_refreshes_for_weeks_does_not_outgrow_its_record() -> None:
    one, most = reissue(old=(OLD, SECOND)), 0
    for number in range(50):
        at = after(minutes=30 * (number + 1))
        listed = [SECOND, token(f"refreshed-{number}", at, last_used_at=stamp(at))]
        one = observed(one, listed, POLICY, at).after
        most = max(most, len(one.old))
    assert (one.status, most) == ("invited", 3)
    assert [(each.id, each.revoked) for each in one.old] == [
        ("old", True),
        ("old-2", False),
        ("refreshed-49", False),
    ]
    new = token("new", after(days=2), last_used_at=stamp(after(days=3)))
    assert observed(one, [*listed, new], POLICY, after(days=3)).after.successor == "new"


def test_that_an_old_one_has_expired_makes_no_new_one_old() -> None:
    short = token("old", after(days=-1), expires_at=stamp(after(hours=1)))
    new = token("new", after(hours=2), last_used_at=USED)
    found = observed(reissue(old=(short,)), [new], POLICY, after(hours=3)).after
    assert (found.status, found.successor) == ("verified", "new")


def test_one_refreshed_shortly_before_its_end_proves_nothing_after_it() -> None:
    short = token("old", after(days=-29), expires_at=stamp(after(hours=1)))
    refreshed = token("refreshed", after(minutes=56), last_used_at=stamp(after(minutes=57)))
    for minutes in (56, 58, 64, 66, 600):
        found = observed(reissue(old=(short,)), [refreshed], POLICY, after(minutes=minutes)).after
        assert (found.status, found.successor) == ("invited", None)
        assert rolled_back(found, [refreshed], after(minutes=601)).after.to_revoke == ()


def test_that_the_old_one_expires_takes_nothing_from_what_was_seen() -> None:
    short = token("old", after(days=-29), expires_at=stamp(after(days=2)))
    new = token("new", after(days=1), last_used_at=stamp(after(days=1, hours=1)))
    seen = observed(reissue(old=(short,)), [short, new], POLICY, after(days=1, hours=2)).after
    assert (seen.status, seen.successor) == ("verified", "new")
    assert not observed(seen, [new], POLICY, after(days=3)).changed
    assert rolled_back(seen, [new], after(days=3)).after.to_revoke == ("new",)
    again = token("again", after(days=3), last_used_at=stamp(after(days=3, hours=1)))
    after_it = observed(seen, [again], POLICY, after(days=4)).after
    assert (after_it.successor, after_it.told_apart) == ("again", True)


def test_an_old_one_that_ended_after_the_new_one_was_seen_takes_nothing_from_it() -> None:
    new = token("new", after(hours=1))
    seen = observed(reissue(), [OLD, new], POLICY, after(hours=2)).after
    assert (seen.status, seen.successor) == ("authorized", "new")
    used = msgspec.structs.replace(new, last_used_at=USED)
    assert observed(seen, [used], POLICY, after(hours=3)).after.status == "verified"


def test_of_two_one_of_which_may_be_refreshed_both_have_to_be_in_use() -> None:
    refreshed = token("old-refreshed", after(hours=1), last_used_at=USED)
    new = token("new", after(hours=1))
    waits = observed(reissue(), [refreshed, new], POLICY, after(hours=3))
    assert (waits.after.status, waits.after.old, waits.changed) == ("invited", (OLD,), False)
    both = [refreshed, msgspec.structs.replace(new, last_used_at=USED)]
    assert observed(reissue(), both, POLICY, after(hours=3)).after.status == "verified"


def test_an_old_one_that_is_refreshed_and_used_does_not_take_the_unused_ones_place() -> None:
    seen = observed(reissue(), [OLD, token("new", after(hours=1))], POLICY, after(hours=1)).after
    refreshed = token("old-refreshed", after(hours=2), last_used_at=USED)
    found = observed(seen, [token("new", after(hours=1)), refreshed], POLICY, after(hours=3))
    assert (found.changed, found.after.successor) == (False, "new")


def test_another_authorization_that_is_used_takes_the_unused_ones_place() -> None:
    seen = observed(reissue(), [OLD, token("new", after(hours=1))], POLICY, after(hours=1)).after
    other = token("other", after(hours=2), last_used_at=USED)
    found = observed(seen, [OLD, token("new", after(hours=1)), other], POLICY, after(hours=3)).after
    assert (found.status, found.successor) == ("verified", "other")


def test_client_credentials_are_not_refreshed() -> None:
    own = [msgspec.structs.replace(one, agent_id=None) for one in (OLD, token("new", after(hours=1)))]
    opened = reissue(agent_id=None, route="machine", old=(own[0],))
    assert observed(opened, [own[1]], POLICY, after(hours=2)).after.successor == "new"


def test_both_are_retired_with_the_old_ones() -> None:
    refreshed = token("old-refreshed", after(hours=1), last_used_at=USED)
    counted = observed(reissue(old=(OLD, SECOND)), [SECOND, refreshed], POLICY, after(hours=2)).after
    new = token("new", after(hours=3), last_used_at=stamp(after(hours=4)))
    seen = observed(counted, [SECOND, refreshed, new], POLICY, after(hours=5)).after
    found = retired(seen, Listing((SECOND, refreshed, new), lists=True, revokes_one=True), after(days=5)).after
    assert found.to_revoke == ("old-2", "old-refreshed")


def brokered(**fields: object) -> Reissue:
    return reissue(route="brokered", **fields)


def test_a_refreshed_old_token_is_not_taken_for_a_lost_one() -> None:
    begun = brokered(exchange_at=stamp(after(hours=1)))
    refreshed = token("old-refreshed", after(hours=1, minutes=1))
    lost = observed(begun, [refreshed], POLICY, after(hours=2)).after
    assert (lost.status, lost.becomes, lost.exchange_at) == ("invited", None, None)


def test_of_a_lost_and_a_refreshed_one_the_one_in_use_stays() -> None:
    begun = brokered(exchange_at=stamp(after(hours=1)))
    refreshed = token("old-refreshed", after(hours=1, minutes=2), last_used_at=USED)
    made = token("lost", after(hours=1, minutes=1))
    lost = observed(begun, [refreshed, made], POLICY, after(hours=3)).after
    assert (lost.becomes, lost.to_revoke) == ("invited", ("lost",))


def test_a_rollback_leaves_what_an_old_token_became() -> None:
    refreshed = token("old-refreshed", after(hours=1), last_used_at=USED)
    seen = observed(reissue(), [OLD, token("new", after(hours=1))], POLICY, after(hours=1)).after
    back = rolled_back(seen, [token("new", after(hours=1)), refreshed], after(hours=3)).after
    assert (back.becomes, back.to_revoke) == ("withdrawn", ("new",))
    assert back.client_id == CLIENT


def test_of_two_that_cannot_be_told_apart_a_rollback_takes_none() -> None:
    both = [token(one, after(hours=1), last_used_at=USED) for one in ("old-refreshed", "new")]
    seen = observed(reissue(), both, POLICY, after(hours=3)).after
    assert (seen.status, seen.told_apart) == ("verified", False)
    back = rolled_back(seen, both, after(hours=4)).after
    assert (back.status, back.to_revoke) == ("withdrawn", ())
    assert "cannot be told" in str(back.reason)


def test_of_two_that_cannot_be_told_apart_one_with_more_scopes_is_not_revoked() -> None:
    refreshed = token("old-refreshed", after(hours=1), last_used_at=USED)
    new = token("new", after(hours=1), scopes=("read",), last_used_at=USED)
    narrow = reissue(scopes=("read",))
    seen = observed(narrow, [refreshed, new], POLICY, after(hours=3)).after
    assert (seen.status, seen.successor, seen.becomes) == ("verified", "new", None)
    two = [refreshed, token("other", after(hours=1), last_used_at=USED)]
    assert not observed(narrow, two, POLICY, after(hours=3)).changed
    end = observed(narrow, two, POLICY, after(days=15)).after
    assert (end.status, end.old_token, end.to_revoke) == ("failed", "operator_task", ())
    assert "write" in str(end.reason)


def test_one_that_no_refresh_gives_proves_nothing_of_one_that_may_be_refreshed() -> None:
    refreshed = token("old-refreshed", after(hours=1), last_used_at=USED)
    wider = token("wider", after(hours=1), scopes=("admin",), last_used_at=USED)
    assert not observed(reissue(), [refreshed, wider], POLICY, after(hours=3)).changed
    end = observed(reissue(), [refreshed, wider], POLICY, after(days=15)).after
    assert (end.status, end.old_token, end.to_revoke) == ("failed", "operator_task", ())
    assert "admin" in str(end.reason)
    new = token("new", after(hours=2), last_used_at=USED)
    assert observed(reissue(), [refreshed, wider, new], POLICY, after(hours=3)).after.status == "verified"


def test_one_that_is_not_used_yet_is_found_once() -> None:
    two = [token("old-refreshed", after(hours=1), last_used_at=USED), token("other", after(hours=1), last_used_at=USED)]
    unused = token("new", after(hours=1), scopes=("read",))
    found = observed(reissue(scopes=("read",)), [*two, unused], POLICY, after(hours=3)).after
    assert (found.status, found.successor) == ("authorized", "new")
    assert not observed(found, [*two, unused], POLICY, after(hours=3)).changed


def test_what_is_seen_only_after_the_deadline_ends_at_the_first_look() -> None:
    unused = token("new", after(days=13))
    found = observed(reissue(), [OLD, unused], POLICY, after(days=15)).after
    assert (found.status, found.successor, found.old_token) == ("expired", "new", "in_force")
