import io
import json
import sys
import threading

import pytest
from botocore.exceptions import ClientError

from infra.local.stack import LocalStack
from infra.local.stack.errors import FunctionFailed, PayloadTooLarge

from .conftest import FIXTURES, SECONDS, fresh_name


def test_a_function_answers(fixture_stack: LocalStack) -> None:
    assert fixture_stack.invoke("probe", {"do": "echo", "value": {"ä": [1, None]}}) == {"ä": [1, None]}
    assert fixture_stack.invoke("ProbeFunction", {"do": "decimal"}) == {"amount": 1.5}


def test_the_context_tells_who_and_how_long(fixture_stack: LocalStack) -> None:
    context = fixture_stack.invoke("probe", {"do": "context"})
    assert context["function_name"] == fixture_stack.physical_id("ProbeFunction")
    assert context["arn"] == fixture_stack.arn("ProbeFunction")
    assert context["memory"] == 256
    assert 0 < context["remaining"] <= 30_000
    assert context["request_id"] != fixture_stack.invoke("probe", {"do": "context"})["request_id"]


def test_a_test_says_how_much_time_is_left(fixture_stack: LocalStack) -> None:
    times = iter([3.0, 2.0])
    with fixture_stack.time_left("probe", lambda: next(times)):
        assert fixture_stack.invoke("probe", {"do": "context"})["remaining"] == 3000
        assert fixture_stack.invoke("probe", {"do": "context"})["remaining"] == 2000
    with fixture_stack.time_left("probe", -1):
        assert fixture_stack.invoke("probe", {"do": "context"})["remaining"] == 0
    assert fixture_stack.invoke("probe", {"do": "context"})["remaining"] > 3000


def test_layers_and_environment_are_there(fixture_stack: LocalStack) -> None:
    assert fixture_stack.invoke("probe", {"do": "layer"}) == "from the layer"
    assert fixture_stack.invoke("probe", {"do": "environment", "name": "SHARED"}) == "one"


def test_an_error_is_told_by_class_and_message_only(fixture_stack: LocalStack) -> None:
    fixture_stack.invoke("probe", {"do": "clear"})
    with pytest.raises(FunctionFailed) as failed:
        fixture_stack.invoke("probe", {"do": "fail", "times": 1})
    assert (failed.value.function, failed.value.error_type, failed.value.error_message) == (
        "probe",
        "VendorUnavailable",
        "busy",
    )
    assert "app.py" not in str(failed.value)


@pytest.mark.parametrize(
    ("event", "error_type"),
    [
        ({"do": "unserializable"}, "Runtime.MarshalError"),
        ({"do": "surrogate"}, "Runtime.MarshalError"),
        ({"do": "leave"}, "Runtime.ExitError"),
        ({"do": "large", "size": 6 * 1024 * 1024}, "Function.ResponseSizeTooLarge"),
    ],
)
def test_what_the_runtime_refuses(fixture_stack: LocalStack, event: dict[str, object], error_type: str) -> None:
    with pytest.raises(FunctionFailed) as failed:
        fixture_stack.invoke("probe", event)
    assert failed.value.error_type == error_type


def test_boto3_invokes_the_real_handler(fixture_stack: LocalStack) -> None:
    client = fixture_stack.client("lambda")
    name = fixture_stack.physical_id("ProbeFunction")
    answer = client.invoke(FunctionName=name, Payload=json.dumps({"do": "echo", "value": 1}))
    assert (answer["StatusCode"], answer["Payload"].read()) == (200, b"1")
    assert "FunctionError" not in answer


def test_boto3_sees_an_error_as_lambda_tells_it(fixture_stack: LocalStack) -> None:
    fixture_stack.invoke("probe", {"do": "clear"})
    answer = fixture_stack.client("lambda").invoke(
        FunctionName=fixture_stack.arn("ProbeFunction"), Payload=json.dumps({"do": "fail", "times": 1})
    )
    body = json.loads(answer["Payload"].read())
    assert answer["FunctionError"] == "Unhandled"
    assert (body["errorType"], body["errorMessage"]) == ("VendorUnavailable", "busy")
    assert "in fail" in "".join(body["stackTrace"])


def test_an_unknown_function_is_told(fixture_stack: LocalStack) -> None:
    with pytest.raises(ClientError) as error:
        fixture_stack.client("lambda").invoke(FunctionName="nobody", Payload="{}")
    assert error.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_a_large_payload_is_refused(fixture_stack: LocalStack) -> None:
    event = {"do": "echo", "value": "x" * 6 * 1024 * 1024}
    with pytest.raises(PayloadTooLarge):
        fixture_stack.invoke("probe", event)
    with pytest.raises(ClientError) as error:
        fixture_stack.client("lambda").invoke(
            FunctionName=fixture_stack.physical_id("ProbeFunction"), Payload=json.dumps(event)
        )
    assert error.value.response["Error"]["Code"] == "RequestEntityTooLargeException"


def test_an_asynchronous_payload_has_256_kib(fixture_stack: LocalStack) -> None:
    client, name = fixture_stack.client("lambda"), fixture_stack.physical_id("WatchFunction")
    small = client.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps({"source": "asynchronous"}))
    assert small["StatusCode"] == 202
    fixture_stack.drain(SECONDS)
    assert {"source": "asynchronous"} in fixture_stack.invoke("watch", {"list": True})
    with pytest.raises(ClientError):
        client.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps("x" * 256 * 1024))


def test_invocations_run_in_parallel(fixture_stack: LocalStack) -> None:
    answers: list[object] = []
    waiting = threading.Thread(target=lambda: answers.append(fixture_stack.invoke("probe", {"do": "wait"})))
    waiting.start()
    fixture_stack.invoke(
        "probe", {"do": "open"}
    )  # would wait for ever behind the first if there were only one at a time
    waiting.join(SECONDS)
    assert answers == ["opened"]


def test_what_a_function_prints_is_kept_by_function(
    fixture_stack: LocalStack, capsys: pytest.CaptureFixture[str]
) -> None:
    with LocalStack.deploy(FIXTURES / "template.yaml", stack_name=fresh_name()) as stack:
        stack.invoke("probe", {"do": "print", "text": "a line of the log"})
        print("the test's own")  # noqa: T201 - what is tested
        assert stack.logs("probe") == "a line of the log\n"
        assert stack.logs("watch") == ""
    assert capsys.readouterr().out == "the test's own\n"


def test_invocations_are_counted() -> None:
    with LocalStack.deploy(FIXTURES / "template.yaml", stack_name=fresh_name()) as stack:
        stack.invoke("probe", {"do": "calls"})
        stack.invoke("probe", {"do": "calls"})
        assert stack.invocations == {"probe": 2}


def test_what_functions_print_is_kept_after_stdout_was_replaced(
    fixture_stack: LocalStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    replacement = io.StringIO()
    monkeypatch.setattr(sys, "stdout", replacement)
    fixture_stack.invoke("probe", {"do": "print", "text": "not for the terminal"})
    print("for the terminal")  # noqa: T201 - what is tested
    assert "not for the terminal" in fixture_stack.logs("probe")
    assert replacement.getvalue() == "for the terminal\n"
