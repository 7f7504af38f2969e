from typing import Any

import pytest

from tests.benchmarks.machine import Machine
from tests.support.product import ROOT
from tests.support.states_language import ExecutionFailed

CONTEXT = {"Execution": {"Id": "arn:e", "Name": "e"}, "Task": {"Token": "t"}}
STEP = {"account_id": "a", "move_id": "m", "attempt": 1, "history": "all", "lag_seconds": 0, "more": False}


class Played:
    """Answers what each function answers, in turn; the last answer of a function is repeated."""

    def __init__(self, **answers: list[dict[str, Any]]) -> None:
        self.answers: dict[str, list[dict[str, Any]]] = {
            "check_move": [{**STEP, "decision": "go"}],
            "begin_move": [{}],
            **answers,
        }
        self.invoked: list[str] = []
        self.payloads: list[dict[str, Any]] = []

    def invoke(self, function: str, payload: dict[str, Any]) -> dict[str, Any]:
        self.invoked.append(function)
        self.payloads.append(payload)
        mine = self.answers.get(function, [{**STEP, "parts": 2, "manifest_key": "k", "settled": True}])
        return mine.pop(0) if len(mine) > 1 else mine[0]

    def token_answer(self) -> dict[str, Any]:
        return {"account_id": "a", "move_id": "m", "attempt": 1, "outcome": "begun"}

    def items(self, bucket: str, key: str) -> list[dict[str, str]]:
        assert (bucket, key) == ("b", "k")
        return [{"key": "part-1"}, {"key": "part-2"}]


def machine(world: Played) -> Machine:
    file = ROOT / "infra" / "state_machines" / "channel_move.asl.json"
    return Machine.load(file, {"ImportConcurrency": "4", "BucketName": "b"}, world, CONTEXT)


def test_the_deployed_machine_is_run_to_its_end() -> None:
    world = Played()
    running = machine(world)
    assert running.run({"request_id": "r"}) == "Done"
    assert world.invoked == [
        "check_move",
        "begin_move",
        "open_capture",
        "switch_channel",
        "list_conversations",
        "import_part",
        "import_part",
        "catch_up",
        "verify_conversations",
        "release_conversations",
        "settle_move",
        "finish_move",
    ]
    assert world.payloads[0] == {"input": {"request_id": "r"}, "execution_arn": "arn:e", "execution_name": "e"}
    assert world.payloads[1]["task_token"] == "t"
    assert world.payloads[5]["part"] == {"key": "part-1"}
    # 23 states and the end; each child has three states and its end.
    assert running.transitions == 24 + 2 * 4


def test_choices_lead_back_and_out() -> None:
    again = [{**STEP, "settled": False}, {**STEP, "settled": True}]
    world = Played(settle_move=again)
    assert machine(world).run({}) == "Done"
    assert world.invoked.count("verify_conversations") == 2
    closed = Played(check_move=[{**STEP, "decision": "closed"}])
    assert machine(closed).run({}) == "Closed"
    assert closed.invoked == ["check_move"]


def test_what_no_choice_is_there_for_fails() -> None:
    with pytest.raises(ExecutionFailed, match="Decide"):
        machine(Played(check_move=[{**STEP, "decision": "?"}])).run({})
