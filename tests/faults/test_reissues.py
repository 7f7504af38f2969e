"""A reissue that is killed before and after every call that changes something ends once and the same."""

from typing import Any

import pytest

from tests.faults.actions import Kill, LostAnswer
from tests.faults.conftest import COUNTED
from tests.faults.ground import Ground
from tests.faults.reissue_scenario import BROKERED, DIRECT, ReissueScenario
from tests.faults.runs import play
from tests.faults.test_killed_everywhere import failures


@pytest.mark.timeout(1200)
@pytest.mark.requirement("Z-18")
@pytest.mark.parametrize("scenario", [DIRECT, BROKERED], ids=lambda scenario: scenario.name)
def test_a_reissue_that_is_killed_anywhere_ends_once_and_the_same(
    ground: Ground,
    scenario: ReissueScenario,
    record_property: Any,  # noqa: ANN401 - pytest's
) -> None:
    undisturbed, end = play(ground, scenario)
    assert end.problems == ()
    assert (end.state["status"], end.state["old_token"]) == ("confirmed", "retired")
    calls = undisturbed.calls
    assert len(calls) > 0
    failed = failures(ground, scenario, calls, Kill(after=False), end)
    failed += failures(ground, scenario, calls, Kill(after=True), end)
    record_property(COUNTED, f"scenario {scenario.name!r}: {len(calls)} changing calls, {2 * len(calls)} kill points")
    assert failed == []


@pytest.mark.timeout(1200)
@pytest.mark.requirement("Z-18")
@pytest.mark.parametrize("scenario", [DIRECT, BROKERED], ids=lambda scenario: scenario.name)
@pytest.mark.parametrize("repeated", [True, False], ids=["repeated", "given up"])
def test_an_answer_that_is_lost_anywhere_changes_nothing_of_the_end(
    ground: Ground, scenario: ReissueScenario, *, repeated: bool
) -> None:
    undisturbed, end = play(ground, scenario)
    # A code is sent once: what would repeat that call is not the product.
    calls = [call for call in undisturbed.calls if not (repeated and call.what.endswith("/token"))]
    assert failures(ground, scenario, calls, LostAnswer(repeated=repeated), end) == []
