"""A part's file whose writer died before it recorded it, or woke after the move had ended, is deleted all the same."""

import pytest

from tests.faults.actions import Action, Happens, Kill, Zombie
from tests.faults.ground import Ground
from tests.faults.runs import play
from tests.faults.scenarios import QUIET
from tests.faults.schedules import Schedule

CHANGED = tuple(
    Happens(("message", {"conversation_id": one, "text": "so that the part that is listed again is another one"}))
    for one in ("open", "ticketed", "filed", "closed")
)


@pytest.mark.timeout(1200)
@pytest.mark.requirement("X-01")
@pytest.mark.parametrize("what", [(Kill(after=True), *CHANGED), (Zombie(),)], ids=["died", "woke late"])
def test_no_part_outlives_the_move(ground: Ground, what: tuple[Action, ...]) -> None:
    undisturbed, end = play(ground, QUIET)
    assert end.problems == ()
    written = [c for c in undisturbed.calls if c.function == "list_conversations" and c.what == "s3:PutObject"]
    assert len(written) > 2
    found = []
    for call in written:
        # What comes last in the schedule is innermost: the change is made first, for the part has been read by then.
        actions = tuple((call.number, action) for action in (*what[1:], what[0]))
        run, after = play(ground, QUIET, Schedule(0, QUIET, actions).meddle)
        found += [f"{wrong} ({what[0]} at {call})" for wrong in (*run.failures, *after.problems)]
    assert found == []
