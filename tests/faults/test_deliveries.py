"""Messages come twice, an hour and a day late, out of order and to two consumers: the end is that of a quiet run.

That a repeated request is one move, and which webhooks are refused, is proved beside the handlers; here it is the end.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from deskshift.domain.move_ids import move_id
from infra.local.stack.principal import acting_as
from tests.faults.actions import Action, Delivered, Later
from tests.faults.calls import Around, Call, Make
from tests.faults.end_state import End, end_of
from tests.faults.ground import Clock, Ground, one_after_the_other, send_request
from tests.faults.runs import Meddle, Run, play
from tests.faults.scenarios import ACCOUNT, LIVELY, MOVE, QUIET, MoveScenario
from tests.support.moves import Account, Json, until

BORN_IN_THE_INBOX = "live-000002"
"""The id that the sandbox gives to the conversation which the lively scenario's second event begins."""
NOTED = (BORN_IN_THE_INBOX, "open", "closed", "filed", "archived", "ticketed", "of-mail")
CAPTURING = "verify_conversations"
HOURS = pytest.mark.parametrize("hours", [1, 24])


def note(conversation_id: str) -> Json:
    return {"account_id": ACCOUNT, "conversation_id": conversation_id}


NOTES_OUT_OF_ORDER = tuple(Delivered("capture_changes", json.dumps(note(one))) for one in (*NOTED, *reversed(NOTED)))


