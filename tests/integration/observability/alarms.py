"""The template's alarms, evaluated as CloudWatch does over what the stack emitted; moto passes over alarms."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from infra.local.stack import LocalStack
from tests.support.records import Printed
from tests.unit.infra.declared import resources

ALARMS = resources("AWS::CloudWatch::Alarm")
_BADLY = {"ExecutionsFailed": "FAILED", "ExecutionsTimedOut": "TIMED_OUT", "ExecutionsAborted": "ABORTED"}


@dataclass
class Watching:
    """What happened on a stack since this was made, as the one period that the alarms look at.

    Metrics are summed as if all of it happened within a period. Lambda throttles nothing locally.
    """

    stack: LocalStack

    def __post_init__(self) -> None:
        self._printed = Printed(self.stack)
        self._executions = set(self.stack.executions("ChannelMoveMachine"))
        self._letters = {name: len(self.stack.queue_messages(name)) for name in self._queues()}

    def raised(self) -> set[str]:
        """Give the alarms that would ring now."""
        return {name for name, alarm in ALARMS.items() if self._value(alarm) > alarm["Threshold"]}

    def _value(self, alarm: dict[str, Any]) -> float:
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
        assert alarm["EvaluationPeriods"] == 1
        if "Metrics" in alarm:
            (expression,) = [one["Expression"] for one in alarm["Metrics"] if "Expression" in one]
            parts = {one["Id"]: one["MetricStat"]["Metric"] for one in alarm["Metrics"] if "MetricStat" in one}
            assert set(expression.split(" + ")) == set(parts)
            return sum(self._metric(metric) for metric in parts.values())
        return self._metric(alarm)

    def _metric(self, metric: dict[str, Any]) -> float:
        match metric["Namespace"]:
            case "deskshift":
                assert metric["Dimensions"] == [{"Name": "service", "Value": {"Ref": "AWS::StackName"}}]
                values = self._printed.values().get(metric["MetricName"], [0])
                return min(values) if metric.get("Statistic") == "Minimum" else sum(values)
            case "AWS/SQS" if metric["MetricName"] == "ApproximateNumberOfMessagesVisible":
                (queue, _) = metric["Dimensions"][0]["Value"]["Fn::GetAtt"]
                return len(self.stack.queue_messages(queue)) - self._letters[queue]
            case "AWS/States":
                return self._ended()[_BADLY[metric["MetricName"]]]
            case _:
                return 0

    def _ended(self) -> Counter[str]:
        new = set(self.stack.executions("ChannelMoveMachine")) - self._executions
        return Counter(str(self.stack.execution(arn)["status"]) for arn in new)

    def _queues(self) -> list[str]:
        return [name for name in resources("AWS::SQS::Queue") if name.endswith("DeadLetterQueue")]
