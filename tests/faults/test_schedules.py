"""Random schedules of everything at once: kills, lost answers, late workers, messages twice, live changes, time.

A hundred seeds here; `make faults SEEDS=10000` for more, `make faults SEED=4711` for the one that failed.
"""

import os

import pytest

from tests.faults.ground import Ground
from tests.faults.runs import play
from tests.faults.schedules import schedule

SEEDS = int(os.environ.get("FAULT_SEEDS", "100"))
FIRST = int(os.environ.get("FAULT_SEED", "0"))
IN_ONE_TEST = 25
CHUNKS = [range(start, min(start + IN_ONE_TEST, FIRST + SEEDS)) for start in range(FIRST, FIRST + SEEDS, IN_ONE_TEST)]


def _wrong(ground: Ground, seed: int) -> list[str]:
    made = schedule(seed)
    try:
        run, end = play(ground, made.scenario, made.meddle)
    except AssertionError as failed:
        return [f"{made}\n  {failed}"]
    found = [*run.failures, *end.problems]
    return ["\n  ".join([str(made), *found, f"again: make faults SEED={seed}"])] if found else []


@pytest.mark.timeout(1200)
@pytest.mark.requirement("X-01", "H-25")
@pytest.mark.parametrize("seeds", CHUNKS, ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_whatever_comes_in_between_nothing_is_lost_and_nothing_is_there_twice(ground: Ground, seeds: range) -> None:
    assert [text for seed in seeds for text in _wrong(ground, seed)] == []


def test_a_seed_means_the_same_schedule_each_time() -> None:
    assert [str(schedule(seed)) for seed in range(50)] == [str(schedule(seed)) for seed in range(50)]
    assert len({str(schedule(seed)) for seed in range(50)}) == 50
