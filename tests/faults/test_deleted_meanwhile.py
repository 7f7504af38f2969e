"""A conversation is deleted, and the deletion is taken up at once, at each call of the worker that imports its part."""

import json
from typing import Any

import pytest

from deskshift.store.work import Work
from infra.local.stack.principal import acting_as
from tests.faults.actions import Delivered, Happens
from tests.faults.calls import Around, Call, Make
from tests.faults.ground import Ground
from tests.faults.runs import Run, play
from tests.faults.scenarios import ACCOUNT, MOVE, QUIET
from tests.faults.schedules import Schedule
from tests.support.looking import files
from tests.support.moves import Account

DELETED = Happens(("delete", {"conversation_id": "closed"}))
TAKEN_UP = Delivered("capture_changes", json.dumps({"account_id": ACCOUNT, "conversation_id": "closed"}))


class _Deletion:
    """The conversation is deleted at a call; before the move closes up, the parts are looked through.

    Afterwards there are none. A move that is paused keeps them: what was deleted must not be among them, nor a file
    that no record names, for a further deletion would not find it.
    """

    def __init__(self, number: int) -> None:
        self._schedule = Schedule(0, QUIET, ((number, DELETED), (number, TAKEN_UP)))
        self.wrong: list[str] | None = None

    def meddle(self, run: Run) -> Around:
        inner = self._schedule.meddle(run)

        def around(call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
            if call.function == "finish_move" and self.wrong is None:
                with acting_as(None):
                    self.wrong = _wrong_parts(run.account)
            return inner(call, make)

        return around


def _wrong_parts(account: Account) -> list[str]:
    parts = Work(account.stack.physical_id("WorkTable"), account.stack.region).parts(MOVE)
    named = {key for part in parts for key in (part.key, *part.stale_keys)}
    found = {key: content for key, content in files(account, "moves/").items() if "/parts/" in key}
    words = [key for key, content in found.items() if b'"id":"closed"' in content]
    return [f"its words are still in {key}" for key in words] + [
        f"no record names {key}" for key in found if key not in named
    ]


@pytest.mark.timeout(1200)
@pytest.mark.requirement("X-01", "H-25")
def test_what_is_deleted_at_any_call_of_the_import_is_nowhere_afterwards(ground: Ground) -> None:
    undisturbed, end = play(ground, QUIET)
    assert end.problems == ()
    calls = [call for call in undisturbed.calls if call.function == "import_part"]
    assert len(calls) > 0
    found = []
    for call in calls:
        deletion = _Deletion(call.number)
        run, after = play(ground, QUIET, deletion.meddle)
        assert deletion.wrong is not None
        found += [f"{wrong} (deleted at {call})" for wrong in (*run.failures, *after.problems, *deletion.wrong)]
    assert found == []
