import sys

import pytest

from deskshift.connectors.pace import REISSUE_WORKERS
from tests.unit.infra.declared import FUNCTIONS, GLOBALS, QUEUES, RESOURCES, ROOT, TEMPLATE, resources

LOG_GROUPS = resources("AWS::Logs::LogGroup")
RUNTIME = f"python{sys.version_info.major}.{sys.version_info.minor}"


def test_the_runtime_is_the_one_that_runs_these_tests() -> None:
    if GLOBALS["Runtime"] != RUNTIME:
        pytest.skip(f"the template says {GLOBALS['Runtime']}, these tests run on {RUNTIME}: not the proof that deploys")
    layers = resources("AWS::Serverless::LayerVersion").values()
    assert [layer["CompatibleRuntimes"] for layer in layers] == [[RUNTIME], [RUNTIME]]


def test_what_all_functions_share() -> None:
    assert GLOBALS["Architectures"] == ["arm64"]
    assert GLOBALS["Handler"] == "app.handler"
    assert GLOBALS["Tracing"] == "Active"
    assert GLOBALS["Layers"] == [{"Ref": "DeskshiftLayer"}, {"Ref": "DependenciesLayer"}]
    own = {key for function in FUNCTIONS.values() for key in function}
    assert own.isdisjoint({"Architectures", "Handler", "Tracing", "Layers", "Runtime"})


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_functions_code_is_in_the_folder_of_its_name(name: str) -> None:
    folder = (ROOT / "infra" / FUNCTIONS[name]["CodeUri"]).resolve()
    assert folder.parent == ROOT / "functions"
    assert name == "".join(word.title() for word in folder.name.split("_")) + "Function"
    assert (folder / "app.py").is_file()


def test_every_folder_of_functions_is_in_the_template() -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    assert folders <= {function["CodeUri"].removeprefix("../functions/") for function in FUNCTIONS.values()}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_logs_into_its_own_group(name: str) -> None:
    group = FUNCTIONS[name]["LoggingConfig"]["LogGroup"]["Ref"]
    assert group == name.removesuffix("Function") + "LogGroup"
    assert group in LOG_GROUPS


@pytest.mark.parametrize("name", LOG_GROUPS)
def test_logs_are_not_kept_for_ever(name: str) -> None:
    assert LOG_GROUPS[name]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


@pytest.mark.parametrize(
    ("function", "queue", "batch"),
    [
        ("MoveChannelFunction", "ChannelMovesQueue", 1),
        ("CaptureChangesFunction", "ChangesQueue", 25),
        ("ReissueTokensFunction", "TokenReissuesQueue", 1),
    ],
)
def test_a_message_stays_hidden_for_six_times_as_long_as_its_function_may_take(
    function: str, queue: str, batch: int
) -> None:
    (source,) = FUNCTIONS[function]["Events"].values()
    assert source["Type"] == "SQS"
    assert source["Properties"]["Queue"] == {"Fn::GetAtt": [queue, "Arn"]}
    assert source["Properties"]["BatchSize"] == batch
    assert QUEUES[queue]["VisibilityTimeout"] == 6 * FUNCTIONS[function]["Timeout"]


def test_a_batch_of_changes_may_fail_in_part_and_takes_a_bounded_share_of_the_vendor() -> None:
    source = FUNCTIONS["CaptureChangesFunction"]["Events"]["Changes"]["Properties"]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["ScalingConfig"]["MaximumConcurrency"] >= 2


def test_those_who_reissue_tokens_take_a_bounded_share_of_the_issuer() -> None:
    source = FUNCTIONS["ReissueTokensFunction"]["Events"]["TokenReissues"]["Properties"]
    assert source["ScalingConfig"]["MaximumConcurrency"] + 2 == REISSUE_WORKERS


