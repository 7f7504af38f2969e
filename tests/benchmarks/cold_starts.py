"""Cold and warm start of functions under the real Lambda runtime emulator, with the built layer."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from tests.benchmarks.table import Line
from tests.support.runtime import EmulatedFunction, missing

if TYPE_CHECKING:
    from tests.benchmarks.processes import Served

_WARM = 20
_NOWHERE = {"account_id": "nobody", "move_id": "none"}
_EVENTS: dict[str, dict[str, Any]] = {
    "show_move": {"requestContext": {}, "pathParameters": _NOWHERE},
    "resolve_id": {"requestContext": {}, "pathParameters": {"account_id": "nobody", "id": "none"}},
    "receive_webhook": {"requestContext": {}, "pathParameters": {"webhook_path": "none"}, "headers": {}, "body": "{}"},
    "watch_moves": {},
}
"""Events that need nothing to be there: what is measured is the start, and one call to DynamoDB."""


def measure(served: Served, repetitions: int) -> list[Line]:
    """Start each function so many times, and invoke it again when it is warm."""
    why = missing()
    if why is not None:
        return [Line("not measured", why)]
    return [_one(served, function, repetitions) for function in _EVENTS]


def _one(served: Served, function: str, repetitions: int) -> Line:
    starts, first, warm = [], [], []
    for _ in range(repetitions):
        with EmulatedFunction(function, served.variables()) as emulated:
            first.append(emulated.invoke(_EVENTS[function]).seconds)
            warm += [emulated.invoke(_EVENTS[function]).seconds for _ in range(_WARM)]
            starts.append(emulated.init_seconds or 0.0)
    return Line(
        function,
        f"cold {median(first) * 1000:.0f} ms, of which its start {median(starts) * 1000:.0f} ms; "
        f"warm {median(warm) * 1000:.1f} ms",
    )
