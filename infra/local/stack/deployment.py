"""Deploys a translated template on moto and reads back what the stack's parts need to know."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
from moto.awslambda_simple.models import LambdaSimpleBackend, lambda_simple_backends
from moto.cloudformation.models import Stack, cloudformation_backends
from moto.cloudformation.parsing import clean_json
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.sqs.models import Queue, sqs_backends

from infra.local.stack.errors import DeploymentFailed, UnknownName, UpdateRefused
from infra.local.stack.functions import Function, Functions
from infra.local.stack.moto_gaps.cloudformation_types import PASSED_OVER
from infra.local.stack.policies import RolePolicies, role_policies
from infra.local.stack.polling import EventSource
from infra.local.stack.translate import PACKAGE_BUCKET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.stack.translate import TranslatedTemplate

LAMBDA_DEFAULT_TIMEOUT_SECONDS = 3
LAMBDA_DEFAULT_MEMORY_MB = 128
UPDATED = {"AWS::Lambda::Function": ("Code",), "AWS::StepFunctions::StateMachine": ("DefinitionString",)}
"""What a local update carries out besides what nothing local needs: resource type -> properties that may differ."""


class Deployment:
    """A stack on moto: logical ids and what they became."""

    def __init__(self, translated: TranslatedTemplate, parameters: Mapping[str, str], name: str, region: str) -> None:
        """Create the stack.

        Raises:
            DeploymentFailed: moto's CloudFormation refuses the template.
            TemplateError: a resource cannot be made locally.
        """
        self.translated = translated
        self.region = region
        self._parameters = tuple(parameters)
        boto3.client("cloudformation", region_name=region).create_stack(
            StackName=name,
            TemplateBody=json.dumps(_named_code(translated)),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        )
        self._stack: Stack = next(
            stack for stack in cloudformation_backends[DEFAULT_ACCOUNT_ID][region].stacks.values() if stack.name == name
        )
        if self._stack.status != "CREATE_COMPLETE":
            raise DeploymentFailed(f"{self._stack.status}: {self._stack.events[-1].resource_status_reason}")

    def update(self, translated: TranslatedTemplate) -> list[str]:
        """Deploy a changed template and changed code; gives the logical ids that changed.

        Raises:
            UpdateRefused: something changed that a local update does not carry out.
        """
        old, new = _named_code(self.translated)["Resources"], _named_code(translated)["Resources"]
        changed = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
        refused = [name for name in changed if not _updates(old.get(name), new.get(name))]
        if refused:
            raise UpdateRefused(refused)
        if changed:
            boto3.client("cloudformation", region_name=self.region).update_stack(
                StackName=self._stack.name,
                TemplateBody=json.dumps(_named_code(translated)),
                Parameters=[{"ParameterKey": key, "UsePreviousValue": True} for key in self._parameters],
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
            )
        self.translated = translated
        return changed

    def delete(self) -> dict[str, str]:
        """Delete the stack; gives logical id -> physical id of what the template retains."""
        retained = {
            name: self.physical_id(name)
            for name, resource in self.translated.body["Resources"].items()
            if resource.get("DeletionPolicy") == "Retain"
        }
        boto3.client("cloudformation", region_name=self.region).delete_stack(StackName=self._stack.name)
        return retained

    def physical_id(self, logical_id: str) -> str:
        """What Ref gives for the resource: a name, a queue's URL, a machine's ARN.

        Raises:
            UnknownName: the template has no such resource.
        """
        return str(self._resource(logical_id).physical_resource_id)

    def arn(self, logical_id: str) -> str:
        """The resource's ARN.

        Raises:
            UnknownName: the template has no such resource.
        """
        return str(self._resource(logical_id).get_cfn_attribute("Arn"))

    def outputs(self) -> dict[str, str]:
        """The stack's outputs."""
        return {output["OutputKey"]: str(output["OutputValue"]) for output in self._stack.outputs or []}

    def properties(self, resource_type: str) -> dict[str, dict[str, Any]]:
        """Properties with every intrinsic function resolved, of the resources of one type by logical id."""
        found = self.translated.resources(resource_type)
        return {name: clean_json(properties, self._stack.resource_map) for name, properties in found.items()}

    def functions(self) -> Functions:
        """The stack's functions."""
        backend = self._lambda_backend()
        folders = self.translated.folders
        shared = {folder for folder in folders.values() if list(folders.values()).count(folder) > 1}
        functions = []
        for logical_id, folder in folders.items():
            deployed = backend.get_function(self.physical_id(logical_id))
            functions.append(
                Function(
                    name=logical_id if folder in shared else folder.name,
                    logical_id=logical_id,
                    physical_name=deployed.function_name,
                    arn=deployed.function_arn,
                    folder=folder,
                    handler=str(deployed.handler),
                    timeout_seconds=int(deployed.timeout or LAMBDA_DEFAULT_TIMEOUT_SECONDS),
                    memory_mb=int(deployed.memory_size or LAMBDA_DEFAULT_MEMORY_MB),
                    role=str(deployed.role).rsplit("/", 1)[-1],
                    environment={key: str(value) for key, value in (deployed.environment_vars or {}).items()},
                )
            )
        return Functions(functions)

    def event_sources(self, functions: Functions) -> list[EventSource]:
        """The queues that functions are fed from."""
        queues: dict[str, Queue] = {
            queue.queue_arn: queue for queue in sqs_backends[DEFAULT_ACCOUNT_ID][self.region].queues.values()
        }
        return [
            EventSource.from_properties(
                properties, functions.named(properties["FunctionName"]), queues[properties["EventSourceArn"]]
            )
            for properties in self.properties("AWS::Lambda::EventSourceMapping").values()
            if properties["EventSourceArn"] in queues
        ]

    def role_policies(self, roles: set[str]) -> dict[str, RolePolicies]:
        """Role name -> what its inline policies say.

        Raises:
            TemplateError: a policy uses what cannot be matched locally.
        """
        backend = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
        return {
            role: role_policies(role, [_document(policy) for policy in backend.get_role(role).policies.values()])
            for role in roles
        }

    def _lambda_backend(self) -> LambdaSimpleBackend:
        return lambda_simple_backends[DEFAULT_ACCOUNT_ID][self.region]

    def _resource(self, logical_id: str) -> Any:  # noqa: ANN401 - moto's models share no typed base for this
        if logical_id not in self.translated.body["Resources"]:
            raise UnknownName("resource", logical_id, list(self.translated.body["Resources"]))
        return self._stack.resource_map[logical_id]


