"""Interprets what infra/state_machines uses of the Amazon States Language, so that the flow is not written twice.

Task (a Lambda function, or one that answers a task token), Choice, Wait (passed over), Pass, Map (its children one
after the other), Succeed and Fail; retries are none: a failed function ends the run. Transitions are counted as AWS
bills them: one for each state that is entered, and one for the end of each execution, map children included
(https://aws.amazon.com/step-functions/pricing/).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tests.support.states_language import ExecutionFailed, chosen, definition, filled, output

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Json = dict[str, Any]


class World(Protocol):
    """What an execution works on."""

    def invoke(self, function: str, payload: Json) -> Any:  # noqa: ANN401 - whatever the function returns
        """Invoke a function by its folder's name."""

    def token_answer(self) -> Json:
        """Give the output that the last function answered its task token with."""

    def items(self, bucket: str, key: str) -> list[Any]:
        """Read the items of a map from a file."""


class Machine:
    """One state machine; `run` is one execution of it."""

    def __init__(self, definition: Json, world: World, context: Json) -> None:
        self._definition = definition
        self._world = world
        self._context = context
        self.transitions = 0

    @classmethod
    def load(cls, file: Path, substitutions: Mapping[str, str], world: World, context: Json) -> Machine:
        """Read a definition and put values in its places; a function's ARN becomes the name of its folder."""
        return cls(definition(file, substitutions), world, context)

    def run(self, given: Any) -> str:  # noqa: ANN401 - any JSON
        """Go from the start to the end; returns the name of the state that it ended in.

        Raises:
            ExecutionFailed: it ended in failure.
        """
        return self._run(self._definition, given, self._context)

    def _run(self, flow: Json, given: Any, context: Json) -> str:  # noqa: ANN401 - any JSON
        name, data = str(flow["StartAt"]), given
        while True:
            self.transitions += 1
            state = flow["States"][name]
            if state["Type"] == "Fail":
                raise ExecutionFailed(f"{name}: {state.get('Error', '')}")
            following, data = self._step(name, state, data, context)
            if following is None:
                self.transitions += 1
                return name
            name = following

    def _step(self, name: str, state: Json, data: Any, context: Json) -> tuple[str | None, Any]:  # noqa: ANN401 - any JSON
        match state["Type"]:
            case "Choice":
                return chosen(name, state, data), data
            case "Task":
                data = output(state, data, self._task(state, data, context), context)
            case "Map":
                self._map(state, data, context)
            case "Pass":
                made = state["Result"] if "Result" in state else filled(state.get("Parameters", data), data, context)
                data = output(state, data, made, context)
            case "Wait" | "Succeed":
                pass
            case other:
                raise ExecutionFailed(f"{name} is a {other}, which is not interpreted")
        return state.get("Next"), data

    def _task(self, state: Json, data: Any, context: Json) -> Json:  # noqa: ANN401 - any JSON
        parameters = filled(state["Parameters"], data, context)
        answer = self._world.invoke(parameters["FunctionName"], parameters["Payload"])
        if state["Resource"].endswith(".waitForTaskToken"):
            return self._world.token_answer()
        return {"Payload": answer}

    def _map(self, state: Json, data: Any, context: Json) -> None:  # noqa: ANN401 - any JSON
        where = filled(state["ItemReader"]["Parameters"], data, context)
        for item in self._world.items(where["Bucket"], where["Key"]):
            child = {**context, "Map": {"Item": {"Value": item}}}
            self._run(state["ItemProcessor"], filled(state["ItemSelector"], data, child), child)
