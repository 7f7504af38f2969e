"""A billing merge, killed everywhere and delivered twice everywhere: one result, one set of lines."""

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from infra.local.stack.principal import acting_as
from tests.faults.actions import Action, Delivered, Kill, Later, LostAnswer
from tests.faults.calls import Call, Make
from tests.faults.conftest import COUNTED
from tests.faults.end_state import End
from tests.faults.ground import Clock, Ground, one_after_the_other, send_request
from tests.faults.merge_scenario import (
    MERGE,
    NOT_PASSED,
    ORDER_REFUSED,
    TRIED_AGAIN,
    MergeScenario,
    buy_a_seat,
    half_done,
)
from tests.faults.runs import Run, play
from tests.faults.scenarios import ACCOUNT
from tests.faults.test_killed_everywhere import failures
from tests.support.merging import QUEUE
from tests.support.moves import Account

AT_ONCE = 32


def _again(ground: Ground) -> Delivered:
    """Make the message of the run's own preview: it is made of the facts, and so is the same in each run."""
    account = ground.fresh(MERGE.export(), MERGE.options())
    with one_after_the_other(ground.clock), acting_as(None):
        made = account.stack.invoke("preview_billing", MERGE.ids())
    return Delivered("merge_billing", json.dumps(MERGE.request(made["preview"]["preview_id"])))


@pytest.mark.timeout(1200)
@pytest.mark.requirement("Z-21", "Z-24")
@pytest.mark.parametrize(
    "scenario", [MERGE, NOT_PASSED, ORDER_REFUSED, TRIED_AGAIN], ids=lambda scenario: scenario.name
)
def test_a_merge_that_is_killed_anywhere_ends_once_and_the_same(
    ground: Ground,
    scenario: MergeScenario,
    record_property: Any,  # noqa: ANN401 - pytest's
) -> None:
    undisturbed, end = play(ground, scenario)
    assert end.problems == ()
    assert undisturbed.looks == 0
    calls = undisturbed.calls
    assert len(calls) > 0
    failed = failures(ground, scenario, calls, Kill(after=False), end)
    failed += failures(ground, scenario, calls, Kill(after=True), end)
    record_property(COUNTED, f"scenario {scenario.name!r}: {len(calls)} changing calls, {2 * len(calls)} kill points")
    assert failed == []


@dataclass(frozen=True)
class BoughtAtTheKill:
    """Somebody buys a seat of chat when the process dies, before it comes again."""

    after: bool

    def at(self, run: Run, call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
        """Make the call if it is done before the end, buy, and die."""
        if self.after:
            make()
        with acting_as(None):
            buy_a_seat(run.account)
        return run.kill(call)


@dataclass(frozen=True)
class Whole(MergeScenario):
    """A merge of which it is only asked whether it ended whole: its preview, made again, would be another one."""

    name: str = "merge of a changed account"
    preview_id: str = ""
    said: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def go_on(self, account: Account, clock: Clock) -> bool:
        """Send the message of the preview that was approved again if the merge has not ended."""
        del clock
        if self.has_ended(account):
            return False
        send_request(account, self.request(self.preview_id), QUEUE)
        return True

    def end(self, account: Account, folder: Path) -> End:
        """Look whether anything is half done."""
        del folder
        status = self.shown(account)["status"]
        self.seen.append(status)
        found = [half_done(account, status)]
        if self.said and self.said.pop() != status:
            found.append(f"it had ended otherwise before it was {status}")
        return End(tuple(one for one in found if one is not None), {})


@dataclass(frozen=True)
class BoughtAndDelivered:
    """Somebody buys a seat of chat, another consumer gets the message and ends with it, and this one goes on."""

    again: Delivered

    def at(self, run: Run, call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
        """Buy, let the other one work, note how it ended, and make the call."""
        with acting_as(None):
            buy_a_seat(run.account)

        def noted() -> Any:  # noqa: ANN401 - the call's own answer
            with acting_as(None):
                if isinstance(run.scenario, Whole) and run.scenario.has_ended(run.account):
                    run.scenario.said.append(run.scenario.shown(run.account)["status"])
            return make()

        return self.again.at(run, call, noted)


@pytest.mark.timeout(1200)
@pytest.mark.requirement("Z-21", "Z-24")
@pytest.mark.parametrize("how", ["killed-before", "killed-after", "another-consumer"])
def test_an_account_that_changes_meanwhile_is_merged_whole_or_left_as_it_was(ground: Ground, how: str) -> None:
    again = _again(ground)
    actions: dict[str, Action] = {
        "killed-before": BoughtAtTheKill(after=False),
        "killed-after": BoughtAtTheKill(after=True),
        "another-consumer": BoughtAndDelivered(again),
    }
    scenario = Whole(preview_id=json.loads(again.body)["preview_id"])
    undisturbed, _ = play(ground, MERGE)
    calls = [call for call in undisturbed.calls if call.function == "merge_billing"]
    assert failures(ground, scenario, calls, actions[how], End((), {})) == []
    assert set(scenario.seen) == {"done", "refused"}


@pytest.mark.timeout(1200)
@pytest.mark.requirement("Z-21")
@pytest.mark.parametrize(
    "action",
    [LostAnswer(repeated=True), LostAnswer(repeated=False), Later(hours=1), Later(hours=25)],
    ids=str,
)
def test_what_happens_anywhere_changes_nothing_of_the_merge(ground: Ground, action: Action) -> None:
    undisturbed, end = play(ground, MERGE)
    assert len(undisturbed.calls) > 0
    assert failures(ground, MERGE, undisturbed.calls, action, end) == []


@pytest.mark.timeout(1200)
@pytest.mark.requirement("Z-21")
def test_another_consumer_in_the_middle_of_it_changes_nothing(ground: Ground) -> None:
    again = _again(ground)
    undisturbed, end = play(ground, MERGE)
    merging = [call for call in undisturbed.calls if call.function == "merge_billing"]
    assert len(merging) > 0
    assert failures(ground, MERGE, merging, again, end) == []


@pytest.mark.timeout(1200)
@pytest.mark.requirement("Z-21")
def test_thirty_two_at_once_are_one_merge(ground: Ground) -> None:
    _, end = play(ground, MERGE)
    account = ground.fresh(MERGE.export(), MERGE.options())
    with one_after_the_other(ground.clock), acting_as(None):
        made = account.stack.invoke("preview_billing", MERGE.ids())
        body = MERGE.request(made["preview"]["preview_id"])
        together = threading.Barrier(AT_ONCE)

        def send(number: int) -> None:
            together.wait()
            account.stack.send(QUEUE, body, group_id=f"{ACCOUNT}-{number}", dedup_id=f"at-once-{id(body)}-{number}")

        senders = [threading.Thread(target=send, args=(number,)) for number in range(AT_ONCE)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        account.stack.drain(120)
        while MERGE.go_on(account, ground.clock):
            account.stack.drain(120)
    after = MERGE.end(account, ground.new_folder())
    assert after.differs_from(end) == []
