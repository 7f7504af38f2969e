"""How many of those who are invited accept, decline and ignore: `accept=0.8,decline=0.1,ignore=0.1`."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

Choice = Literal["accept", "decline", "ignore"]
CHOICES: tuple[Choice, ...] = get_args(Choice)


class FractionsError(ValueError):
    """Fractions that cannot be read: which part, what was found, what is allowed."""

    code = "invalid_fractions"

    def __init__(self, part: str, found: str, allowed: str) -> None:
        self.part = part
        self.found = found
        self.allowed = allowed
        super().__init__(f"agents: in {part!r} found {found}; allowed: {allowed}")


def parse_fractions(text: str) -> dict[Choice, float]:
    """Parse fractions; what is left out is 0, and all sum to 1.

    Raises:
        FractionsError: a part is unknown, given twice, not a number from 0 to 1, or they do not sum to 1.
    """
    found: dict[Choice, float] = {}
    for part in text.split(","):
        name, _, value = part.strip().partition("=")
        choice = next((each for each in CHOICES if each == name), None)
        if choice is None or choice in found:
            raise FractionsError(part, repr(name), f"each of {', '.join(CHOICES)} at most once, as accept=0.8")
        found[choice] = _fraction(part, value)
    total = math.fsum(found.values())
    if not math.isclose(total, 1, abs_tol=1e-9):
        raise FractionsError(text, f"a sum of {total:g}", "fractions that sum to 1")
    return {choice: found.get(choice, 0.0) for choice in CHOICES}


def choices_of(count: int, fractions: Mapping[Choice, float], seed: int) -> list[Choice]:
    """Return so many choices: the fractions are met as nearly as whole numbers can, and the seed gives the order."""
    exact = {choice: fraction * count for choice, fraction in fractions.items()}
    whole = {choice: math.floor(share + 1e-9) for choice, share in exact.items()}
    by_remainder = sorted(exact, key=lambda choice: (whole[choice] - exact[choice], CHOICES.index(choice)))
    for choice in by_remainder[: count - sum(whole.values())]:
        whole[choice] += 1
    made = [choice for choice in CHOICES for _ in range(whole.get(choice, 0))]
    random.Random(seed).shuffle(made)  # noqa: S311 - who accepts, no secret
    return made


def _fraction(part: str, text: str) -> float:
    try:
        # Python reads digits of every script, and underscores between them.
        value = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise FractionsError(part, repr(text), "a number from 0 to 1")
    return value
