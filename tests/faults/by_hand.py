"""The state machine's executions, taken one step at a time by hand, in the order that its definition gives.

Nothing runs by itself here: what functions send to Step Functions is kept, and who plays takes the next step.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local.stack import LocalStack
from infra.local.stack.errors import FunctionFailed
from tests.faults.calls import Call
from tests.support.moves import Json

DEFINITION = Path(__file__).resolve().parents[2] / "infra/state_machines/channel_move.asl.json"
STATES: Json = json.loads(DEFINITION.read_text(encoding="utf-8"))["States"]
FIRST: str = json.loads(DEFINITION.read_text(encoding="utf-8"))["StartAt"]
COMPARED = ("StringEquals", "NumericEquals", "BooleanEquals")
BY_TOKEN = ".waitForTaskToken"


@dataclass(frozen=True)
class Task:
    """An invocation that the machine makes: the function's name and its event."""

    function: str
    event: Json


@dataclass
class Execution:
    """One execution that stands before a task, until it has ended."""

    stack: LocalStack
    arn: str
    state: Json
    at: str = FIRST
    answers: dict[str, Json] = field(default_factory=dict)
    ended: str | None = None
    parts: list[Any] | None = None
    failed: int = 0

    @property
    def name(self) -> str:
        """The execution's name."""
        return self.arn.rsplit(":", 1)[-1]

    def task(self) -> Task:
        """Make the invocation that comes next; making it twice makes the same one."""
        here = self._here()
        event = {key.removesuffix(".$"): self._given(value) for key, value in here["Parameters"]["Payload"].items()}
        return Task(_function(here["Parameters"]["FunctionName"]), event)

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
            self._part_answered(answer)
            return
        where = STATES[self.at].get("ResultPath", "$")
        if where is not None:  # null: the state goes on as it is
            self.state = answer if where == "$" else {**self.state, where.removeprefix("$."): answer}
        self._go(STATES[self.at]["Next"])

    def _part_answered(self, answer: Json) -> None:
        assert self.parts is not None
        self.parts = self.parts if answer["more"] else self.parts[1:]
        if not self.parts:
            self.parts = None
            self._go(STATES[self.at]["Next"])

    def _here(self) -> Json:
        here: Json = STATES[self.at]
        return here if self.parts is None else dict(here["ItemProcessor"]["States"][here["ItemProcessor"]["StartAt"]])

    def _given(self, path: Any) -> Any:  # noqa: ANN401 - a state holds whatever it holds
        if path == "$$.Task.Token":
            return self._token
        if path == "$$.Execution.Id":
            return self.arn
        if path == "$$.Execution.Name":
            return self.name
        if path == "$":
            return self.state
        if path == "$.part" and self.parts is not None:
            return self.parts[0]
        return self.state[path.removeprefix("$.")]

    @property
    def _token(self) -> str:
        return f"{self.name}@{self.at}"

    def _invoked(self) -> Any:  # noqa: ANN401 - as `LocalStack.invoke` gives it
        """Invoke; of a task that waits for its token the answer is what came with it, None as long as nothing did."""
        task, waits = self.task(), self._here()["Resource"].endswith(BY_TOKEN)
        try:
            answer = self.stack.invoke(task.function, task.event)
        except FunctionFailed:
            if waits and self._token in self.answers:
                return self.answers[self._token]
            raise
        return self.answers.get(self._token) if waits else answer

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
        self._go(STATES[self.at]["Catch"][0]["Next"])

    def _go(self, name: str) -> None:
        """Go through what is no task: choices, waits, which take no time here, and the map's reading of its parts."""
        while STATES[name]["Type"] not in {"Task", "Succeed", "Fail", "Map"}:
            here = STATES[name]
            name = self._chosen(here) if here["Type"] == "Choice" else here["Next"]
        self.at = name
        if STATES[name]["Type"] == "Map":
            self.parts = self._manifest(self.state["manifest_key"])
        elif STATES[name]["Type"] != "Task":
            self.ended = name

    def _chosen(self, choice: Json) -> str:
        for rule in choice["Choices"]:
            found: Any = self.state
            for part in rule["Variable"].removeprefix("$.").split("."):
                found = found.get(part) if isinstance(found, dict) else None
            if found == next((rule[test] for test in COMPARED if test in rule), None):  # without any: IsNull
                return str(rule["Next"])
        return str(choice["Default"])

    def _manifest(self, key: str) -> list[Any]:
        bucket = self.stack.physical_id("Bucket")
        body = self.stack.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return list(json.loads(body))


@dataclass
class Machine:
    """Stands for Step Functions: keeps what it is told, and does nothing by itself."""

    stack: LocalStack
    executions: list[Execution] = field(default_factory=list)
    answers: dict[str, Json] = field(default_factory=dict)

    def told(self, call: Call) -> Json | None:
        """Take a function's call to Step Functions; None if it is for something else.

        Starting an execution of a known name with the same input starts nothing.
        """
        match call.what:
            case "stepfunctions:StartExecution":
                arn = f"{call.given['stateMachineArn'].replace(':stateMachine:', ':execution:')}:{call.given['name']}"
                if all(one.arn != arn for one in self.executions):
                    made = Execution(self.stack, arn, json.loads(call.given["input"]), answers=self.answers)
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


def _function(placeholder: str) -> str:
    name = placeholder.removeprefix("${").removesuffix("FunctionArn}")
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
