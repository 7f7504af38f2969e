"""The people of a local reissue: agents who read their letters and act on them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from infra.local.players.agents import Agents, Invitation
from infra.local.players.fractions import choices_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

    from infra.local.players.agents import Played
    from infra.local.players.fractions import Choice
    from infra.local.sandbox.client import Sandbox

_INVITATION = re.compile(r".+-invitation-\d+")
_LINK = re.compile(r"https?://\S+")


class People:
    """The agents of one account; each invitation is decided on once, and reminders change nobody's mind.

    Args:
        sandbox: where their letters are.
        account_id: whose agents.
        fractions: how many of those who are invited do what.
        seed: who of them does.
    """

    def __init__(self, sandbox: Sandbox, account_id: str, fractions: Mapping[Choice, float], seed: int) -> None:
        self._sandbox = sandbox
        self._account_id = account_id
        self._fractions = fractions
        self._seed = seed
        self._read: set[str] = set()
        self._agents = Agents(sandbox.integrations(account_id))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._agents.close()

    def answer_letters(self) -> list[Played]:
        """Let those who were invited since the last time follow their links, or not."""
        letters = {
            letter["id"]: letter
            for letter in self._sandbox.state(self._account_id)["messages"]
            if _INVITATION.fullmatch(letter["id"]) and letter["id"] not in self._read
        }
        self._read |= set(letters)
        choices = choices_of(len(letters), self._fractions, self._seed)
        # By their ids, for in which order letters of different grants are sent is nobody's decision.
        return [
            self._agents.follow(_followed(letters[name], choice), choice)
            for name, choice in zip(sorted(letters), choices, strict=True)
        ]


def _followed(letter: Mapping[str, str], choice: Choice) -> Invitation:
    """Take the link that a decision needs: the first one begins to authorize, the last one is where one declines."""
    links = _LINK.findall(letter["body"])
    return Invitation(letter["agent_id"], links[-1 if choice == "decline" else 0])
