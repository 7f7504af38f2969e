"""Whatever people, clients and clocks do, in any order: what always holds of a grant's reissues does."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from deskshift.domain.tokens import brokering, transitions
from deskshift.domain.tokens.observing import observed, verified
from deskshift.domain.tokens.opening import next_round, recorded
from deskshift.domain.tokens.report import Before, build
from deskshift.domain.tokens.retirement import Listing, retired, rolled_back
from deskshift.domain.tokens.times import CLOCK_SKEW, instant, stamp
from deskshift.domain.tokens.transitions import Transition
from deskshift.model.oauth import Subject
from deskshift.model.reissue import ENDS, Reissue, ReissueRequest, Route
from tests.support.reissues import AGENT, CLIENT, NOW, POLICY, REQUEST, reissue
from tests.unit.tokens.issuer_model import Truth, World

if TYPE_CHECKING:
    from collections.abc import Callable

PASSED = st.sampled_from([1 / 60, 1, 4, 6, 20, 60, 600, 24 * 60, 4 * 24 * 60, 15 * 24 * 60]).map(
    lambda minutes: timedelta(minutes=minutes)
)
RARELY = st.integers(0, 9).map(lambda drawn: drawn == 9)
"""What ends a reissue is drawn rarely, or hardly one would come to be retired."""
DELIVERED = st.sampled_from(["whole", "half", "twice"])


class Grant(RuleBasedStateMachine):
    """One grant with two old tokens."""

    route: Route = "direct"

    @initialize(
        skew=st.integers(-300, 300), olds=st.integers(1, 3), scopes=st.sampled_from([("read",), ("read", "write")])
    )
    def open(self, skew: int, olds: int, scopes: tuple[str, ...]) -> None:
        self.world = World(timedelta(seconds=skew))
        for number in range(olds):
            self.world.make("old", NOW - timedelta(days=30 + number))
        self.asked = scopes
        self.rounds = [self.opened(REQUEST)]
        self.ended: dict[str, Reissue] = {}
        self.rolling_back = False

    def opened(self, request: ReissueRequest) -> Reissue:
        now = self.world.now
        made = reissue(
            request=request,
            route=self.route,
            scopes=self.asked,
            old=tuple(one for one in self.world.listing() if not one.revoked),
            opened_at=stamp(now),
            invited_at=stamp(now),
            deadline=stamp(now + timedelta(days=POLICY.deadline_days)),
        )
        return next_round(made, getattr(self, "rounds", []))

    @property
    def last(self) -> Reissue:
        return self.rounds[-1]

    def take(self, found: Transition, delivered: str = "whole") -> None:
        """Write what follows, and revoke what is to be revoked; a run may die half way, or be delivered twice."""
        if found.changed:
            assert found.after != self.last or found.reason == self.last.reason
            self.rounds[-1] = msgspec.structs.replace(found.after, lock=self.last.lock + 1)
        else:
            assert found.after == self.last
        for identity in found.orphans:
            self.may_be_revoked(identity, None)
            self.world.revoke(identity)
        self.carry_out(delivered)

    def carry_out(self, delivered: str) -> None:
        one = self.last
        if one.becomes is None:
            return
        for identity in one.to_revoke:
            self.may_be_revoked(identity, one)
        half = one.to_revoke[: len(one.to_revoke) // 2]
        answers = {
            identity: self.world.revoke(identity) for identity in (half if delivered == "half" else one.to_revoke)
        }
        done = transitions.finished(one, answers, self.world.now)
        if delivered == "half" and len(half) < len(one.to_revoke):
            assert (done.changed, done.after.becomes) == (half != (), one.becomes)
            self.rounds[-1] = msgspec.structs.replace(done.after, lock=one.lock + done.changed)
            return
        self.rounds[-1] = msgspec.structs.replace(done.after, lock=one.lock + 1)
        if delivered == "twice":
            assert not transitions.finished(self.last, answers, self.world.now).changed

    def may_be_revoked(self, identity: str, by: Reissue | None) -> None:
        """Nothing is revoked falsely."""
        truth = self.world.tokens[identity]
        if not self.world.in_force(truth):
            return
        if truth.origin == "old":
            assert by is not None
            assert by.becomes == "confirmed", f"{by.becomes}: {by.reason}"
            assert by.retire_after is not None
            assert self.world.now >= instant(by.retire_after) + CLOCK_SKEW
            assert any(one.used for one in self.world.tokens.values() if one.origin == "authorized")
        elif truth.origin == "authorized":
            others = by is not None and by.becomes == "confirmed" and identity != by.successor
            nobodys = by is not None and by.status == "collected" and by.acknowledged_at is None and not truth.used
            assert self.rolling_back or others or nobodys, (
                f"{by.becomes if by else 'orphan'}: {by.reason if by else ''}"
            )

    # --- The world ---

    @rule(passed=PASSED)
    def time_passes(self, passed: timedelta) -> None:
        self.world.now += passed

    @rule(data=st.data())
    def client_uses(self, data: st.DataObject) -> None:
        tokens = self.world.works("old", "authorized", "too_much")
        if tokens:
            self.world.use(data.draw(st.sampled_from(tokens)))

    @rule(data=st.data(), listed=st.booleans())
    def client_refreshes(self, data: st.DataObject, *, listed: bool) -> None:
        tokens = self.world.works("old", "authorized", "too_much")
        if tokens:
            self.world.refresh(data.draw(st.sampled_from(tokens)), listed=listed)

    # --- deskshift ---

    @rule(delivered=DELIVERED)
    def watches(self, delivered: str) -> None:
        self.carry_out(delivered)
        listing, now = self.world.listing(), self.world.now
        found = observed(self.last, listing, POLICY, now)
        again = observed(found.after, listing, POLICY, now)
        assert not again.changed, f"{found.reason}, then {again.reason}"
        self.take(found, delivered)

    @rule(delivered=DELIVERED, revokes_one=st.booleans())
    def retires(self, delivered: str, *, revokes_one: bool) -> None:
        self.carry_out(delivered)
        shown = Listing(tuple(self.world.listing()), lists=True, revokes_one=revokes_one)
        found = retired(self.last, shown, self.world.now)
        assert not retired(found.after, shown, self.world.now).changed
        assert revokes_one or found.after.to_revoke == self.last.to_revoke
        self.take(found, delivered)

    @rule(really=RARELY)
    def declines(self, *, really: bool) -> None:
        if not really:
            return
        self.take(observed(self.last, self.world.listing(), POLICY, self.world.now))
        self.take(transitions.declined(self.last, self.world.now))

    @rule(what=st.sampled_from(["withdraw", "invite", "extend", "fail", "sent", "remind"]), really=RARELY)
    def operator(self, what: str, *, really: bool) -> None:
        if what in {"withdraw", "fail"} and not really:
            return
        now = self.world.now
        does: dict[str, Callable[[Reissue], Transition]] = {
            "withdraw": lambda one: transitions.withdrawn(one, "operator", now),
            "invite": lambda one: transitions.invited_again(one, POLICY, now),
            "extend": lambda one: transitions.extended(one, now + timedelta(days=20), now),
            "fail": lambda one: transitions.failed(one, "the agent is not there any more", now),
            "sent": transitions.invitation_sent,
            "remind": lambda one: transitions.reminded(one, POLICY, now),
        }
        if what == "remind" and not self.last.is_open:
            return
        found = does[what](self.last)
        assert self.last.is_open or not found.changed or what == "sent"
        if what != "sent" or self.last.is_open:
            self.take(found)

    @rule(delivered=DELIVERED, really=RARELY)
    def goes_back(self, delivered: str, *, really: bool) -> None:
        if not really:
            return
        self.rolling_back = True
        found = rolled_back(self.last, self.world.listing(), self.world.now)
        assert not (self.last.old_token == "retired" and not found.refused)
        self.take(found, delivered)
        if delivered != "half":
            self.rolling_back = self.last.becomes is not None

    @rule(same=st.booleans())
    def is_asked_again(self, *, same: bool) -> None:
        request = REQUEST if same else msgspec.structs.replace(REQUEST, request_id=f"request-{len(self.rounds)}-next")
        found = recorded(self.rounds, request)
        if found is None:
            assert not self.last.is_open
            self.rounds.append(self.opened(request))
            return
        assert same is False or found == self.rounds[0]
        if found == self.last:
            self.take(transitions.joined(found, request))

    # --- What always holds ---

    @invariant()
    def at_most_one_is_open(self) -> None:
        assert all(not one.is_open for one in self.rounds[:-1])
        assert [one.round for one in self.rounds] == list(range(1, len(self.rounds) + 1))

    @invariant()
    def an_end_never_changes(self) -> None:
        for one in self.rounds:
            if one.is_open:
                continue
            assert one.ended_at is not None
            assert (one.becomes, one.to_revoke) == (None, ())
            end = msgspec.structs.replace(one, rolled_back=None, lock=0)
            assert self.ended.setdefault(one.reissue_id, end) == end

    @invariant()
    def what_is_recorded_fits_together(self) -> None:
        one = self.last
        assert (one.becomes is None) == (one.to_revoke == ())
        assert one.becomes is None or one.becomes in ENDS or one.becomes == "invited"
        assert one.status not in {"authorized", "verified", "collected"} or one.successor is not None
        assert one.successor is None or one.successor not in {token.id for token in one.old}
        if one.status == "confirmed":
            assert one.old_token != "in_force"
            assert one.successor is not None
            assert any(truth.used for truth in self.world.tokens.values() if truth.origin == "authorized")

    @invariant()
    def scopes_only_narrow(self) -> None:
        for one in self.rounds:
            if one.successor is not None:
                made = self.world.tokens[one.successor]
                assert set(made.info.scopes) <= set(one.scopes)
                assert made.origin != "other_person"

    @invariant()
    def grants_in_are_grants_out(self) -> None:
        before = Before(grants=((CLIENT, AGENT),), clients={}, to_check=())
        report = build("acme", None, before, self.rounds, {})
        assert (report.balanced, report.grants_in, report.grants_out) == (True, 1, 1)
        assert report.complete == (not self.last.is_open)


class Direct(Grant):
    """The integration's own authorization start."""

    @rule(used=st.booleans())
    def agent_accepts(self, *, used: bool) -> None:
        made = self.world.make("authorized", scopes=self.asked)
        if used:
            self.world.use(made)

    @rule(really=RARELY)
    def client_asks_for_too_much(self, *, really: bool) -> None:
        if really:
            self.world.make("too_much", scopes=("admin", "read"))

    @rule(used=st.booleans(), days=st.integers(1, 20))
    def all_goes_well_for_a_while(self, days: int, *, used: bool) -> None:
        self.agent_accepts(used=used)
        self.watches("whole")
        self.world.now += timedelta(days=days)


