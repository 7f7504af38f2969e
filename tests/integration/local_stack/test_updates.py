"""A stack is deployed again with changed code while it works, and deleted."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.stack import LocalStack
from infra.local.stack.errors import UpdateRefused

from .conftest import FIXTURES, SECONDS, fresh_name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(FIXTURES, tmp_path / "fixtures", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "fixtures"


@pytest.fixture
def copied(folder: Path) -> Iterator[LocalStack]:
    with LocalStack.deploy(folder / "template.yaml", stack_name=fresh_name(), visibility_seconds=0) as stack:
        yield stack


def rewrite(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_changed_code_counts_from_the_next_invocation_on(copied: LocalStack, folder: Path) -> None:
    echo = {"do": "echo", "value": 1}
    assert copied.update() == []
    assert copied.invoke("probe", echo) == 1
    physical = copied.physical_id("ProbeFunction")
    rewrite(folder / "functions/probe/app.py", 'lambda event: event["value"]', 'lambda event: {"new": event["value"]}')
    assert copied.invoke("probe", echo) == 1
    assert copied.update() == ["ProbeFunction"]
    assert copied.invoke("probe", echo) == {"new": 1}
    assert copied.physical_id("ProbeFunction") == physical


def test_an_execution_that_runs_keeps_its_definition(copied: LocalStack, folder: Path) -> None:
    before = copied.client("stepfunctions").describe_state_machine(stateMachineArn=copied.physical_id("Machine"))
    rewrite(folder / "machine.asl.json", '"StartAt"', '"Comment": "changed", "StartAt"')
    assert copied.update() == ["Machine"]
    after = copied.client("stepfunctions").describe_state_machine(stateMachineArn=copied.physical_id("Machine"))
    assert "changed" not in before["definition"]
    assert "changed" in after["definition"]


def test_what_a_local_update_does_not_carry_out_is_refused_and_changes_nothing(
    copied: LocalStack, folder: Path
) -> None:
    rewrite(folder / "functions/probe/app.py", 'lambda event: event["value"]', "lambda event: None")
    rewrite(folder / "template.yaml", "VisibilityTimeout: 180", "VisibilityTimeout: 181")
    with pytest.raises(UpdateRefused, match="MessagesQueue"):
        copied.update()
    assert copied.invoke("probe", {"do": "echo", "value": 1}) == 1


def test_a_deletion_retains_what_the_template_says(folder: Path) -> None:
    rewrite(folder / "template.yaml", "  RecordsTable:\n", "  RecordsTable:\n    DeletionPolicy: Retain\n")
    with LocalStack.deploy(folder / "template.yaml", stack_name=fresh_name(), visibility_seconds=0) as stack:
        table, queue = stack.physical_id("RecordsTable"), stack.physical_id("ChangesQueue")
        stack.invoke("probe", {"do": "put", "key": "kept"})
        stack.drain(SECONDS)
        assert stack.delete()["RecordsTable"] == table
        assert stack.client("dynamodb").scan(TableName=table)["Count"] == 1
        assert queue not in stack.client("sqs").list_queues().get("QueueUrls", [])