def _updates(old: dict[str, Any] | None, new: dict[str, Any] | None) -> bool:
    """Whether a local update carries this resource's change out."""
    kind = (old or new or {}).get("Type")
    if kind in PASSED_OVER:
        return True
    if old is None or new is None or old["Type"] != new["Type"]:
        return False
    may = UPDATED.get(str(kind), ())

    def rest(resource: dict[str, Any]) -> dict[str, Any]:
        kept = {name: value for name, value in resource["Properties"].items() if name not in may}
        return {**resource, "Properties": kept}

    return rest(old) == rest(new)


def _document(written: str | dict[str, Any]) -> dict[str, Any]:
    """A policy document; moto keeps those of a role's own `Policies` as objects, others as text."""
    document: dict[str, Any] = json.loads(written) if isinstance(written, str) else written
    return document


def _named_code(translated: TranslatedTemplate) -> dict[str, Any]:
    """The template with code that moto accepts: only the code's name, for the handlers are loaded from their folders.

    The name is a digest of the files, so that CloudFormation sees changed code as it does in a package's S3 key.
    """
    deployed: dict[str, Any] = json.loads(json.dumps(translated.body))
    for logical_id, resource in deployed["Resources"].items():
        if (
            resource["Type"] == "AWS::Lambda::Function"
            and resource["Properties"]["Code"].get("S3Bucket") == PACKAGE_BUCKET
        ):
            digest = translated.digests[logical_id]
            resource["Properties"]["Code"] = {"ZipFile": f"# loaded from its folder, {digest}"}
    return deployed
