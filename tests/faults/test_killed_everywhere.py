"""Kill a run before and after every call that changes something, resume it, and compare its end with a quiet run."""

import json
import os
from collections.abc import Sequence
from typing import Any

import pytest

from tests.faults.actions import Action, Asked, Delivered, Kill, Later, LostAnswer, Zombie
from tests.faults.calls import Around, Call, Make
from tests.faults.conftest import COUNTED
from tests.faults.end_state import End
from tests.faults.ground import Ground
from tests.faults.runs import Meddle, Run, play
from tests.faults.scenarios import ACCOUNT, ALL, LIVELY, WITHOUT_HISTORY, Scenario

THOROUGH = bool(os.environ.get("FAULTS_THOROUGH"))
"""Set by `make faults`: every scenario, and every kind of disturbance at every call."""
FUNCTION = os.environ.get("FAULTS_IN")
"""Set by `make faults IN=list_conversations`: the calls of this function alone, all of them."""
SAMPLE = 1 if THOROUGH or FUNCTION else 20
EVERYWHERE: tuple[Action, ...] = (
    LostAnswer(repeated=True),
    LostAnswer(repeated=False),
    Zombie(),
    Zombie(wakes_after=20),
    Delivered("move_channel", json.dumps(LIVELY.request())),
    Delivered("capture_changes", json.dumps({"account_id": ACCOUNT, "conversation_id": "closed"})),
    Asked("watch_moves"),
    Asked("resume_move"),
    Later(hours=1),
    Later(hours=24),
)


def at_call(number: int, action: Action) -> Meddle:
    """Let something happen at one changing call."""

    def meddle(run: Run) -> Around:
        def around(call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
            return action.at(run, call, make) if call.number == number else make()

        return around

    return meddle


def chosen(calls: Sequence[Call]) -> list[Call]:
    """Leave out the calls of functions that are not asked for."""
    return [call for call in calls if FUNCTION in {None, call.function}]


def killed_at(calls: Sequence[Call]) -> tuple[Sequence[Call], Sequence[Call]]:
    """Give before which calls and after which ones a run dies: the suite has each call once.

    After one call is nearly before the next one; `make faults` has both.
    """
    return (calls, calls) if THOROUGH or FUNCTION else (calls[::2], calls[1::2])


def failures(ground: Ground, scenario: Scenario, calls: Sequence[Call], action: Action, end: End) -> list[str]:
    """Let the action happen at each of these calls in turn, and tell where the end is another one."""
    found = []
    for call in calls:
        run, disturbed = play(ground, scenario, at_call(call.number, action))
        wrong = [*run.failures, *disturbed.differs_from(end)]
        if wrong:
            found.append(f"{action} at {call}: {'; '.join(wrong)}")
    return found


@pytest.mark.timeout(1200)
@pytest.mark.requirement("X-01", "H-06")
@pytest.mark.parametrize("scenario", ALL if THOROUGH else (LIVELY, WITHOUT_HISTORY), ids=lambda scenario: scenario.name)
def test_a_run_that_is_killed_anywhere_ends_as_if_nothing_had_been(
    ground: Ground,
    scenario: Scenario,
    record_property: Any,  # noqa: ANN401 - pytest's
) -> None:
    undisturbed, end = play(ground, scenario)
    assert end.problems == ()
    assert undisturbed.looks == scenario.looks, "nothing was disturbed, and yet somebody had to look after it"
    calls = chosen(undisturbed.calls)
    assert len(calls) > 0
    before, after = killed_at(calls)
    failed = failures(ground, scenario, before, Kill(after=False), end)
    failed += failures(ground, scenario, after, Kill(after=True), end)
    points = len(before) + len(after)
    record_property(COUNTED, f"scenario {scenario.name!r}: {len(calls)} changing calls, {points} kill points")
    assert failed == []


@pytest.mark.timeout(1200)
@pytest.mark.requirement("X-01", "H-25")
@pytest.mark.parametrize("action", EVERYWHERE, ids=str)
def test_what_happens_anywhere_changes_nothing_of_the_end(ground: Ground, action: Action) -> None:
    undisturbed, end = play(ground, LIVELY)
    calls = chosen(undisturbed.calls)[::SAMPLE]
    assert len(calls) > 0
    assert failures(ground, LIVELY, calls, action, end) == []
