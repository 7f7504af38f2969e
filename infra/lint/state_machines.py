"""Lints each state machine of infra/template.yaml as an inline definition.

cfn-lint does not read a machine's file behind `DefinitionUri`. This writes, for each machine, a template with the same
definition inline, its substitutions filled with what each stands for, and runs cfn-lint on that (rule E3601 holds the
definition against the schema of the Amazon States Language).

Run as `python -m infra.lint.state_machines [TEMPLATE]`; exits with 0 if all are clean, 1 if not.
"""

import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cfnlint.api  # type: ignore[import-untyped]  # cfn-lint ships no types
from cfnlint.config import ManualArgs  # type: ignore[import-untyped]  # as above
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]  # as above

TEMPLATE = Path(__file__).parents[1] / "template.yaml"
REGION = "us-east-1"
SUBSTITUTION = re.compile(r"\$\{([A-Za-z0-9_]+)\}")


class StateMachineDefinitionError(Exception):
    """A machine's file and its place in the template do not fit together."""

    code = "state_machine_definition"

    def __init__(self, machine: str, problem: str, what_to_do: str) -> None:
        super().__init__(f"{machine}: {problem}. {what_to_do}")
        self.machine = machine


@dataclass(frozen=True)
class StateMachine:
    """A machine as the template declares it: its logical id, the text of its file, its substitutions' values."""

    logical_id: str
    text: str
    substitutions: Mapping[str, object]

    def definition(self) -> dict[str, Any]:
        """Return the definition with its substitutions filled, as CloudFormation would hand it to Step Functions.

        Raises:
            StateMachineDefinitionError: a substitution is used and not declared, or declared and not used, or the text
                is not JSON.
        """
        used = set(SUBSTITUTION.findall(self.text))
        declared = set(self.substitutions)
        if used != declared:
            raise StateMachineDefinitionError(
                self.logical_id,
                f"substitutions used only in the file: {sorted(used - declared)}, "
                f"declared only in the template: {sorted(declared - used)}",
                "Declare each one that is used under DefinitionSubstitutions, and no other.",
            )
        filled = SUBSTITUTION.sub(lambda match: sample_value(self.substitutions[match[1]]), self.text)
        try:
            definition = json.loads(filled)
        except json.JSONDecodeError as error:
            raise StateMachineDefinitionError(self.logical_id, f"not JSON: {error}", "Mend the file.") from error
        if not isinstance(definition, dict):
            raise StateMachineDefinitionError(self.logical_id, "not a JSON object", "Mend the file.")
        return definition


def sample_value(value: object) -> str:
    """Return text of the kind that `value`, a parameter's reference or an attribute, has when deployed."""
    if isinstance(value, dict) and "Fn::GetAtt" in value:
        logical_id = value["Fn::GetAtt"][0]
        return f"arn:aws:lambda:{REGION}:123456789012:function:{logical_id}"
    if isinstance(value, dict) and value.get("Ref", "").endswith("Concurrency"):
        return "4"
    if isinstance(value, dict):
        return str(value.get("Ref", "sample")).lower()
    return str(value)


def state_machines(template: Path) -> Iterator[StateMachine]:
    """Yield the machines that `template` declares with a `DefinitionUri`."""
    content = yaml_parse(template.read_text(encoding="utf-8"))
    for logical_id, resource in content["Resources"].items():
        if resource["Type"] == "AWS::Serverless::StateMachine":
            properties = resource["Properties"]
            yield StateMachine(
                logical_id=logical_id,
                text=(template.parent / properties["DefinitionUri"]).read_text(encoding="utf-8"),
                substitutions=properties.get("DefinitionSubstitutions", {}),
            )


def lint(machine: StateMachine) -> list[str]:
    """Return what cfn-lint finds wrong with the machine, one line for each finding; empty if it is clean."""
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {
            machine.logical_id: {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "RoleArn": "arn:aws:iam::123456789012:role/linted",
                    "Definition": machine.definition(),
                },
            }
        },
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"{machine.logical_id}.json")
        file.write_text(json.dumps(template), encoding="utf-8")
        matches = cfnlint.api.lint_file(file, config=ManualArgs(regions=[REGION]))
    return [f"{machine.logical_id}: {match.rule.id} at {match.path}: {match.message}" for match in matches]


def main(arguments: list[str]) -> int:
    """Lint the machines of the template named in `arguments`, or of infra/template.yaml; return the exit code."""
    template = Path(arguments[0]) if arguments else TEMPLATE
    machines = list(state_machines(template))
    findings = [finding for machine in machines for finding in lint(machine)]
    for finding in findings:
        sys.stdout.write(f"{finding}\n")
    sys.stdout.write(f"{len(machines)} state machine(s) linted inline, {len(findings)} finding(s)\n")
    return 1 if findings or not machines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