class Brokered(Grant):
    """deskshift is the client until the token is collected."""

    route = "brokered"

    def __init__(self) -> None:
        super().__init__()
        self.running: list[tuple[str, datetime]] = []
        """Exchanges whose function still waits: who authorized, and since when."""

    def begins(self) -> bool:
        self.carry_out("whole")
        found = brokering.exchange_begun(self.last, self.world.now)
        self.take(found)
        return not found.refused

    @rule(
        ends=st.sampled_from(["answered", "answered", "answered", "refused", "died", "slow"]),
        who=st.sampled_from(["other_person", "too_much", "exchanged"]),
    )
    def agent_comes_back(self, ends: str, who: str) -> None:
        if not self.begins():
            return
        if ends == "refused":
            self.take(brokering.exchange_refused(self.last))
            return
        if ends == "slow":
            self.running.append((who, self.world.now))
            return
        made = self.make(who)
        if ends == "answered":
            self.verifies(made)

    def make(self, who: str) -> Truth:
        match who:
            case "other_person":
                return self.world.make("other_person", agent_id="mallory")
            case "too_much":
                return self.world.make("too_much", scopes=("admin", "read"))
        return self.world.make("exchanged", scopes=self.asked)

    def verifies(self, made: Truth) -> None:
        if not self.world.in_force(made):
            return
        made.info = msgspec.structs.replace(made.info, last_used_at=stamp(self.world.there()))
        subject = Subject(
            token_id=made.info.id,
            agent_id=made.info.agent_id,
            client_id=CLIENT,
            scopes=made.info.scopes,
        )
        found = verified(self.last, subject, made.info.last_used_at, POLICY, self.world.now)
        before = self.last
        self.take(found)
        if not found.refused and self.last.status == "verified" and before.status != "verified":
            again = verified(self.last, subject, made.info.last_used_at, POLICY, self.world.now)
            assert not again.changed

    @precondition(lambda self: self.running)
    @rule(dies=st.booleans())
    def slow_exchange_is_answered(self, *, dies: bool) -> None:
        who, since = self.running.pop()
        if self.world.now >= since + brokering.EXCHANGE_LIMIT:
            return
        made = self.make(who)
        self.carry_out("whole")
        if not dies:
            self.verifies(made)

    @rule(days=st.integers(1, 20), really=RARELY)
    def all_goes_well_for_a_while(self, days: int, *, really: bool) -> None:
        if not really:
            return
        self.agent_comes_back("answered", "exchanged")
        self.client_collects()
        self.world.now += timedelta(days=days)

    @rule()
    def client_collects(self) -> None:
        found = brokering.collected(self.last, self.world.now)
        self.take(found)
        if self.last.status == "collected" and self.last.successor is not None and found.changed:
            self.world.tokens[self.last.successor].origin = "authorized"

    @rule()
    def client_acknowledges(self) -> None:
        self.take(brokering.acknowledged(self.last, self.world.now))

    @invariant()
    def what_nobody_has_is_not_in_force_at_the_end(self) -> None:
        if self.last.is_open or self.running or self.last.becomes is not None:
            return
        if any(one.origin == "old" and one.info.revoked for one in self.world.tokens.values()):
            return  # it cannot be told from a refreshed old one, then, and stays: nobody has it
        for one in self.world.works("exchanged"):
            assert one.info.id == self.last.successor, f"{one.info.id}: {self.last.reason}"


@pytest.mark.parametrize("machine", [Direct, Brokered])
def test_what_always_holds(machine: type[Grant]) -> None:
    run_state_machine_as_test(machine, settings=settings(max_examples=200, stateful_step_count=30, deadline=None))
