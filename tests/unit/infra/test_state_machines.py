"""Rules for every machine of the template: how a step ends, and that a linter has seen it."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from infra.lint.state_machines import StateMachine, StateMachineDefinitionError, lint, main, state_machines
from tests.unit.infra.declared import FUNCTIONS, MACHINES, TEMPLATE_FILE

LAMBDA_FAULTS = {
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
}
# The end of every failure: after it comes only the execution's own failure.
PAUSE = "Pause"
CHILDREN = {"ImportPart"}  # a failure in the map's child is caught by the map


def states(machine: StateMachine) -> Iterator[tuple[str, dict[str, Any]]]:
    pending = [json.loads(machine.text)]
    while pending:
        for name, state in pending.pop()["States"].items():
            yield name, state
            if "ItemProcessor" in state:
                pending.append(state["ItemProcessor"])


MACHINE_LIST = list(state_machines(TEMPLATE_FILE))
STATES = [(f"{machine.logical_id}.{name}", name, state) for machine in MACHINE_LIST for name, state in states(machine)]
TASKS = [pytest.param(name, state, id=path) for path, name, state in STATES if state["Type"] == "Task"]
CHOICES = [pytest.param(state, id=path) for path, _, state in STATES if state["Type"] == "Choice"]
FAILABLE = [pytest.param(name, state, id=path) for path, name, state in STATES if state["Type"] in {"Task", "Map"}]


def invoked(state: dict[str, Any]) -> dict[str, Any]:
    """Return the properties of the function that a task invokes."""
    logical_id = state["Parameters"]["FunctionName"].removeprefix("${").removesuffix("Arn}")
    return FUNCTIONS[logical_id]


def test_every_machine_of_the_template_is_looked_at() -> None:
    assert {machine.logical_id for machine in MACHINE_LIST} == set(MACHINES) == {"ChannelMoveMachine"}


@pytest.mark.parametrize(("name", "state"), TASKS)
def test_a_task_ends_in_time_and_after_its_function(name: str, state: dict[str, Any]) -> None:
    """Were the task to time out first, its function would still be at work while the next try begins."""
    assert state["TimeoutSeconds"] > invoked(state)["Timeout"]


@pytest.mark.parametrize(("name", "state"), TASKS)
def test_a_task_is_tried_again_with_jitter(name: str, state: dict[str, Any]) -> None:
    retried = {error for rule in state["Retry"] for error in rule["ErrorEquals"]}
    assert retried >= LAMBDA_FAULTS | {"VendorUnavailable"}
    assert "States.ALL" not in retried, "what cannot get better is not tried again"
    assert {rule["JitterStrategy"] for rule in state["Retry"]} == {"FULL"}
    assert all(rule["MaxDelaySeconds"] <= 300 for rule in state["Retry"])


@pytest.mark.parametrize(("name", "state"), FAILABLE)
def test_a_failure_leads_to_the_pause_and_keeps_the_ids(name: str, state: dict[str, Any]) -> None:
    if name in CHILDREN:
        assert "Catch" not in state
        return
    (catch,) = state["Catch"]
    assert catch["ErrorEquals"] == ["States.ALL"]
    assert catch["ResultPath"].startswith("$.")
    assert catch["Next"] == ("Paused" if name == PAUSE else PAUSE)


@pytest.mark.parametrize(("name", "state"), TASKS)
def test_who_waits_for_a_token_shows_signs_of_life(name: str, state: dict[str, Any]) -> None:
    assert ("HeartbeatSeconds" in state) == state["Resource"].endswith(".waitForTaskToken")


@pytest.mark.parametrize(("name", "state"), TASKS)
def test_only_ids_and_keys_are_handed_to_a_step(name: str, state: dict[str, Any]) -> None:
    if name in {"Check", "CheckAgain", PAUSE}:
        return  # the first takes the input, the last the error
    allowed = {"account_id.$", "move_id.$", "attempt.$", "task_token.$", "part.$"}
    assert set(state["Parameters"]["Payload"]) <= allowed


def test_every_state_is_reached_and_exists() -> None:
    for machine in MACHINE_LIST:
        definition = json.loads(machine.text)
        targets = set(re.findall(r'"(?:Next|Default|StartAt)": "([^"]+)"', machine.text))
        nested = {name for name, _ in states(machine)}
        assert targets == nested
        assert definition["States"][PAUSE]["Next"] == "WasPaused"
        assert definition["States"]["WasPaused"]["Default"] == "Paused"


def test_the_import_tolerates_no_failed_part() -> None:
    (state,) = [state for _, name, state in STATES if name == "Import"]
    assert state["ToleratedFailurePercentage"] == 0
    assert state["ResultPath"] is None
    assert state["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}


@pytest.mark.parametrize("state", CHOICES)
def test_a_choice_says_why(state: dict[str, Any]) -> None:
    assert len(state["Comment"]) > 20


def test_the_inline_definition_passes_cfn_lint() -> None:
    assert [finding for machine in MACHINE_LIST for finding in lint(machine)] == []


def test_the_lint_sees_a_broken_state() -> None:
    (machine,) = MACHINE_LIST
    broken = replace(machine, text=machine.text.replace('"Type": "Succeed"', '"Type": "Suceed"'))
    assert any("Suceed" in finding for finding in lint(broken))


def test_the_lint_sees_a_substitution_that_nobody_declares() -> None:
    (machine,) = MACHINE_LIST
    broken = replace(machine, text=machine.text.replace("${BucketName}", "${Buket}"))
    with pytest.raises(StateMachineDefinitionError, match="Buket") as raised:
        broken.definition()
    assert raised.value.code == "state_machine_definition"


def test_the_lint_says_how_many_machines_it_saw(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(TEMPLATE_FILE)]) == 0
    assert capsys.readouterr().out == "1 state machine(s) linted inline, 0 finding(s)\n"
