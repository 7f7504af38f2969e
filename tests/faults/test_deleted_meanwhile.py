"""A conversation is deleted, and the deletion is taken up at once, at each call of the worker that imports its part."""

import json

import pytest

from tests.faults.actions import Delivered, Happens
from tests.faults.ground import Ground
from tests.faults.runs import play
from tests.faults.scenarios import ACCOUNT, QUIET
from tests.faults.schedules import Schedule

DELETED = Happens(("delete", {"conversation_id": "closed"}))
TAKEN_UP = Delivered("capture_changes", json.dumps({"account_id": ACCOUNT, "conversation_id": "closed"}))


@pytest.mark.timeout(1200)
@pytest.mark.requirement("X-01", "H-25")
def test_what_is_deleted_at_any_call_of_the_import_is_nowhere_afterwards(ground: Ground) -> None:
    undisturbed, end = play(ground, QUIET)
    assert end.problems == ()
    calls = [call for call in undisturbed.calls if call.function == "import_part"]
    assert len(calls) > 0
    found = []
    for call in calls:
        deletion = Schedule(0, QUIET, ((call.number, DELETED), (call.number, TAKEN_UP)))
        run, after = play(ground, QUIET, deletion.meddle)
        found += [f"{wrong} (deleted at {call})" for wrong in (*run.failures, *after.problems)]
    assert found == []
