"""A local move that cannot end by itself ends with an error that says why."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest

from infra.cli import watching
from infra.cli.errors import InputRefused, RunFailed
from infra.cli.watching import MoveWatch
from infra.local.stack.crashes import Crash
from infra.local.stack.errors import FunctionFailed, NotFinished
from infra.local.stack.stack import QueueMessage

if TYPE_CHECKING:
    from infra.local.stack import LocalStack

SHOWN: dict[str, Any] = {"status": "running", "progress": {"phase": "list", "done": 1, "total": 9}}


@dataclass
class Stack:
    """Answers what a stack would; `shows` are show_move's answers in turn, the last one for ever."""

    shows: list[dict[str, Any] | str]
    dead: list[QueueMessage] = field(default_factory=list)
    statuses: list[str] = field(default_factory=lambda: ["RUNNING"])
    crashes: list[Crash] = field(default_factory=list)
    left: str | None = None

    @property
    def invocations(self) -> dict[str, int]:
        return {"show_move": id(object()), "list_conversations": 1}

    def invoke(self, function: str, event: dict[str, str]) -> dict[str, Any]:
        answer = self.shows.pop(0) if len(self.shows) > 1 else self.shows[0]
        if isinstance(answer, str):
            raise FunctionFailed(function, answer, f"about {event['move_id']}")
        return answer

    def queue_messages(self, _: str) -> list[QueueMessage]:
        return self.dead

    def executions(self, _: str) -> list[str]:
        return [str(number) for number in range(len(self.statuses))]

    def execution(self, arn: str) -> dict[str, str]:
        return {"status": self.statuses[int(arn)]}

    def drain(self, seconds: float) -> None:
        if self.left is not None:
            raise NotFinished("the stack's work", seconds, self.left)


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOOK_EVERY_SECONDS", 0.001)
    monkeypatch.setattr(watching, "DIED_AFTER_SECONDS", 0.01)
    monkeypatch.setattr(watching, "STALLED_AFTER_SECONDS", 0.05)


def watch(stack: Stack) -> MoveWatch:
    return MoveWatch(cast("LocalStack", stack), "acme", "chat-1")


def test_it_waits_for_the_message_then_for_the_end() -> None:
    told: list[str] = []
    stack = Stack(["UnknownMove", SHOWN, {**SHOWN, "status": "done"}])
    assert watch(stack).until_end(lambda shown: told.append(shown["status"])) == "done"
    assert told == ["running", "done"]


def test_a_request_that_was_put_aside_is_refused_with_its_reason() -> None:
    dead = QueueMessage("1", "{}", {"error_code": "unknown_account", "reason": "no account"}, "acme", None, 1)
    with pytest.raises(InputRefused, match="no account") as refused:
        watch(Stack(["UnknownMove"], dead=[dead])).until_end(lambda _: None)
    assert refused.value.code == "unknown_account"
    assert "connection" in refused.value.what_to_do


def test_a_request_that_failed_five_times_names_the_failure() -> None:
    dead = QueueMessage("1", "{}", {}, "acme", None, 5)
    crash = Crash("move_channel", "MissingVariable", "X is not set")
    with pytest.raises(RunFailed, match="move_channel failed with MissingVariable: X is not set") as failed:
        watch(Stack(["UnknownMove"], dead=[dead], crashes=[crash])).until_end(lambda _: None)
    assert failed.value.code == "request_failed"


def test_a_machine_that_died_unnoticed_ends_the_wait() -> None:
    with pytest.raises(RunFailed, match=r"FAILED.*in phase list") as failed:
        watch(Stack([SHOWN], statuses=["FAILED"])).until_end(lambda _: None)
    assert failed.value.code == "execution_died"


def test_a_move_that_stands_still_ends_the_wait() -> None:
    seen = watch(Stack([SHOWN]))
    with pytest.raises(RunFailed, match="phase list") as failed:
        seen.until_end(lambda _: None)
    assert failed.value.code == "stalled"
    assert seen.last_shown == SHOWN


def test_a_message_that_nobody_takes_ends_the_wait() -> None:
    with pytest.raises(RunFailed, match="its message waits"):
        watch(Stack(["UnknownMove"], statuses=[])).until_end(lambda _: None)


def test_work_that_never_ends_after_the_move_is_an_error() -> None:
    with pytest.raises(RunFailed, match="3 messages") as failed:
        watch(Stack([{**SHOWN, "status": "done"}], left="3 messages in changes")).until_end(lambda _: None)
    assert failed.value.code == "not_finished"


def test_other_failures_of_the_progress_page_are_not_hidden() -> None:
    with pytest.raises(FunctionFailed, match="PutError"):
        watch(Stack(["PutError"])).until_end(lambda _: None)
