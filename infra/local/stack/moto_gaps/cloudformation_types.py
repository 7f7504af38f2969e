"""AWS creates every resource of a template; moto passes over many types and makes machines that do nothing.

- `AWS::StepFunctions::StateMachine`: moto creates it in the backend that never executes, from a definition whose
  substitutions are not made. Here it is created where `execute_state_machine` looks for it.
- `AWS::SecretsManager::Secret`: moto has no model. Here it is created in its secrets backend.
- `PASSED_OVER`: nothing local needs them, but others refer to them, so they get a name. Any other type that moto does
  not know is an error, not a warning: somebody has to decide.
"""

from __future__ import annotations

import contextlib
import json
import re
from typing import TYPE_CHECKING, Any, ClassVar
from unittest.mock import patch

import boto3
from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from infra.local.stack.errors import TemplateError
from infra.local.stack.moto_gaps.states_definition import accepted_by_moto

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_secretsmanager import SecretsManagerClient

PASSED_OVER = {
    "AWS::ApiGatewayV2::Api",  # served by http_api.py
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::LayerVersion",  # loading.py puts the layer's folder on sys.path
    "AWS::Logs::MetricFilter",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SecretsManager::ResourcePolicy",
    "AWS::SecretsManager::RotationSchedule",
    "AWS::XRay::Group",
    "AWS::XRay::SamplingRule",
}


class _LocalModel(CloudFormationModel):
    """Root of the models below: moto lists only direct subclasses, so its own map stays as it is."""

    name_property: ClassVar[str] = ""

    def __init__(self, identifier: str, attributes: dict[str, str]) -> None:
        self.identifier = identifier
        self.attributes = attributes

    @property
    def physical_resource_id(self) -> str:
        return self.identifier

    @staticmethod
    def cloudformation_type() -> str:
        return "Local::Model"

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:  # noqa: ARG003 - CloudFormation has checked the template's attributes already
        return True

    def get_cfn_attribute(self, attribute_name: str) -> str:
        return self.attributes.get(attribute_name, self.identifier)


class _PassedOver(_LocalModel):
    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: Any,  # noqa: ANN401 - moto's signature
        account_id: str,
        region_name: str,
        **kwargs: Any,  # noqa: ANN401 - moto's signature
    ) -> _PassedOver:
        del cloudformation_json, account_id, region_name, kwargs
        return cls(resource_name, {})

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: _PassedOver,
        *_: object,
        **__: object,
    ) -> _PassedOver:
        """Stay as it is."""
        return original_resource

    def delete(self, account_id: str, region: str) -> None:
        """Nothing is there."""


class _StateMachine(_LocalModel):
    name_property = "StateMachineName"

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: Any,  # noqa: ANN401 - moto's signature
        account_id: str,
        region_name: str,
        **kwargs: Any,  # noqa: ANN401 - moto's signature
    ) -> _StateMachine:
        properties = cloudformation_json["Properties"]
        definition = substituted(
            properties["DefinitionString"], properties.get("DefinitionSubstitutions", {}), kwargs["LogicalId"]
        )
        machine = stepfunctions_parser_backends[account_id][region_name].create_state_machine(
            name=resource_name[-80:],
            definition=accepted_by_moto(definition),
            roleArn=properties["RoleArn"],
            sm_type=properties.get("StateMachineType", "STANDARD"),
        )
        return cls(machine.arn, {"Arn": machine.arn, "Name": machine.name})

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: _StateMachine,
        new_resource_name: str,
        cloudformation_json: Any,  # noqa: ANN401 - moto's signature
        account_id: str,
        region_name: str,
    ) -> _StateMachine:
        """Change the definition; executions that run go on with the one that they started with."""
        properties = cloudformation_json["Properties"]
        definition = substituted(
            properties["DefinitionString"], properties.get("DefinitionSubstitutions", {}), new_resource_name
        )
        backend = stepfunctions_parser_backends[account_id][region_name]
        backend.update_state_machine(original_resource.identifier, definition=accepted_by_moto(definition))
        return original_resource

    def delete(self, account_id: str, region: str) -> None:
        """Delete the machine."""
        stepfunctions_parser_backends[account_id][region].delete_state_machine(self.identifier)


class _Secret(_LocalModel):
    name_property = "Name"

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: Any,  # noqa: ANN401 - moto's signature
        account_id: str,
        region_name: str,
        **kwargs: Any,  # noqa: ANN401 - moto's signature
    ) -> _Secret:
        del account_id, kwargs
        client = boto3.client("secretsmanager", region_name=region_name)
        properties = cloudformation_json["Properties"]
        value = properties.get("SecretString") or _generated(client, properties.get("GenerateSecretString", {}))
        arn = client.create_secret(Name=resource_name, SecretString=value)["ARN"]
        return cls(arn, {"Id": arn})


def _generated(client: SecretsManagerClient, rule: dict[str, Any]) -> str:
    password = client.get_random_password(
        PasswordLength=int(rule.get("PasswordLength", 32)),
        ExcludePunctuation=bool(rule.get("ExcludePunctuation", False)),
    )["RandomPassword"]
    if "GenerateStringKey" not in rule:
        return password
    return json.dumps({**json.loads(rule["SecretStringTemplate"]), rule["GenerateStringKey"]: password})


# Moto's models leave out what CloudFormation does not ask of them (update, delete), which makes them abstract to mypy.
MODELS: dict[str, Any] = {
    "AWS::StepFunctions::StateMachine": _StateMachine,
    "AWS::SecretsManager::Secret": _Secret,
    **dict.fromkeys(PASSED_OVER, _PassedOver),
}


def substituted(definition: str, substitutions: dict[str, Any], logical_id: str) -> str:
    """The definition with each `${name}` replaced, textually as CloudFormation does.

    Raises:
        TemplateError: a `${name}` is left that DefinitionSubstitutions does not give.
    """
    for name, value in substitutions.items():
        definition = definition.replace("${" + name + "}", str(value))
    left = re.findall(r"\$\{(\w+)\}", definition)
    if left:
        raise TemplateError(logical_id, f"no substitution for {sorted(set(left))}", "Add it to DefinitionSubstitutions")
    return definition


@contextlib.contextmanager
def mend() -> Iterator[None]:
    """Use the models above for their types."""
    moto_class, moto_name = parsing.resource_class_from_type, parsing.resource_name_property_from_type

    def resource_class(resource_type: str) -> type[CloudFormationModel]:
        if resource_type in MODELS:
            model: type[CloudFormationModel] = MODELS[resource_type]
            return model
        if resource_type in parsing.get_model_map() or resource_type in parsing.NULL_MODELS:
            return moto_class(resource_type)
        raise TemplateError(
            resource_type,
            "neither moto nor the local stack knows this type",
            f"Give it a model or pass it over in {__name__}",
        )

    def name_property(resource_type: str) -> str | None:
        if resource_type in MODELS:
            return str(MODELS[resource_type].name_property) or None
        return moto_name(resource_type)

    with (
        patch.object(parsing, "resource_class_from_type", resource_class),
        patch.object(parsing, "resource_name_property_from_type", name_property),
    ):
        yield
