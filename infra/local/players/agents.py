"""Agents who are invited to authorize an integration: each opens the link, logs in, and accepts or declines, or not."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

import urllib3

from infra.local.players.browser import Browser
from infra.local.players.fractions import Choice, choices_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.local.players.browser import Shown
    from infra.local.players.forms import Form, Page
    from infra.local.sandbox.client import Integration

_MOST_PAGES = 10
_DECISION, _LOGIN = "decision", "agent_id"

Ended = Literal["connected", "declined", "failed", "decided", "ignored", "lost"]
"""`connected`, `declined`, `failed`: what the integration's page said. `decided`: the agent decided, and the last page
was not the sandbox's (deskshift's callback). `lost`: they came to a page on which there was nothing that they could do.
"""


@dataclass(frozen=True, repr=False)
class Invitation:
    """A link that an agent was sent. `logs_in_as` is another agent's id where the wrong person follows it."""

    agent_id: str
    link: str
    logs_in_as: str | None = None


@dataclass(frozen=True)
class Played:
    """What became of an invitation; `status` is that of the last page, None if none was opened."""

    agent_id: str
    choice: Choice
    ended: Ended
    status: int | None


class Agents:
    """All agents of an account; each has a browser with cookies of its own.

    Args:
        integrations: as the sandbox names them; links to their registered addresses lead to where they are played.
    """

    def __init__(self, integrations: Sequence[Integration]) -> None:
        self._pool = urllib3.PoolManager(maxsize=4, retries=False, timeout=urllib3.Timeout(connect=5, read=30))
        self._places = places_of(integrations)
        self._browsers: dict[str, Browser] = {}

    def close(self) -> None:
        """Close all connections."""
        self._pool.clear()

    def play(self, invitations: Sequence[Invitation], fractions: Mapping[Choice, float], seed: int) -> list[Played]:
        """Let each invited agent do one thing; who does what is decided by the seed, and is the same each time."""
        choices = choices_of(len(invitations), fractions, seed)
        return [self.follow(each, choice) for each, choice in zip(invitations, choices, strict=True)]

    def follow(self, invitation: Invitation, choice: Choice) -> Played:
        """Let an agent follow one link, to its end."""
        if choice == "ignore":
            return Played(invitation.agent_id, choice, "ignored", None)
        person = invitation.logs_in_as or invitation.agent_id
        browser = self._browsers.setdefault(person, Browser(self._pool, self._places))
        shown, has_decided = browser.open(invitation.link), False
        for _ in range(_MOST_PAGES):
            deed = _deed(shown.page(), person, choice)
            if deed is None:
                break
            form, fields = deed
            has_decided = has_decided or _DECISION in fields
            shown = browser.submit(shown, form, fields)
        return Played(invitation.agent_id, choice, _ended(shown, has_decided=has_decided), shown.status)


def places_of(integrations: Sequence[Integration]) -> dict[str, str]:
    """Return where registered addresses are played; an integration's own redirect address is its first."""
    places: dict[str, str] = {}
    for each in integrations:
        if each["authorization_start"] is not None:
            places[each["authorization_start"].split("?")[0]] = each["played_start"]
        for address in each["redirect_uris"][:1]:
            places[address.split("?")[0]] = each["played_callback"]
    return places


def _deed(page: Page, person: str, choice: Choice) -> tuple[Form, dict[str, str]] | None:
    """Return the one thing that a page asks for: say who one is, decide, or go on; None at the end of the way."""
    for name, value in ((_LOGIN, person), (_DECISION, choice)):
        for form in page.forms:
            fields = form.with_button(name, value)
            if fields is not None:
                return form, fields
    if len(page.forms) == 1 and len(page.forms[0].buttons) == 1:
        form = page.forms[0]
        name, value = form.buttons[0]
        return form, {**form.fields, **({name: value} if name else {})}
    return None


def _ended(shown: Shown, *, has_decided: bool) -> Ended:
    outcome = shown.page().outcome
    named: tuple[Ended, ...] = ("connected", "declined", "failed")
    without: Ended = "decided" if has_decided and shown.status < HTTPStatus.BAD_REQUEST else "lost"
    return next((each for each in named if each == outcome), without)
