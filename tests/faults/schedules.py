"""A random schedule: what comes in between at which call, all of it made from one seed, so that it can be repeated."""

import json
import random
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from tests.faults.actions import Action, Asked, Delivered, Happens, Kill, Later, LostAnswer, Zombie
from tests.faults.calls import Around, Call, Make
from tests.faults.runs import Run
from tests.faults.scenarios import ACCOUNT, SET_ASIDE, Event, MoveScenario

MOST_ACTIONS = 8
HALF, WITH_HISTORY, SOME_REFUSED, REPEATED = 0.5, 0.8, 0.2, 0.7
LAST_CALL = 130
"""A run makes some seventy changing calls; with what comes in between, a good deal more."""
CONVERSATIONS = ("open", "archived-open", "ticketed", "filed", "closed", "archived", "of-mail")


@dataclass(frozen=True)
class Schedule:
    """What a seed means: a scenario, and what happens at which changing call."""

    seed: int
    scenario: MoveScenario
    actions: tuple[tuple[int, Action], ...]

    def meddle(self, run: Run) -> Around:
        """Put the actions around the calls that they are for."""
        left: defaultdict[int, list[Action]] = defaultdict(list)
        for number, action in self.actions:
            left[number].append(action)

        def around(call: Call, make: Make) -> Any:  # noqa: ANN401 - the call's own answer
            for action in reversed(left.pop(call.number, [])):
                make = _wrapped(action, run, call, make)
            return make()

        return around

    def __str__(self) -> str:
        lines = [
            f"  at changing call {number}: {action}" for number, action in sorted(self.actions, key=lambda a: a[0])
        ]
        return "\n".join([f"seed {self.seed}, scenario {self.scenario.name!r}", *lines])


def _wrapped(action: Action, run: Run, call: Call, make: Make) -> Make:
    return lambda: action.at(run, call, make)


def schedule(seed: int) -> Schedule:
    """Make the schedule of a seed."""
    chance = random.Random(seed)  # noqa: S311 - a schedule, no secret
    history = "all" if chance.random() < WITH_HISTORY else "none"
    refused = SET_ASIDE.refused if history == "all" and chance.random() < SOME_REFUSED else None
    scenario = MoveScenario("random", history=history, refused=refused, mute=chance.random() < HALF)
    count = chance.randint(1, MOST_ACTIONS)
    actions = tuple((chance.randrange(LAST_CALL), _action(chance, scenario)) for _ in range(count))
    return Schedule(seed, scenario, actions)


def _action(chance: random.Random, scenario: MoveScenario) -> Action:
    """Choose what happens; the weights give most to what breaks most."""
    note = {"account_id": ACCOUNT, "conversation_id": chance.choice(CONVERSATIONS)}
    choices: tuple[tuple[int, Action], ...] = (
        (4, Kill(after=chance.random() < HALF)),
        (4, LostAnswer(repeated=chance.random() < REPEATED)),
        (6, Happens(_event(chance))),
        (3, Delivered("capture_changes", json.dumps(note))),
        (1, Delivered("move_channel", json.dumps(scenario.request()))),
        (1, Asked("watch_moves")),
        (1, Asked(chance.choice(("resume_move", "cancel_move")))),
        (1, Later(chance.choice((1, 24)))),
        (3, Zombie(chance.choice((None, chance.randint(1, 60))))),
    )
    return chance.choices([action for _, action in choices], [weight for weight, _ in choices])[0]


def _event(chance: random.Random) -> Event:
    """Choose what a person does."""
    one: dict[str, object] = {"conversation_id": chance.choice(CONVERSATIONS)}
    text = f"words {chance.randrange(1000)}"
    owner = chance.choice(("with-access", "without-access", None))
    events: tuple[tuple[int, Event], ...] = (
        (2, ("message", {**one, "text": text})),
        (1, ("change", {**one, "change": {"status": chance.choice(("open", "closed"))}})),
        (1, ("change", {**one, "change": {"owner_id": owner}})),
        (1, ("new_conversation", {"channel_id": "chat", "text": text})),
        (1, ("delete", one)),
        (1, ("privacy_delete", one)),
        (2, ("move_channel", {**one, "channel_id": chance.choice(("mail", "chat"))})),
    )
    return chance.choices([event for _, event in events], [weight for weight, _ in events])[0]
