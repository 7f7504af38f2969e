"""What the functions of a stack printed: log records and metrics, from a moment on."""

import json
from collections import Counter
from typing import Any

from infra.local.stack import LocalStack

Record = dict[str, Any]


class Printed:
    """What was printed since this was made, function by function."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        self._from = {name: len(stack.logs(name)) for name in stack.function_names}

    def lines(self) -> list[tuple[str, Record]]:
        """Every line, with the function that printed it."""
        return [
            (name, json.loads(line))
            for name, start in self._from.items()
            for line in self._stack.logs(name)[start:].splitlines()
        ]

    def records(self) -> list[tuple[str, Record]]:
        """The log records."""
        return [(name, line) for name, line in self.lines() if "_aws" not in line]

    def metrics(self) -> list[tuple[str, Record]]:
        """The EMF objects."""
        return [(name, line) for name, line in self.lines() if "_aws" in line]

    def values(self) -> dict[str, list[float]]:
        """The values of each metric of the namespace deskshift, one an invocation."""
        found: dict[str, list[float]] = {}
        for _, blob in self.metrics():
            (directive,) = blob["_aws"]["CloudWatchMetrics"]
            for metric in directive["Metrics"]:
                values = blob[metric["Name"]]
                found.setdefault(metric["Name"], []).append(sum(values if isinstance(values, list) else [values]))
        return found

    def totals(self) -> Counter[str]:
        """The sum of each metric of the namespace deskshift."""
        totals: Counter[str] = Counter()
        for name, values in self.values().items():
            totals[name] += sum(values)  # type: ignore[assignment]  # a number of either kind
        return totals
