"""A model of source and target, arrivals and releases, against the machine's functions taken one step at a time.

Whatever people do between two steps, however often a step is repeated, killed and resumed: nothing is ever nowhere, and
`done` means that inbox and help desk hold exactly what the model says. `make faults` tries more and longer examples.
"""

import json
import os
from contextlib import ExitStack
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from infra.local.sandbox.client import SandboxError
from infra.local.stack.errors import FunctionFailed
from infra.local.stack.principal import acting_as
from tests.faults.actions import message_event
from tests.faults.by_hand import Execution, Machine
from tests.faults.calls import Call, Make, seen
from tests.faults.end_state import end_of
from tests.faults.ground import Ground, one_after_the_other
from tests.faults.model import MOVING, Model, account
from tests.faults.runs import Killed
from tests.faults.scenarios import ACCOUNT, MOVE, operate
from tests.support.looking import PLENTY, TOO_LITTLE
from tests.support.moves import Json

THOROUGH = bool(os.environ.get("FAULTS_THOROUGH"))
EXAMPLES, STEPS = (400, 60) if THOROUGH else (25, 30)
MOST_STEPS = 200
"""So many steps suffice for every move that settles."""
AFTER_ADMISSION = (
    "check_move",
    "begin_move",
    "open_capture",
    "switch_channel",
    "list_conversations",
    "import_part",
    "catch_up",
    "verify_conversations",
    "release_conversations",
    "settle_move",
    "finish_move",
)
KINDS = st.tuples(
    st.sampled_from([MOVING, MOVING, "mail"]),
    st.sampled_from(["open", "closed"]),
    st.sampled_from(["with-access", "without-access", None]),
    st.integers(0, 2),
    st.booleans(),
)
NUMBERS = st.integers(0, 9)
"""Which conversation: the number modulo how many there are, so that examples shrink to few of them."""
CHANGES = st.one_of(
    st.sampled_from([{"status": "open"}, {"status": "closed"}]),
    st.sampled_from([{"owner_id": "with-access"}, {"owner_id": "without-access"}, {"owner_id": None}]),
)
CALLS = st.integers(0, 8)


