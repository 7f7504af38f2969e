"""Alarms and dashboard look at metrics that there are, and every alarm says where to read on."""

import json
import re
from typing import Any

import pytest

from deskshift.app.metrics import Metric
from tests.unit.infra.declared import RESOURCES, ROOT, resources

ALARMS = resources("AWS::CloudWatch::Alarm")
ANCHORS = {
    "paused-move",
    "stalled-move",
    "dead-letters",
    "old-messages",
    "vendor-throttles",
    "vendor-errors",
    "function-throttles",
    "copy-drifted",
    "grants-not-watched",
    "authorizations-put-off",
    "reminders-put-off",
}
OF_AWS: dict[str, tuple[set[str], set[tuple[str, ...]]]] = {
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    "AWS/SQS": ({"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"}, {("QueueName",)}),
    # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
    "AWS/States": (
        {
            "ExecutionsStarted",
            "ExecutionsSucceeded",
            "ExecutionsFailed",
            "ExecutionsTimedOut",
            "ExecutionsAborted",
            "ExecutionThrottled",
        },
        {("StateMachineArn",)},
    ),
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    "AWS/Lambda": ({"Errors", "Duration", "Throttles", "ConcurrentExecutions"}, {("FunctionName",), ()}),
}
STACK = ({"Ref": "AWS::StackName"}, "${AWS::StackName}")
"""Stacks of one AWS account do not share metrics: in an alarm, and in the dashboard's text."""
OURS = {metric.value for metric in Metric}
KINDS = {
    "QueueName": "AWS::SQS::Queue",
    "StateMachineArn": "AWS::Serverless::StateMachine",
    "FunctionName": "AWS::Serverless::Function",
}

Watched = tuple[str, str, dict[str, Any]]


def exists(namespace: str, name: str, dimensions: dict[str, Any]) -> bool:
    if namespace == "deskshift":
        return name in OURS and dimensions.keys() == {"service"} and dimensions["service"] in STACK
    names, shapes = OF_AWS[namespace]
    known = all(RESOURCES[_resource(value)]["Type"] == KINDS[key] for key, value in dimensions.items())
    return name in names and tuple(dimensions) in shapes and known


def _resource(value: Any) -> str:  # noqa: ANN401 - an intrinsic function or a text
    """Give the logical id that a dimension's value names, in an alarm or in the dashboard's text."""
    if isinstance(value, dict):
        (named,) = value.values()
        return str(named[0] if isinstance(named, list) else named)
    return str(value).removeprefix("${").removesuffix("}").partition(".")[0]


def of_alarm(alarm: dict[str, Any]) -> list[Watched]:
    metrics = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", []) if "MetricStat" in one] or [alarm]
    return [
        (one["Namespace"], one["MetricName"], {each["Name"]: each["Value"] for each in one.get("Dimensions", [])})
        for one in metrics
    ]


def widgets() -> list[dict[str, Any]]:
    dashboard = resources("AWS::CloudWatch::Dashboard")["Dashboard"]
    body = json.loads(dashboard["DashboardBody"]["Fn::Sub"])
    return list(body["widgets"])


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_looks_at_metrics_that_there_are(name: str) -> None:
    watched = of_alarm(ALARMS[name])
    assert [one for one in watched if not exists(*one)] == []


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_names_its_section_of_the_runbook_and_tells_the_topic(name: str) -> None:
    alarm = ALARMS[name]
    (anchor,) = re.findall(r"docs/runbook\.md#([a-z-]+)", alarm["AlarmDescription"])
    assert anchor in ANCHORS
    runbook = ROOT / "docs" / "runbook.md"
    if runbook.exists():
        text = runbook.read_text(encoding="utf-8")
        headings = {line.lstrip("# ").lower().replace(" ", "-") for line in text.splitlines() if line.startswith("#")}
        assert anchor in headings | set(re.findall(r'(?:id|name)="([a-z-]+)"', text))
    assert alarm["AlarmActions"] == {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
    assert alarm["TreatMissingData"] == "notBreaching"


@pytest.mark.parametrize("widget", widgets(), ids=lambda widget: widget["properties"]["title"])
def test_the_dashboard_shows_metrics_that_there_are(widget: dict[str, Any]) -> None:
    for shown in widget["properties"]["metrics"]:
        namespace, name, *rest = [part for part in shown if isinstance(part, str)]
        assert exists(namespace, name, dict(zip(rest[::2], rest[1::2], strict=True))), shown


def test_the_dashboard_shows_every_metric_of_ours_and_every_function() -> None:
    shown = [metric for widget in widgets() for metric in widget["properties"]["metrics"]]
    assert {metric[1] for metric in shown if metric[0] == "deskshift"} == OURS
    functions = {_resource(metric[3]) for metric in shown if metric[:2] == ["AWS/Lambda", "Errors"]}
    assert functions == set(resources("AWS::Serverless::Function"))


def test_widgets_do_not_cover_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for widget in widgets():
        across = range(widget["x"], widget["x"] + widget["width"])
        cells = {(x, y) for x in across for y in range(widget["y"], widget["y"] + widget["height"])}
        assert not taken & cells
        assert max(across) < 24
        taken |= cells


def test_what_is_alarmed() -> None:
    assert set(ALARMS) == {
        "MoveEndedBadlyAlarm",
        "CopyDriftedAlarm",
        "MovePausedAlarm",
        "MoveStalledAlarm",
        "BillingMergesDeadLettersAlarm",
        "BillingMergesOldestMessageAlarm",
        "ChannelMovesDeadLettersAlarm",
        "ChangesDeadLettersAlarm",
        "ChannelMovesOldestMessageAlarm",
        "ChangesOldestMessageAlarm",
        "TokenReissuesDeadLettersAlarm",
        "TokenReissuesOldestMessageAlarm",
        "GrantsNotWatchedAlarm",
        "AuthorizationsPutOffAlarm",
        "RemindersPutOffAlarm",
        "VendorThrottledAlarm",
        "VendorErrorsAlarm",
        "FunctionsThrottledAlarm",
    }


def test_a_metric_or_a_resource_that_there_is_not_would_be_seen() -> None:
    service = {"service": {"Ref": "AWS::StackName"}}
    assert exists("deskshift", "MovesPaused", service)
    assert not exists("deskshift", "MovePaused", service)
    assert not exists("deskshift", "MovesPaused", {})
    assert not exists("deskshift", "MovesPaused", {"service": "deskshift"})
    queue = {"QueueName": {"Fn::GetAtt": ["Bucket", "QueueName"]}}
    assert not exists("AWS/SQS", "ApproximateAgeOfOldestMessage", queue)
