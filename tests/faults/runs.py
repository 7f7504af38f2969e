"""Play a scenario to its end, whatever comes in between."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from botocore.exceptions import ReadTimeoutError
from urllib3.exceptions import ProtocolError

from infra.local.stack.principal import Principal, acting_as
from tests.faults.calls import Around, Call, Make, as_it_is, seen
from tests.faults.end_state import End
from tests.faults.ground import DRAIN_SECONDS, Ground, one_after_the_other
from tests.faults.scenarios import Scenario
from tests.support.moves import LONG, Account, until

MOST_LOOKS = 40


class Killed(BaseException):
    """The process of a function was killed."""


MEANT = (Killed, ReadTimeoutError, ProtocolError)
"""What actions raise on purpose."""


class NeverDone(AssertionError):
    """The operator has looked again and again, and the run does not come to its end."""


@dataclass
class Run:
    """One play of a scenario; `calls` are the changing calls that it made, `looks` what an operator had to do.

    `late` are workers that go on after their successor ended: they take back what they did, which one that dies cannot.
    `unclaimed` are files that late workers wrote who died right then. No one else knows of them.
    """

    ground: Ground
    scenario: Scenario
    account: Account
    calls: list[Call] = field(default_factory=list)
    dead: list[Principal] = field(default_factory=list)
    late: list[Principal] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    unclaimed: list[str] = field(default_factory=list)
    gate: "Gate | None" = None
    sleeping: int = 0
    looks: int = 0

    def kill(self, call: Call) -> None:
        """Kill the function that makes this call and abort the executions, as one would to whom nothing is sacred."""
        self.dead.append(call.invocation)
        self.abort()
        raise Killed(str(call))

    def is_late(self, worker: Principal) -> bool:
        """Say whether a worker goes on after its successor ended."""
        return any(worker is one for one in self.late)

    def abort(self) -> None:
        """Abort every execution that runs."""
        with acting_as(None):
            client = self.account.stack.client("stepfunctions")
            machine = self.account.stack.physical_id("ChannelMoveMachine")
            for running in client.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]:
                self.account.stack.stop_execution(running["executionArn"])

    def to_the_end(self, sleeping: int = 0) -> None:
        """Let everything come to rest and do what an operator would, until there is nothing left to do.

        Args:
            sleeping: how many workers sleep until this has ended. Whoever began the run waits for them as well, so that
                there is one operator at a time, and nobody still works when the end is looked at.
        """
        for _ in range(MOST_LOOKS):
            self.rest(sleeping)
            if not self.scenario.go_on(self.account, self.ground.clock):
                return
            self.looks += 1
        raise NeverDone(f"{self.scenario.name} is not done after {MOST_LOOKS} looks")

    def rest(self, sleeping: int = 0) -> None:
        """Wait until nothing is left to do but for the workers that sleep."""
        parts = self.account.stack._parts  # noqa: SLF001 - `drain` waits for sleeping workers too

        def resting() -> bool:
            queued = any(poller.waiting for poller in parts.pollers)
            open_ = parts.executions.open or parts.asynchronous.pending
            return not queued and not open_ and parts.invoker.running <= sleeping

        until(lambda: resting() and resting(), "everything has come to rest", DRAIN_SECONDS)

    @contextmanager
    def asleep(self, calls: int | None) -> Iterator["Gate"]:
        """Let a worker sleep inside the block, and others stop at their so-many-th changing call until it has woken."""
        self.sleeping += 1
        self.gate = Gate(calls)
        try:
            yield self.gate
        finally:
            self.gate.open()
            self.gate = None
            self.sleeping -= 1


class Gate:
    """Stops whoever makes the `calls`-th call through it until it is opened; with None it stops nobody."""

    def __init__(self, calls: int | None) -> None:
        self._left = calls
        self._there, self._open = threading.Event(), threading.Event()

    def reached(self, runner: threading.Thread) -> None:
        """Wait until somebody stands there, or the runner has ended without coming by."""
        until(lambda: self._there.is_set() or not runner.is_alive(), "the successor has come to the gate")

    def open(self) -> None:
        """Let everybody through."""
        self._open.set()

    def pass_through(self) -> None:
        """Go through, or wait."""
        if self._left is None or self._open.is_set():
            return
        self._left -= 1
        if self._left <= 0:
            self._there.set()
            self._open.wait(LONG)


Meddle: TypeAlias = Callable[[Run], Around]
"""Makes what is put around every changing call of a run."""


def play(ground: Ground, scenario: Scenario, meddle: Meddle | None = None) -> tuple[Run, End]:
    """Play a scenario on a fresh account, and look at its end.

    Args:
        ground: where.
        scenario: what is asked for.
        meddle: makes what is put around every changing call; None: nothing is.
    """
    run = Run(ground, scenario, ground.fresh(scenario.export(), scenario.options()))
    inner = as_it_is if meddle is None else meddle(run)
    with one_after_the_other(ground.clock), seen(_recorded(run, inner)):
        with acting_as(None):
            scenario.begin(run.account)
        run.to_the_end()
    _expire(run)
    return run, scenario.end(run.account, ground.new_folder())


def _expire(run: Run) -> None:
    """Let the bucket's lifecycle delete the parts that late workers left who died right then."""
    bucket, client = run.account.stack.physical_id("Bucket"), run.account.stack.client("s3")
    for key in run.unclaimed:
        if key.startswith("moves/"):
            client.delete_object(Bucket=bucket, Key=key)


def _recorded(run: Run, around: Around) -> Around:
    """Note each call, let happen what happens before a function's first one, and let nobody act who was killed."""
    left = dict(run.scenario.happenings())

    def recorded(call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
        if any(call.invocation is one for one in run.dead):
            raise Killed(str(call))
        if run.gate is not None:
            run.gate.pass_through()
        run.calls.append(call)
        with acting_as(None):
            for kind, facts in left.pop(call.function, ()):
                run.account.sandbox.live(run.account.id, kind, **facts)
        return _own_faults_noted(run, around, call, make)

    return recorded


def _own_faults_noted(run: Run, around: Around, call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
    """Fail the run for what `around` raises by itself: inside a function it would look like a fault that is retried."""
    raised: list[BaseException] = []

    def made() -> Any:  # noqa: ANN401 - the call's own answer
        try:
            return make()
        except BaseException as error:
            raised.append(error)
            raise

    try:
        return around(call, made)
    except BaseException as error:
        if not isinstance(error, MEANT) and not any(error is one for one in raised):
            run.failures.append(f"the harness itself at {call}: {error!r}")
        raise
