"""What roles are allowed: the inline policies of the deployed template, matched as IAM matches them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
AWS-managed policies are left out: in the template they only stand for writing logs, traces and for Lambda's own
polling of queues.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from infra.local.stack.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OPERATORS = {"StringEquals", "StringLike"}


@dataclass(frozen=True)
class Call:
    """One IAM action on one resource.

    Attributes:
        action: e.g. `dynamodb:PutItem`.
        resource: an ARN, or `*` where the service knows no resource.
        conditions: values of condition keys that policies may ask for, e.g. `cloudwatch:namespace`.
    """

    action: str
    resource: str
    conditions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Statement:
    """One statement of a policy."""

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def covers(self, call: Call) -> bool:
        """Whether the statement speaks of this call."""
        given = dict(call.conditions)
        return (
            any(_matches(action.lower(), call.action.lower()) for action in self.actions)
            and any(_matches(resource, call.resource) for resource in self.resources)
            and all(any(_matches(value, given.get(key, "")) for value in values) for key, values in self.conditions)
        )


@dataclass(frozen=True)
class RolePolicies:
    """All statements of one role."""

    statements: tuple[Statement, ...] = field(default=())

    def allow(self, call: Call) -> bool:
        """Whether the role may make the call: an Allow covers it and no Deny does."""
        covering = [statement.effect for statement in self.statements if statement.covers(call)]
        return "Allow" in covering and "Deny" not in covering

    def allowed(self) -> set[tuple[str, str]]:
        """Every (action, resource pattern) that an Allow names."""
        return {
            (action, resource)
            for statement in self.statements
            if statement.effect == "Allow"
            for action in statement.actions
            for resource in statement.resources
        }


def role_policies(role: str, documents: Iterable[Mapping[str, Any]]) -> RolePolicies:
    """Read the role's policy documents.

    Raises:
        TemplateError: a document uses what is not matched here (NotAction, NotResource, other condition operators).
    """
    return RolePolicies(
        tuple(_statement(role, statement) for document in documents for statement in _listed(document["Statement"]))
    )


def _statement(role: str, written: Mapping[str, Any]) -> Statement:
    unknown = {"NotAction", "NotResource", "NotPrincipal"} & set(written)
    unknown |= set(written.get("Condition", {})) - OPERATORS
    if unknown:
        raise TemplateError(
            role, f"its policy uses {sorted(unknown)}", "Write it with Action, Resource and StringEquals"
        )
    conditions = tuple(
        (key, tuple(_listed(values)))
        for tests in written.get("Condition", {}).values()
        for key, values in tests.items()
    )
    return Statement(
        written["Effect"], tuple(_listed(written["Action"])), tuple(_listed(written["Resource"])), conditions
    )


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    return value if isinstance(value, list) else [value]


def _matches(pattern: str, text: str) -> bool:
    return _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
