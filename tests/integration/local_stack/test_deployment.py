import os
import re
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest

from infra.local.stack import LocalStack
from infra.local.stack.errors import TemplateError, UnknownName

from .conftest import FIXTURES, SECONDS, fresh_name

TEMPLATE = FIXTURES / "template.yaml"
Edit = Callable[[str, str], Path]


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    def edit(old: str, new: str) -> Path:
        text = TEMPLATE.read_text(encoding="utf-8")
        assert old in text
        for name in ("functions", "machine.asl.json", "layer"):
            (tmp_path / name).symlink_to(FIXTURES / name)
        (tmp_path / "template.yaml").write_text(text.replace(old, new), encoding="utf-8")
        return tmp_path / "template.yaml"

    return edit


def test_references_are_resolved(fixture_stack: LocalStack) -> None:
    assert fixture_stack.environment["RECORDS_TABLE"] == fixture_stack.physical_id("RecordsTable")
    assert fixture_stack.environment["PROBE_ONLY"] == "yes"
    assert fixture_stack.outputs["QueueUrl"].endswith(f"/{fixture_stack.name}-messages.fifo")
    assert re.fullmatch(
        rf"arn:aws:states:eu-central-1:\d{{12}}:stateMachine:{fixture_stack.name}-Machine-\w+",
        fixture_stack.arn("Machine"),
    )


def test_function_names_are_folders(fixture_stack: LocalStack) -> None:
    assert fixture_stack.function_names == ["answer", "begin", "probe", "record_changes", "record_messages", "watch"]


def test_a_secret_is_created_where_secrets_are_read(fixture_stack: LocalStack) -> None:
    arn = fixture_stack.outputs["SecretArn"]
    client = fixture_stack.client("secretsmanager")
    assert client.get_secret_value(SecretId=arn)["SecretString"] == "canary"
    assert client.get_secret_value(SecretId=f"{fixture_stack.name}/connections/one/api")["ARN"] == arn


def test_a_parameter_replaces_its_default() -> None:
    with LocalStack.deploy(TEMPLATE, {"ImportConcurrency": "7"}, stack_name=fresh_name()) as stack:
        client = stack.client("stepfunctions")
        definition = client.describe_state_machine(stateMachineArn=stack.physical_id("Machine"))["definition"]
    assert '"MaxConcurrency": 7' in definition


def test_the_environment_is_isolated_and_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a real one")
    before = dict(os.environ)
    with LocalStack.deploy(TEMPLATE, stack_name=fresh_name()):
        assert "AWS_PROFILE" not in os.environ
        assert "AWS_SESSION_TOKEN" not in os.environ
        assert boto3.Session().get_credentials().get_frozen_credentials().access_key != "a real one"  # type: ignore[union-attr] # there are fake ones
        assert os.environ["SHARED"] == "one"
    assert dict(os.environ) == before


def test_one_stack_after_another_starts_empty() -> None:
    for _ in range(2):
        with LocalStack.deploy(TEMPLATE, stack_name=fresh_name()) as stack:
            assert stack.client("s3").list_objects_v2(Bucket=stack.physical_id("Bucket"))["KeyCount"] == 0
            assert stack.invoke("probe", {"do": "calls"}) == []
            stack.client("s3").put_object(Bucket=stack.physical_id("Bucket"), Key="a", Body=b"")
            stack.invoke("probe", {"do": "refuse"})


def test_a_name_with_two_values_is_refused(edited: Edit) -> None:
    template = edited('{PROBE_ONLY: "yes"}', '{SHARED: "two"}')
    with pytest.raises(TemplateError, match="SHARED"):
        LocalStack.deploy(template, stack_name=fresh_name())


def test_missing_code_is_refused(edited: Edit) -> None:
    with pytest.raises(TemplateError, match=r"WatchFunction.*functions/nowhere"):
        LocalStack.deploy(edited("functions/watch", "functions/nowhere"), stack_name=fresh_name())


def test_a_missing_handler_is_refused(edited: Edit) -> None:
    template = edited("CodeUri: functions/watch", "CodeUri: functions/watch\n      Handler: app.main")
    with pytest.raises(TemplateError, match=r"app\.main"):
        LocalStack.deploy(template, stack_name=fresh_name())


def test_an_unknown_type_is_refused(edited: Edit) -> None:
    template = edited("AWS::CloudWatch::Alarm", "AWS::QuantumLedger::Thing")
    with pytest.raises(TemplateError, match="AWS::QuantumLedger::Thing"):
        LocalStack.deploy(template, stack_name=fresh_name())


def test_a_missing_substitution_is_refused(edited: Edit) -> None:
    with pytest.raises(TemplateError, match=r"Machine.*BucketName"):
        LocalStack.deploy(edited("        BucketName: !Ref Bucket\n", ""), stack_name=fresh_name())


def test_a_refused_stack_leaves_nothing_behind(edited: Edit) -> None:
    before = dict(os.environ)
    with pytest.raises(TemplateError):
        LocalStack.deploy(edited("AWS::CloudWatch::Alarm", "AWS::QuantumLedger::Thing"), stack_name=fresh_name())
    assert dict(os.environ) == before


def test_unknown_names_are_told_with_what_there_is(fixture_stack: LocalStack) -> None:
    with pytest.raises(UnknownName, match="probe"):
        fixture_stack.invoke("prob", {})
    with pytest.raises(UnknownName, match="Machine"):
        fixture_stack.physical_id("Machin")


def test_another_stack_may_be_open_meanwhile(fixture_stack: LocalStack) -> None:
    given = {"answer": "at once", "manifest_key": "moves/none", "number": 1}
    with LocalStack.deploy(TEMPLATE, stack_name=fresh_name()) as other:
        assert other.wait_for(other.start_execution("Machine", given), SECONDS)["status"] == "FAILED"
        other.drain(SECONDS)
        assert other.invocations == {"begin": 1, "watch": 1}
    assert fixture_stack.wait_for(fixture_stack.start_execution("Machine", given), SECONDS)["status"] == "FAILED"
    fixture_stack.drain(SECONDS)
    assert fixture_stack.environment["RECORDS_TABLE"] == os.environ["RECORDS_TABLE"]