def at_first_call_of(functions: Sequence[str], *actions: Action) -> Meddle:
    """Let things happen, one after the other, right before the first changing call of each of these functions."""

    def meddle(run: Run) -> Around:
        left = set(functions)

        def around(call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
            if call.function in left:
                left.discard(call.function)
                for action in actions:
                    action.at(run, call, lambda: None)
            return make()

        return around

    return meddle


@dataclass(frozen=True)
class Sent:
    """Messages are sent to a queue, and are dealt with before the call is made."""

    queue: str
    bodies: tuple[Json, ...]

    def at(self, run: Run, _call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
        send(run.account, self.queue, self.bodies)
        return make()


def send(account: Account, queue: str, bodies: Sequence[Json]) -> None:
    with acting_as(None):
        for body in bodies:
            if queue == "ChannelMovesQueue":
                send_request(account, body)
            else:
                account.stack.send(queue, body)
        until(lambda: account.stack.queue_messages(queue) == [], f"{queue} is empty")


@dataclass(frozen=True)
class SentAgainAfterTheEnd(MoveScenario):
    """Request and notes come once more, so many hours after the move was done."""

    hours: int = 0
    sent: list[str] = field(default_factory=list)

    def go_on(self, account: Account, clock: Clock) -> bool:
        if super().go_on(account, clock):
            return True
        if self.sent:
            return False
        self.sent.append(str(account.status(MOVE)))
        clock.ahead += timedelta(hours=self.hours)
        send(account, "ChangesQueue", [note(one) for one in NOTED])
        send(account, "ChannelMovesQueue", [self.request()])
        return True


@dataclass(frozen=True)
class SecondRequestFirst(MoveScenario):
    """Of two requests for the same channel the later one overtakes the earlier."""

    def begin(self, account: Account) -> None:
        for number in ("request-2", "request-1"):
            send_request(account, {**self.request(), "request_id": number})

    def go_on(self, account: Account, clock: Clock) -> bool:  # noqa: ARG002 - nothing kills it
        return False

    def end(self, account: Account, folder: Path) -> End:
        return end_of(account, move_id(ACCOUNT, "chat", "request-2"), self.export(), self.history, folder)


@pytest.mark.requirement("X-01")
@HOURS
def test_request_and_notes_that_come_again_after_the_end_change_nothing(ground: Ground, hours: int) -> None:
    _, end = play(ground, LIVELY)
    late = SentAgainAfterTheEnd("late", living=LIVELY.living, hours=hours)
    _, disturbed = play(ground, late)
    assert late.sent == ["done"]
    assert disturbed.differs_from(end) == []


@pytest.mark.requirement("X-01")
@HOURS
def test_request_and_notes_that_come_again_while_it_runs_change_nothing(ground: Ground, hours: int) -> None:
    _, end = play(ground, LIVELY)
    again = Sent("ChannelMovesQueue", (LIVELY.request(), LIVELY.request()))
    notes = Sent("ChangesQueue", tuple(note(one) for one in NOTED * 2))
    run, disturbed = play(ground, LIVELY, at_first_call_of([CAPTURING], Later(hours), again, notes))
    assert run.failures == []
    assert disturbed.differs_from(end) == []


@pytest.mark.requirement("X-01", "H-25")
def test_notes_twice_out_of_order_and_before_their_conversation_exists_change_nothing(ground: Ground) -> None:
    _, end = play(ground, LIVELY)
    run, disturbed = play(ground, LIVELY, at_first_call_of(tuple(LIVELY.living), *NOTES_OUT_OF_ORDER))
    held = run.account.dump(ground.new_folder()).by_id("help_desk/conversations.jsonl")
    assert run.failures == []
    assert BORN_IN_THE_INBOX in held
    assert disturbed.differs_from(end) == []


@pytest.mark.requirement("X-01")
def test_a_second_request_that_comes_first_is_the_move_and_the_first_is_refused(ground: Ground) -> None:
    _, end = play(ground, QUIET)
    run, disturbed = play(ground, SecondRequestFirst("second first"))
    assert run.account.status(MOVE) == "refused"
    assert disturbed.problems == ()
    assert disturbed.state["platform"] == end.state["platform"]


@pytest.mark.requirement("X-01")
def test_two_consumers_of_one_request_are_one_move_wherever_the_second_begins(ground: Ground) -> None:
    undisturbed, end = play(ground, QUIET)
    calls = [call for call in undisturbed.calls if call.function == "move_channel"]
    assert calls
    second = Delivered("move_channel", json.dumps(QUIET.request()))
    assert wrong_ends(ground, QUIET, "move_channel", len(calls), second, end) == []


@pytest.mark.requirement("X-01", "H-25")
def test_two_consumers_of_one_note_write_it_once_wherever_the_second_begins(ground: Ground) -> None:
    _, end = play(ground, LIVELY)
    first = Delivered("capture_changes", json.dumps(note("open")))  # somebody wrote to it right before
    run, _ = play(ground, LIVELY, at_first_call_of([CAPTURING], first))
    calls = [call for call in run.calls if call.function == "capture_changes"]
    assert calls
    assert wrong_ends(ground, LIVELY, "capture_changes", len(calls), first, end, first) == []


def wrong_ends(  # noqa: PLR0913, PLR0917 - what happens where, and what it is compared with
    ground: Ground, scenario: MoveScenario, function: str, calls: int, second: Action, end: End, *first: Action
) -> list[str]:
    """Let the second consumer begin at each changing call of the first, and tell where the end is another one."""
    found = []
    for number in range(calls):
        run, disturbed = play(ground, scenario, second_at(function, number, second, *first))
        found += [f"at call {number} of {function}: {what}" for what in (*run.failures, *disturbed.differs_from(end))]
    return found


def second_at(function: str, number: int, second: Action, *first: Action) -> Meddle:
    def meddle(run: Run) -> Around:
        made: Counter[str] = Counter()
        opened = at_first_call_of([CAPTURING], *first)(run)

        def around(call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
            made[call.function] += 1
            if call.function == function and made[function] == number + 1:
                with one_after_the_other(run.ground.clock):  # a process of its own, with threads of its own
                    second.at(run, call, lambda: None)
                return make()
            return opened(call, make)

        return around

    return meddle


@dataclass
class Webhooks:
    """The platform posts its deliveries: twice, the newest before an older one, and all once more a day later."""

    answers: list[tuple[int, str]] = field(default_factory=list)

    def at(self, run: Run, _call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
        events = [delivery(run, "newest", 3), delivery(run, "older", 2)]
        with acting_as(None):
            self._post(run, [*events, *events])
            until(lambda: run.account.stack.queue_messages("ChangesQueue") == [], "the deliveries are dealt with")
            run.ground.clock.ahead += timedelta(days=1)
            self._post(run, events)
        return make()

    def _post(self, run: Run, events: Sequence[Json]) -> None:
        for event in events:
            answer = run.account.stack.invoke("receive_webhook", event)
            self.answers.append((answer["statusCode"], json.loads(answer["body"])["code"]))


def delivery(run: Run, name: str, version: int) -> Json:
    data = {"conversation_id": "open", "channel_id": "chat", "kind": "message", "version": version}
    body = json.dumps({"type": "conversation.changed", "timestamp": "x", "data": data})
    now = run.ground.clock()
    signature = Webhook(run.account.webhook_secret).sign(name, now, body)
    headers = {"webhook-id": name, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    path = {"webhook_path": run.account.connection.webhook_path}
    return {"headers": headers, "pathParameters": path, "body": body, "isBase64Encoded": False}


@pytest.mark.requirement("X-01", "H-25")
def test_webhooks_twice_out_of_order_and_refused_a_day_later_lose_nothing(ground: Ground) -> None:
    _, end = play(ground, LIVELY)
    posted = Webhooks()
    run, disturbed = play(ground, LIVELY, at_first_call_of([CAPTURING], posted))
    assert posted.answers == [(200, "queued")] * 2 + [(200, "known")] * 2 + [(401, "timestamp_stale")] * 2
    assert run.failures == []
    assert disturbed.differs_from(end) == []
