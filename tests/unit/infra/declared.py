"""What infra/template.yaml declares, read as SAM reads it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]  # the translator ships no types

ROOT = Path(__file__).parents[3]
TEMPLATE_FILE = ROOT / "infra" / "template.yaml"
TEMPLATE: dict[str, Any] = yaml_parse(TEMPLATE_FILE.read_text(encoding="utf-8"))
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]
GLOBALS: dict[str, Any] = TEMPLATE["Globals"]["Function"]


def resources(resource_type: str) -> dict[str, dict[str, Any]]:
    """Return logical id -> properties of the resources of one type."""
    return {name: each.get("Properties", {}) for name, each in RESOURCES.items() if each["Type"] == resource_type}


FUNCTIONS = resources("AWS::Serverless::Function")
MACHINES = resources("AWS::Serverless::StateMachine")
QUEUES = resources("AWS::SQS::Queue")
TABLES = resources("AWS::DynamoDB::Table")


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every statement that allows something: (logical id of the resource that declares it, statement)."""
    for name, properties in {**FUNCTIONS, **MACHINES}.items():
        for policy in properties.get("Policies", []):
            yield from ((name, statement) for statement in policy["Statement"])
    for name, properties in resources("AWS::IAM::Policy").items():
        yield from ((name, statement) for statement in properties["PolicyDocument"]["Statement"])


def as_list(value: object) -> list[Any]:
    """Return `value` as the list that CloudFormation takes it for."""
    return value if isinstance(value, list) else [value]
