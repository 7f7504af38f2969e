"""What the product's machines use of the Amazon States Language, for tests and benchmarks that run one themselves.

https://states-language.net/spec.html: paths, payload templates, choices, and what becomes of a state's result.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.moves import Json

_ARN = re.compile(r"\$\{(?P<name>\w+)FunctionArn\}")
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
_LITERAL = re.compile(r"States\.StringToJson\('(?P<json>.*)'\)")
_EQUALS = ("StringEquals", "BooleanEquals", "NumericEquals")


class ExecutionFailed(Exception):
    """The execution came to a Fail state, or to what is not interpreted here."""

    code = "execution_failed"


def definition(file: Path, substitutions: Mapping[str, str]) -> Json:
    """Read a definition and put values in its places; a function's ARN becomes the name of its folder."""
    text = _ARN.sub(lambda found: _CAPITAL.sub("_", found["name"]).lower(), file.read_text(encoding="utf-8"))
    for name, value in substitutions.items():
        text = text.replace(f"${{{name}}}", value)
    return dict(json.loads(text))


def chosen(name: str, state: Json, data: Any) -> str:  # noqa: ANN401 - any JSON
    """Give the state that a Choice goes on to.

    Raises:
        ExecutionFailed: no rule fits and there is no default.
    """
    for rule in state["Choices"]:
        value = at(rule["Variable"], data, {})
        if "IsNull" in rule:
            fits = (value is None) == rule["IsNull"]
        else:
            wanted = next(rule[each] for each in _EQUALS if each in rule)
            fits = value == wanted and isinstance(value, bool) == isinstance(wanted, bool)
        if fits:
            return str(rule["Next"])
    if "Default" not in state:
        raise ExecutionFailed(f"{name} has no choice for what it was given")
    return str(state["Default"])


def output(state: Json, data: Any, result: Any, context: Json) -> Any:  # noqa: ANN401 - any JSON
    """Give what a state hands on: its result, selected, put into its input, and selected again."""
    if "ResultSelector" in state:
        result = filled(state["ResultSelector"], result, context)
    place = state.get("ResultPath", "$")
    if place is None:
        kept = data
    elif place == "$":
        kept = result
    else:
        kept = {**data, place.removeprefix("$."): result}
    return at(state.get("OutputPath", "$"), kept, context)


def filled(template: Any, data: Any, context: Json) -> Any:  # noqa: ANN401 - any JSON
    """Fill a payload template: names that end in `.$` have a path as their value."""
    if not isinstance(template, dict):
        return template
    return {
        name.removesuffix(".$"): at(value, data, context) if name.endswith(".$") else filled(value, data, context)
        for name, value in template.items()
    }


def at(path: str, data: Any, context: Json) -> Any:  # noqa: ANN401 - any JSON
    """Follow a path into the data, or with `$$` into the context object."""
    literal = _LITERAL.fullmatch(path)
    if literal:
        return json.loads(literal["json"])
    value = context if path.startswith("$$") else data
    for part in path.lstrip("$").split(".")[1:]:
        value = value[part]
    return value
