"""The state machine's executions, taken one step at a time by hand, in the order that its definition gives.

Nothing runs by itself here: what functions send to Step Functions is kept, and who plays takes the next step.
"""

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from infra.local.stack import LocalStack
from infra.local.stack.errors import FunctionFailed
from tests.faults.calls import Call
from tests.support.moves import Json
from tests.support.product import ROOT
from tests.support.states_language import chosen, definition, filled, output

DEFINITION = ROOT / "infra/state_machines/channel_move.asl.json"
BY_TOKEN = ".waitForTaskToken"
NO_TIME = frozenset({"Choice", "Wait", "Pass"})


@dataclass(frozen=True)
class Task:
    """An invocation that the machine makes: the function's name and its event."""

    function: str
    event: Json


@dataclass
class Execution:
    """One execution that stands before a task, until it has ended."""

    stack: LocalStack
    flow: Json
    arn: str
    state: Json
    at: str = ""
    answers: dict[str, Json] = field(default_factory=dict)
    ended: str | None = None
    parts: list[Any] | None = None
    failed: int = 0

    def __post_init__(self) -> None:
        self.at = str(self.flow["StartAt"])

    @property
    def name(self) -> str:
        """The execution's name."""
        return self.arn.rsplit(":", 1)[-1]

    def task(self) -> Task:
        """Make the invocation that comes next; making it twice makes the same one."""
        made = filled(self._here()["Parameters"], self._given(), self._context)
        return Task(made["FunctionName"], made["Payload"])

    def take(self) -> None:
        """Invoke what comes next and go on to the task after it, as the definition's choices say."""
        try:
            answer = self._invoked()
        except FunctionFailed as failed:
            self._fail(failed)
            return
        self.failed = 0
        if answer is None:
            return
        if self.parts is not None:
            self._part_answered(answer["Payload"])
            return
        here = self._here()
        self.state = output(here, self.state, answer, self._context)
        self._go(here["Next"])

    def _part_answered(self, answer: Json) -> None:
        assert self.parts is not None
        self.parts = self.parts if answer["more"] else self.parts[1:]
        if not self.parts:
            self.parts = None
            self._go(self._state["Next"])

    @property
    def _state(self) -> Json:
        return dict(self.flow["States"][self.at])

    def _here(self) -> Json:
        """The task that comes next: the state's own, or that of the map's child."""
        if self.parts is None:
            return self._state
        child = self._state["ItemProcessor"]
        return dict(child["States"][child["StartAt"]])

    def _given(self) -> Any:  # noqa: ANN401 - any JSON
        """What the task is given: the state, or what the map selects for a child."""
        return self.state if self.parts is None else filled(self._state["ItemSelector"], self.state, self._context)

    @property
    def _context(self) -> Json:
        item = None if self.parts is None else self.parts[0]
        execution = {"Id": self.arn, "Name": self.name}
        return {"Execution": execution, "Task": {"Token": self._token}, "Map": {"Item": {"Value": item}}}

    @property
    def _token(self) -> str:
        return f"{self.name}@{self.at}"

    def _invoked(self) -> Any:  # noqa: ANN401 - as `LocalStack.invoke` gives it
        """Invoke and give the result; of a task that waits for its token it is what came with it, None before that."""
        task, waits = self.task(), self._here()["Resource"].endswith(BY_TOKEN)
        try:
            answer = self.stack.invoke(task.function, task.event)
        except FunctionFailed:
            if waits and self._token in self.answers:
                return self.answers[self._token]
            raise
        return self.answers.get(self._token) if waits else {"Payload": answer}

    def _fail(self, failed: FunctionFailed) -> None:
        """Stay here to try again, or pause, as the state's retriers and catcher say."""
        here = self._here()
        self.failed += 1
        for retrier in here["Retry"]:
            if failed.error_type in retrier["ErrorEquals"] and self.failed <= retrier["MaxAttempts"]:
                return
        cause = json.dumps({"errorType": failed.error_type, "errorMessage": failed.error_message})
        self.state = {**self.state, "error": {"Error": failed.error_type, "Cause": cause}}
        self.failed, self.parts = 0, None
        self._go(self._state["Catch"][0]["Next"])

    def _go(self, name: str) -> None:
        """Go through what takes no time here, and let a map read its parts."""
        states = self.flow["States"]
        while states[name]["Type"] in NO_TIME:
            here = states[name]
            if here["Type"] == "Pass":
                made = here.get("Result", self.state)
                self.state = output(here, self.state, made, self._context)
            name = chosen(name, here, self.state) if here["Type"] == "Choice" else here["Next"]
        self.at = name
        if self._state["Type"] == "Map":
            self.parts = self._manifest()
        elif self._state["Type"] != "Task":
            self.ended = name

    def _manifest(self) -> list[Any]:
        where = filled(self._state["ItemReader"]["Parameters"], self.state, self._context)
        return list(json.loads(self.stack.client("s3").get_object(**where)["Body"].read()))


@dataclass
class Machine:
    """Stands for Step Functions: keeps what it is told, and does nothing by itself."""

    stack: LocalStack
    executions: list[Execution] = field(default_factory=list)
    answers: dict[str, Json] = field(default_factory=dict)

    @cached_property
    def _flow(self) -> Json:
        values = {"ImportConcurrency": "1", "BucketName": self.stack.physical_id("Bucket")}
        return definition(DEFINITION, values)

    def told(self, call: Call) -> Json | None:
        """Take a function's call to Step Functions; None if it is for something else.

        Starting an execution of a known name with the same input starts nothing.
        """
        match call.what:
            case "stepfunctions:StartExecution":
                arn = f"{call.given['stateMachineArn'].replace(':stateMachine:', ':execution:')}:{call.given['name']}"
                if all(one.arn != arn for one in self.executions):
                    state = json.loads(call.given["input"])
                    made = Execution(self.stack, self._flow, arn, state, answers=self.answers)
                    self.executions.append(made)
                return {"executionArn": arn}
            case "stepfunctions:SendTaskSuccess":
                self.answers.setdefault(call.given["taskToken"], json.loads(call.given["output"]))
                return {}
            case _:
                return None

    @property
    def running(self) -> Execution | None:
        """The newest execution, if it has not ended."""
        return self.executions[-1] if self.executions and self.executions[-1].ended is None else None