class ChannelMove(RuleBasedStateMachine):
    """One move of one channel; `told` are the events in the order in which they happened."""

    ground: ClassVar[Ground]

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        self.machine = Machine(self.ground.stack)
        self.model = Model()
        self.made: list[Call] = []
        self.dead: list[object] = []
        self.meanwhile: tuple[int, Any] | None = None
        self.refused: str | None = None
        self.tasks: dict[str, dict[str, Json]] = {}
        self.words = 0
        self.failing = True

    @initialize(kinds=st.lists(KINDS, max_size=5), history=st.sampled_from(["all", "all", "all", "none"]))
    def ask_for_the_move(self, kinds: list[Any], history: str) -> None:
        export = account(ACCOUNT, kinds)
        self.export, self.model.history = export, history
        tickets = {ticket["conversation_id"]: ticket for ticket in export["tickets"]}
        for row in export["conversations"]:
            self.model.seeded(row, tickets.get(row["id"]))
        self.account = self.ground.fresh(export, {"listing_lag_ms": 0})
        self.open.enter_context(one_after_the_other(self.ground.clock))
        self.open.enter_context(seen(self._around))
        self.request = {"request_id": "request-1", "account_id": ACCOUNT, "channel_id": MOVING, "requested_by": "admin"}
        self.request["history"] = history
        self._deliver("move_channel", self.request)

    # --- The machine ---

    @precondition(lambda self: self.machine.running)
    @rule(hurried=st.booleans())
    def step(self, hurried: bool) -> None:  # noqa: FBT001 - hypothesis gives it by name
        """Take the next step; hurried, it has time for one page only."""
        self._step(hurried=hurried)

    @precondition(lambda self: self.machine.running)
    @rule(times=st.integers(1, 2))
    def step_and_repeat(self, times: int) -> None:
        """Let the answer of a step be lost so many times: the machine invokes it again."""
        execution = self._running()
        task = execution.task()
        for _ in range(times):
            self.account.stack.invoke(task.function, task.event)
        self._step()

    @precondition(lambda self: self.machine.running)
    @rule(at=CALLS, after=st.booleans(), aborted=st.booleans())
    def crash(self, at: int, after: bool, aborted: bool) -> None:  # noqa: FBT001 - as above
        """Kill the step at one of its changing calls; the machine tries it again, or dies as well and is paused."""

        def kill(call: Call, make: Make) -> None:
            if after:
                make()
            self.dead.append(call.invocation)
            raise Killed(str(call))

        execution = self._running()
        self._step((at, kill))
        if aborted and execution.ended is None:
            execution.ended = "aborted"
            self.account.stack.invoke("watch_moves", {"detail": {"executionArn": execution.arn, "status": "ABORTED"}})

    @precondition(lambda self: self.machine.running)
    @rule(at=CALLS)
    def lose_an_answer(self, at: int) -> None:
        """Let a call's effect happen and its answer be lost, so that its client repeats it."""
        self._step((at, lambda _call, make: (make(), make())[1]))

    @precondition(lambda self: self.machine.running)
    @rule(at=CALLS, number=NUMBERS)
    def message_inside_a_step(self, at: int, number: int) -> None:
        """Let somebody write in the middle of a step."""
        self._step((at, self._first(lambda: self.message(number))))

    @precondition(lambda self: self.machine.running)
    @rule(at=CALLS, number=NUMBERS)
    def note_inside_a_step(self, at: int, number: int) -> None:
        """Let a captured note be dealt with in the middle of a step."""
        self._step((at, self._first(lambda: self.note(number, 1))))

    @precondition(lambda self: self._status() == "paused")
    @rule()
    def resume(self) -> None:
        self.account.stack.invoke("resume_move", {"account_id": ACCOUNT, "move_id": MOVE})

    @precondition(lambda self: len(self.machine.executions) > 1)
    @rule(function=st.sampled_from(AFTER_ADMISSION))
    def late_step_of_an_older_attempt(self, function: str) -> None:
        """Let a step of an aborted attempt come late: it ends without having changed anything."""
        event = self.tasks[self.machine.executions[0].name].get(function)
        if event is None:
            return
        before = len(self.made)
        with pytest.raises(FunctionFailed) as failed:
            self.account.stack.invoke(function, event)
        assert failed.value.error_type == "SupersededAttempt"
        assert self.made[before:] == []

    # --- Messages ---

    @rule()
    def request_again(self) -> None:
        """Deliver the request again: it is one move."""
        known = [one.arn for one in self.machine.executions]
        self._deliver("move_channel", self.request)
        assert [one.arn for one in self.machine.executions] == known

    @precondition(lambda self: self.model.held)
    @rule(number=NUMBERS, times=st.integers(1, 2))
    def note(self, number: int, times: int) -> None:
        """Deliver a captured note, in any order, once or twice."""
        for _ in range(times):
            self._deliver("capture_changes", {"account_id": ACCOUNT, "conversation_id": self._id(number)})

    # --- People ---

    @precondition(lambda self: self.model.held)
    @rule(number=NUMBERS)
    def message(self, number: int) -> None:
        self.words += 1
        self._happens(self._id(number), "message", text=f"words {self.words}")

    @precondition(lambda self: self.model.held)
    @rule(number=NUMBERS, change=CHANGES)
    def change(self, number: int, change: Json) -> None:
        self._happens(self._id(number), "change", change=change)

    @rule()
    def new_conversation(self) -> None:
        self.words += 1
        with acting_as(None):
            told = self.account.sandbox.live(ACCOUNT, "new_conversation", channel_id=MOVING, text=f"words {self.words}")
        self.model.happened(told)

    @precondition(lambda self: self.model.held)
    @rule(number=NUMBERS, kind=st.sampled_from(["delete", "privacy_delete"]))
    def delete(self, number: int, kind: str) -> None:
        self._happens(self._id(number), kind)

    @precondition(lambda self: self.model.held)
    @rule(number=NUMBERS, channel=st.sampled_from(["mail", MOVING]))
    def change_the_channel(self, number: int, channel: str) -> None:
        """Let a conversation go on through another channel, if that is on its side."""
        self._happens(self._id(number), "move_channel", channel_id=channel)

    # --- The help desk refuses one, and no longer ---

    @precondition(lambda self: self.model.held)
    @rule(number=NUMBERS)
    def refuse(self, number: int) -> None:
        self.refused = self._id(number)
        self.account.sandbox.faults(ACCOUNT, f"refuse={self.refused}")

    @precondition(lambda self: self._aside())
    @rule(mended=st.booleans())
    def retry(self, mended: bool) -> None:  # noqa: FBT001 - as above
        """Try what is set aside again, after its reason is mended or in vain."""
        if mended:
            self.account.sandbox.faults(ACCOUNT, "")
        ids = {"account_id": ACCOUNT, "move_id": MOVE, "conversation_ids": sorted(self._aside())}
        operate(self.account, "retry_conversations", ids)

    # --- What must hold ---

    @invariant()
    def nothing_is_lost_and_done_means_equal(self) -> None:
        self.failing = True
        dump = self.account.dump(self.ground.new_folder())
        assert self.model.anywhere(dump) == []
        if self._status() == "done":
            assert self.model.in_its_place(dump, self._aside()) == []
        self.failing = False

    def teardown(self) -> None:
        try:
            if not self.failing:
                self._to_the_end()
        finally:
            self.open.close()

    def _to_the_end(self) -> None:
        """Do what an operator would, until the move is done and nothing is set aside."""
        self.account.sandbox.faults(ACCOUNT, "")
        for _ in range(MOST_STEPS):
            if self.machine.running:
                self._step()
            elif self._status() == "paused":
                self.resume()
            else:
                break
        assert self._status() == "done"
        if self._aside():
            self.retry(mended=True)
        dump = self.account.dump(self.ground.new_folder())
        assert self._aside() == set()
        assert self.model.in_its_place(dump, set()) == []
        end = end_of(self.account, MOVE, self.export, self.model.history, self.ground.new_folder())
        assert end.problems == ()

    def _step(self, meanwhile: tuple[int, Any] | None = None, *, hurried: bool = False) -> None:
        execution = self._running()
        task = execution.task()
        self.tasks.setdefault(execution.name, {})[task.function] = task.event
        self.meanwhile = meanwhile
        looks = iter([PLENTY])
        with self.account.stack.time_left(task.function, lambda: next(looks, TOO_LITTLE) if hurried else PLENTY):
            execution.take()
        self.meanwhile = None
        assert execution.ended != "Paused", execution.state

    def _around(self, call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
        """Keep the call, let happen what comes in between, and take what is for Step Functions."""
        if any(call.invocation is one for one in self.dead):
            raise Killed(str(call))
        self.made.append(call)

        def made() -> Any:  # noqa: ANN401 - as above
            told = self.machine.told(call)
            return make() if told is None else told

        if self.meanwhile is None:
            return made()
        left, what = self.meanwhile
        self.meanwhile = (left - 1, what) if left else None
        return made() if left else what(call, made)

    @staticmethod
    def _first(what: Any) -> Any:  # noqa: ANN401 - a rule without arguments
        def around(_call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
            with acting_as(None):
                what()
            return make()

        return around

    def _deliver(self, function: str, body: Json) -> None:
        with acting_as(None):
            self.account.stack.invoke(function, message_event(self.account, function, json.dumps(body)))

    def _happens(self, conversation_id: str, kind: str, **facts: object) -> None:
        """Let a person do something; only what is deleted, or a channel of the other side, may be in their way."""
        one = self.model.held[conversation_id]
        try:
            with acting_as(None):
                told = self.account.sandbox.live(ACCOUNT, kind, conversation_id=conversation_id, **facts)
        except SandboxError as refused:
            if not one.deleted and (kind, refused.error["code"]) != ("move_channel", "other_side"):
                raise
        else:
            assert not one.deleted
            self.model.happened(told)

    def _running(self) -> Execution:
        execution = self.machine.running
        assert execution is not None
        return execution

    def _id(self, number: int) -> str:
        return list(self.model.held)[number % len(self.model.held)]

    def _status(self) -> str | None:
        return self.account.status(MOVE)

    def _aside(self) -> set[str]:
        if self._status() not in {"done", "paused"}:
            return set()
        report = self.account.show(MOVE)["report"] or {}
        return {str(one["conversation_id"]) for one in report.get("quarantined", ())}


@pytest.mark.timeout(1200)
@pytest.mark.requirement("X-01", "H-25")
def test_done_implies_that_source_and_target_are_equal(ground: Ground) -> None:
    machine = type("ChannelMoveHere", (ChannelMove,), {"ground": ground})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not THOROUGH,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