def test_routes() -> None:
    routes = {
        (event["Properties"]["Method"], event["Properties"]["Path"]): (name, event["Properties"].get("Auth"))
        for name, function in FUNCTIONS.items()
        for event in function.get("Events", {}).values()
        if event["Type"] == "HttpApi"
    }
    iam = {"Authorizer": "AWS_IAM"}
    assert routes == {
        ("POST", "/webhooks/{webhook_path}"): ("ReceiveWebhookFunction", None),
        ("GET", "/accounts/{account_id}/moves/{move_id}"): ("ShowMoveFunction", iam),
        ("GET", "/accounts/{account_id}/ids/{id}"): ("ResolveIdFunction", iam),
        # An agent is known by their link's key or the issuer, an integration by its own authentication.
        ("GET", "/oauth/{account_id}/invitations/{reissue_id}"): ("AuthorizeStartFunction", None),
        ("HEAD", "/oauth/{account_id}/invitations/{reissue_id}"): ("AuthorizeStartFunction", None),
        ("POST", "/oauth/{account_id}/invitations/{reissue_id}"): ("AuthorizeStartFunction", None),
        ("GET", "/oauth/{account_id}/callback"): ("AuthorizeCallbackFunction", None),
        ("GET", "/oauth/{account_id}/tokens"): ("CollectTokenFunction", None),
        ("POST", "/oauth/{account_id}/tokens"): ("CollectTokenFunction", None),
    }


def test_the_api_is_throttled_and_its_log_does_not_tell_a_webhooks_path() -> None:
    api = RESOURCES["HttpApi"]["Properties"]
    assert api["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0
    assert api["DefaultRouteSettings"]["ThrottlingBurstLimit"] > 0
    assert "$context.path" not in api["AccessLogSettings"]["Format"]


def test_moves_that_died_are_looked_for_by_the_clock_and_on_each_end() -> None:
    events = FUNCTIONS["WatchMovesFunction"]["Events"]
    assert events["EveryFiveMinutes"]["Properties"]["Schedule"] == "rate(5 minutes)"
    assert events["ExecutionEnded"]["Properties"]["Pattern"] == {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {
            "status": ["FAILED", "TIMED_OUT", "ABORTED"],
            "stateMachineArn": [{"Ref": "ChannelMoveMachine"}],
        },
    }


@pytest.mark.parametrize(
    ("function", "rate"),
    [
        ("WatchGrantsFunction", "rate(5 minutes)"),
        ("RemindPendingFunction", "rate(1 hour)"),
        ("RetireTokensFunction", "rate(1 hour)"),
    ],
)
def test_open_reissues_are_looked_at_by_the_clock(function: str, rate: str) -> None:
    (event,) = FUNCTIONS[function]["Events"].values()
    assert (event["Type"], event["Properties"]["Schedule"]) == ("Schedule", rate)


def test_an_alarm_watches_executions_that_end_badly() -> None:
    (alarm,) = [alarm for alarm in resources("AWS::CloudWatch::Alarm").values() if "Metrics" in alarm]
    metrics = [entry["MetricStat"]["Metric"] for entry in alarm["Metrics"] if "MetricStat" in entry]
    assert {metric["MetricName"] for metric in metrics} == {
        "ExecutionsFailed",
        "ExecutionsTimedOut",
        "ExecutionsAborted",
    }
    assert {str(metric["Dimensions"][0]["Value"]) for metric in metrics} == {str({"Ref": "ChannelMoveMachine"})}


def test_the_outputs_name_what_the_command_line_needs() -> None:
    outputs = {name: output["Value"] for name, output in TEMPLATE["Outputs"].items()}
    assert outputs["ChannelMovesQueueUrl"] == {"Ref": "ChannelMovesQueue"}
    assert outputs["ChannelMoveMachineArn"] == {"Ref": "ChannelMoveMachine"}
    assert outputs["TokenReissuesQueueUrl"] == {"Ref": "TokenReissuesQueue"}
    moves = ["ShowMove", "ResumeMove", "CancelMove", "RetryConversations", "ResolveId"]
    for function in [*moves, "ShowTokens", "OperateTokens"]:
        assert outputs[f"{function}FunctionName"] == {"Ref": f"{function}Function"}
