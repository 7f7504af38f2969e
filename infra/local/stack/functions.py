"""The functions that a translated template names, and how to find one by any of its names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.local.stack.errors import TemplateError, UnknownName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Function:
    """One Lambda function of the deployed stack.

    Attributes:
        name: what the stack calls it: its folder's name, e.g. `move_channel`.
        logical_id: its name in the template, e.g. `MoveChannelFunction`.
        handler: module and function inside the folder, e.g. `app.handler`.
        role: name of its IAM role.
    """

    name: str
    logical_id: str
    physical_name: str
    arn: str
    folder: Path
    handler: str
    timeout_seconds: int
    memory_mb: int
    role: str
    environment: Mapping[str, str]


class Functions:
    """All functions of a stack."""

    def __init__(self, functions: Iterable[Function]) -> None:
        self._functions = tuple(functions)
        self._by_name: dict[str, Function] = {}
        for function in self._functions:
            for name in (function.name, function.logical_id, function.physical_name, function.arn):
                self._by_name[name] = function

    def __iter__(self) -> Iterator[Function]:
        return iter(self._functions)

    def named(self, name: str) -> Function:
        """The function with that folder name, logical id, physical name or ARN.

        Raises:
            UnknownName: there is none.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise UnknownName("function", name, [function.name for function in self._functions]) from None

    def environment(self) -> dict[str, str]:
        """The environment variables of all functions together.

        They share one process, so a name may have only one value in the whole template.

        Raises:
            TemplateError: two functions give a name different values.
        """
        merged: dict[str, str] = {}
        for function in self._functions:
            for name, value in function.environment.items():
                if merged.setdefault(name, value) != value:
                    raise TemplateError(
                        function.logical_id,
                        f"environment variable {name} is {value!r} here and {merged[name]!r} elsewhere",
                        "Give each name one value in the whole template",
                    )
        return merged
