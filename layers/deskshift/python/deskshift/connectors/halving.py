"""Ask for fewer at once where the answer would be larger than a function can hold."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from deskshift.model.errors import AnswerTooLarge

T = TypeVar("T")


def in_halves(ids: Sequence[str], ask: Callable[[Sequence[str]], T]) -> list[T]:
    """Ask for all ids, or for each half of them, and so on.

    Returns:
        The answers, in the order of the ids.

    Raises:
        AnswerTooLarge: one alone is too large.
    """
    try:
        return [ask(ids)]
    except AnswerTooLarge:
        if len(ids) <= 1:
            raise
    half = len(ids) // 2
    return [*in_halves(ids[:half], ask), *in_halves(ids[half:], ask)]
