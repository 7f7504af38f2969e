"""Step Functions takes `"ToleratedFailurePercentage": 0`; moto's parser takes only a decimal there (`0.0`)."""

from __future__ import annotations

import json
from typing import Any


def accepted_by_moto(definition: str) -> str:
    """The same definition, written so that moto parses it."""
    return json.dumps(_decimals(json.loads(definition)))


def _decimals(node: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(node, dict):
        return {
            key: float(value) if key == "ToleratedFailurePercentage" and isinstance(value, int) else _decimals(value)
            for key, value in node.items()
        }
    return [_decimals(value) for value in node] if isinstance(node, list) else node
