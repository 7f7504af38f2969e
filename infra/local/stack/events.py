"""EventBridge: delivers machines' status changes and schedules to the functions that the template's rules name.

The event's shape: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
Status changes reach EventBridge by themselves in AWS; moto sends none.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from moto.stepfunctions.parser.backend.execution import Execution

DATA_LIMIT_BYTES = 240 * 1024  # larger input and output are left out, so that the event stays under 256 KiB
STATUS_CHANGE = "Step Functions Execution Status Change"


@dataclass(frozen=True)
class Rule:
    """A rule of the template: a pattern or a schedule, and the ARNs of its targets."""

    logical_id: str
    pattern: Mapping[str, Any] | None
    schedule: str | None
    targets: tuple[Mapping[str, Any], ...]

    @classmethod
    def from_properties(cls, logical_id: str, properties: Mapping[str, Any]) -> Rule:
        """From the properties of an AWS::Events::Rule."""
        return cls(
            logical_id,
            properties.get("EventPattern"),
            properties.get("ScheduleExpression"),
            tuple(properties.get("Targets", ())),
        )


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether the event fits the pattern: exact values, `prefix` and `anything-but`, nested."""
    return all(
        matches(wanted, event.get(key, {})) if isinstance(wanted, dict) else _any_fits(wanted, event.get(key))
        for key, wanted in pattern.items()
    )


def _any_fits(wanted: list[Any], value: object) -> bool:
    return any(_fits(one, value) for one in wanted)


def _fits(wanted: object, value: object) -> bool:
    if not isinstance(wanted, dict):
        return wanted == value
    if "prefix" in wanted:
        return isinstance(value, str) and value.startswith(wanted["prefix"])
    if "anything-but" in wanted:
        unwanted = wanted["anything-but"]
        return value not in (unwanted if isinstance(unwanted, list) else [unwanted])
    raise ValueError(f"event pattern {sorted(wanted)} is not matched locally; extend infra.local.stack.events")


class EventBridge:
    """Delivers events to functions, asynchronously."""

    def __init__(self, rules: list[Rule], region: str, account: str, deliver: Callable[[str, bytes], None]) -> None:
        """Make it; `deliver` invokes the function with that ARN asynchronously."""
        self._rules = rules
        self._region = region
        self._account = account
        self._deliver = deliver

    def execution_ended(self, execution: Execution) -> None:
        """Send the status change of an execution that has ended."""
        included = len(execution.execution_input.encode()) + len(json.dumps(execution.output)) <= DATA_LIMIT_BYTES
        succeeded = execution.status == "SUCCEEDED"
        detail = {
            "executionArn": execution.execution_arn,
            "stateMachineArn": execution.state_machine_arn,
            "name": execution.name,
            "status": execution.status,
            "startDate": _milliseconds(execution.start_date),
            "stopDate": _milliseconds(execution.stop_date),
            "input": execution.execution_input if included else None,
            "inputDetails": {"included": included},
            "output": json.dumps(execution.output) if succeeded and included else None,
            "outputDetails": {"included": included} if succeeded else None,
            "error": execution.error,
            "cause": execution.cause,
        }
        self._send(self._event("aws.states", STATUS_CHANGE, [execution.execution_arn], detail))

    def schedules(self) -> dict[str, str]:
        """The ARN of each function that a schedule invokes -> its schedule's expression."""
        return {str(target["Arn"]): rule.schedule for rule in self._rules if rule.schedule for target in rule.targets}

    def fire_schedule(self, function_arn: str) -> int:
        """Deliver one scheduled event to the function for each of its schedules; says how many."""
        fired = 0
        for rule in self._rules:
            targets = [target for target in rule.targets if target["Arn"] == function_arn]
            if rule.schedule is None or not targets:
                continue
            arn = f"arn:aws:events:{self._region}:{self._account}:rule/{rule.logical_id}"
            event = self._event("aws.events", "Scheduled Event", [arn], {})
            self._deliver(function_arn, (targets[0].get("Input") or json.dumps(event)).encode())
            fired += 1
        return fired

    def _send(self, event: dict[str, Any]) -> None:
        for rule in self._rules:
            if rule.pattern is not None and matches(rule.pattern, event):
                for target in rule.targets:
                    self._deliver(target["Arn"], json.dumps(event).encode())

    def _event(self, source: str, detail_type: str, resources: list[str], detail: dict[str, Any]) -> dict[str, Any]:
        return {
            "version": "0",
            "id": str(uuid4()),
            "detail-type": detail_type,
            "source": source,
            "account": self._account,
            "time": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self._region,
            "resources": resources,
            "detail": detail,
        }


def _milliseconds(moment: dt.datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)
