"""Reissues of tokens, killed everywhere and disturbed everywhere: each grant ends with one token, or as it was."""

import json
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from infra.local.stack.errors import FunctionFailed
from infra.local.stack.principal import acting_as
from tests.faults.actions import Action, Asked, Delivered, Kill, LostAnswer, Zombie, message_event
from tests.faults.calls import Call, Make
from tests.faults.conftest import COUNTED
from tests.faults.ground import Ground, one_after_the_other
from tests.faults.reissue_scenario import BROKERED, DIRECT, OF_ACCOUNT, ROLLED_BACK, ReissueScenario, passes
from tests.faults.runs import Run, play
from tests.faults.scenarios import ACCOUNT
from tests.faults.test_killed_everywhere import FUNCTION, THOROUGH, chosen, failures
from tests.support.moves import Account
from tests.support.reissuing import CRM, Reissuing

ALL = (DIRECT, BROKERED, OF_ACCOUNT, ROLLED_BACK)
AT_ONCE = 32
LONG_ONES, DISTURBED = (1, 1) if THOROUGH or FUNCTION else (10, 9)
"""Of the long scenarios, and of what disturbs without killing, the suite has every so-manieth call."""
ONCE = frozenset({f"POST /v1/issuers/{ACCOUNT}/token"})
"""Calls that no client repeats by itself: a code is sent once."""
NOT_LATE = frozenset({"reissue_tokens", "authorize_start", "authorize_callback", "collect_token"})


@pytest.mark.timeout(1200)
@pytest.mark.requirement("Z-18", "Z-31")
@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: scenario.name)
def test_a_reissue_that_is_killed_anywhere_ends_as_if_nothing_had_been(
    ground: Ground,
    scenario: ReissueScenario,
    record_property: Any,  # noqa: ANN401 - pytest's
) -> None:
    undisturbed, end = play(ground, scenario)
    assert end.problems == ()
    assert undisturbed.looks == scenario.looks
    calls = chosen(undisturbed.calls)[:: LONG_ONES if len(scenario.grants) > 1 else 1]
    assert len(calls) > 0
    failed = failures(ground, scenario, calls, Kill(after=False), end)
    failed += failures(ground, scenario, calls, Kill(after=True), end)
    whole = f"{len(undisturbed.calls)} changing calls"
    record_property(COUNTED, f"scenario {scenario.name!r}: {whole}, {2 * len(calls)} kill points")
    assert failed == []


@dataclass(frozen=True)
class EverybodyLater:
    """Time passes for the functions and the issuer before the call is made."""

    hours: int

    def at(self, run: Run, _call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
        """Put both clocks forward."""
        with acting_as(None):
            passes(run.account, run.ground.clock, timedelta(hours=self.hours))
        return make()


EVERYWHERE: tuple[Action, ...] = (
    LostAnswer(repeated=True),
    LostAnswer(repeated=False),
    Delivered("reissue_tokens", json.dumps(OF_ACCOUNT.bodies()[0])),
    Asked("watch_grants"),
    Asked("retire_tokens"),
    Asked("remind_pending"),
    EverybodyLater(hours=1),
    EverybodyLater(hours=25),
)


def _disturbed(scenario: ReissueScenario, action: Action) -> Action:
    """Give the scenario's own message where one is delivered."""
    return Delivered(action.function, json.dumps(scenario.bodies()[-1])) if isinstance(action, Delivered) else action


@pytest.mark.timeout(1200)
@pytest.mark.requirement("Z-18", "Z-31")
@pytest.mark.parametrize("scenario", ALL if THOROUGH else (DIRECT, BROKERED), ids=lambda scenario: scenario.name)
@pytest.mark.parametrize("action", EVERYWHERE, ids=str)
def test_what_happens_anywhere_changes_nothing_of_the_reissue(
    ground: Ground, scenario: ReissueScenario, action: Action
) -> None:
    undisturbed, end = play(ground, scenario)
    calls = chosen(undisturbed.calls)
    if isinstance(action, LostAnswer) and action.repeated:
        calls = [call for call in calls if call.what not in ONCE]
    assert len(calls) > 0
    calls = calls[::DISTURBED]
    assert failures(ground, scenario, calls, _disturbed(scenario, action), end) == []


@pytest.mark.timeout(1200)
@pytest.mark.requirement("Z-18", "Z-31")
@pytest.mark.parametrize("scenario", ALL if THOROUGH else (DIRECT,), ids=lambda scenario: scenario.name)
@pytest.mark.parametrize("action", [Zombie(), Zombie(wakes_after=1), Zombie(wakes_after=2)], ids=str)
def test_a_schedule_or_an_operator_who_sleeps_and_goes_on_changes_nothing(
    ground: Ground, scenario: ReissueScenario, action: Action
) -> None:
    undisturbed, end = play(ground, scenario)
    calls = [call for call in chosen(undisturbed.calls) if call.function not in NOT_LATE]
    assert len(calls) > 0
    assert failures(ground, scenario, calls, action, end) == []


@pytest.mark.timeout(1200)
@pytest.mark.requirement("Z-18")
def test_thirty_two_messages_at_once_are_one_reissue_and_one_successor(ground: Ground) -> None:
    _, end = play(ground, DIRECT)
    account = ground.fresh(DIRECT.export(), DIRECT.options())
    DIRECT.connected.clear()
    DIRECT.played[:] = [Reissuing(account)]
    before = DIRECT.one.in_force()
    together = threading.Barrier(AT_ONCE)
    said: list[str] = []

    def receive(number: int) -> None:
        body = json.dumps({**DIRECT.bodies()[0], "request_id": f"request-{number}"})
        together.wait()
        said.append(until_done(account, body))

    with one_after_the_other(ground.clock), acting_as(None):
        senders = [threading.Thread(target=receive, args=(number,)) for number in range(AT_ONCE)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        assert said == ["done"] * AT_ONCE
        assert DIRECT.one.in_force() == before
        while DIRECT.go_on(account, ground.clock):
            pass
    (reissue,) = DIRECT.one.rounds(CRM, "ann")
    assert {reissue.request.request_id, *reissue.joined} == {f"request-{number}" for number in range(AT_ONCE)}
    assert DIRECT.end(account, ground.new_folder()).differs_from(end) == []


def until_done(account: Account, body: str) -> str:
    """Deliver a message until it is dealt with, as its queue does; say how that ended."""
    for _ in range(AT_ONCE):
        try:
            account.stack.invoke("reissue_tokens", message_event(account, "reissue_tokens", body))
        except FunctionFailed as failed:
            if failed.error_type != "LateWriter":
                return failed.error_type
        else:
            return "done"
    return "given up"
