"""What can come in between: everything that a network, a queue, a clock, a person or a scheduler does to a run."""

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from botocore.exceptions import ReadTimeoutError
from urllib3.exceptions import ProtocolError

from infra.local.sandbox.client import SandboxError
from infra.local.stack.errors import FunctionFailed
from infra.local.stack.principal import acting_as
from infra.local.stack.sqs_event import sqs_event
from tests.faults.calls import Call, Make
from tests.faults.runs import Run
from tests.faults.scenarios import EXIT, LOST, MOVE, Event
from tests.support.moves import LONG, Account, Json

NO_STEPS = frozenset(
    {
        "move_channel",
        "watch_moves",
        "capture_changes",
        "resume_move",
        "cancel_move",
        "retry_conversations",
        "preview_billing",
        "merge_billing",
        "reissue_tokens",
        "authorize_start",
        "authorize_callback",
        "collect_token",
    }
)
"""Functions that no machine invokes: whoever invoked them waits for them or sends again."""


NO_FENCE = frozenset({"PUT /v1/notices/banner", "PUT /v1/notices/notifications", "PUT /v1/webhooks/" + MOVE})
"""Calls that the platform takes from anybody. Who makes one late takes it back; who dies right then cannot."""


class Action(Protocol):
    """Something that happens at one changing call."""

    def at(self, run: Run, call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
        """Let it happen, and make the call, or not."""


@dataclass(frozen=True)
class Kill:
    """The process dies and the execution is aborted, before the call is made or after."""

    after: bool

    def at(self, run: Run, call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
        """Make the call if it is done before the end, and die; a late worker that dies is played by nobody."""
        if run.is_late(call.invocation):
            return make()
        if self.after:
            make()
        return run.kill(call)


@dataclass(frozen=True)
class LostAnswer:
    """The call has its effect and its answer is lost; the client tries again by itself, or has given up."""

    repeated: bool

    def at(self, run: Run, call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
        """Make the call, and again or fail as the client does that got no answer."""
        answer = make()
        if self.repeated:
            return make()
        if run.is_late(call.invocation):
            return answer
        if ":" in call.what:
            raise ReadTimeoutError(endpoint_url="https://aws.example", error=TimeoutError("no answer"))
        raise ProtocolError("the connection ended before the answer")


@dataclass(frozen=True)
class Happens:
    """A person does something on the platform, if what it is done to is still there."""

    event: Event

    def at(self, run: Run, _call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
        """Let it happen before the call."""
        kind, facts = self.event
        with acting_as(None):
            try:
                run.account.sandbox.live(run.account.id, kind, **facts)
            except SandboxError as refused:
                if refused.error["code"] not in {"not_found", "deleted", "conflict", "other_side"}:
                    raise
        return make()


@dataclass(frozen=True)
class Delivered:
    """A message arrives, again, late, or while another consumer still works on it whose visibility expired."""

    function: str
    body: str

    def at(self, run: Run, _call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
        """Let another consumer deal with it from begin to end, then go on."""
        invoked(run, self.function, message_event(run.account, self.function, self.body))
        return make()


@dataclass(frozen=True)
class Asked:
    """A scheduler or an operator invokes a function in the middle of everything."""

    function: str

    def at(self, run: Run, _call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
        """Invoke it, then go on."""
        invoked(run, self.function, run.scenario.ids())
        return make()


@dataclass(frozen=True)
class Later:
    """Time passes before the call is made."""

    hours: int

    def at(self, run: Run, _call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
        """Put the clock forward."""
        run.ground.clock.ahead += timedelta(hours=self.hours)
        return make()


@dataclass(frozen=True)
class Zombie:
    """The execution is aborted, its successor runs, and this worker goes on where it was: the late writer loses.

    It wakes after the successor's `wakes_after`-th changing call, makes its one call and dies; or it sleeps until the
    successor has ended, and goes on to its own end.
    """

    wakes_after: int | None = None

    def at(self, run: Run, call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
        """Let the successor run from this thread's place, then make the call."""
        if run.is_late(call.invocation) or any(call.invocation is one for one in run.dead):
            return make()  # its one call once more, whose answer was lost
        if call.function in NO_STEPS or run.sleeping or (self.wakes_after is not None and call.what in NO_FENCE):
            return make()
        run.abort()
        if self.wakes_after is None:
            with run.asleep(None):
                _successor(run)
            run.late.append(call.invocation)
            return make()
        with run.asleep(self.wakes_after) as gate:
            successor = threading.Thread(target=lambda: _successor(run))
            with acting_as(None):
                successor.start()
            gate.reached(successor)
            try:
                return make()
            finally:
                gate.open()
                successor.join(LONG)
                run.dead.append(call.invocation)
                if call.what == "s3:PutObject":
                    run.unclaimed.append(str(call.given["Key"]))


def message_event(account: Account, function: str, body: str) -> Json:
    """Make the event of one message that comes once more."""
    message: Any = {
        "MessageId": "delivered-again",
        "ReceiptHandle": "receipt",
        "Body": body,
        "Attributes": {"ApproximateReceiveCount": "2", "MessageGroupId": account.id},
    }
    return sqs_event([message], f"arn:aws:sqs:eu-central-1:1:{function}", "eu-central-1")


def _successor(run: Run) -> None:
    with acting_as(None):
        try:
            run.to_the_end(run.sleeping)
        except AssertionError as failed:
            run.failures.append(str(failed))


def invoked(run: Run, function: str, event: Json) -> None:
    """Invoke a function from begin to end, whatever comes of it; only a process that dies is not its own affair."""
    with acting_as(None):
        try:
            run.account.stack.invoke(function, event)
        except FunctionFailed as failed:
            if failed.error_type not in {EXIT, *_EXPECTED}:
                run.failures.append(f"{function} raised {failed.error_type}: {failed.error_message}")


_EXPECTED = LOST | {"TransitionRefused", "LateWriter", "SupersededAttempt", "UnknownMove"}
"""What a function may say that is invoked at a moment when it has nothing to do, or comes too late."""
