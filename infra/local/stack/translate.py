"""From the SAM template to CloudFormation, offline, with the places of the code that the template names.

The file itself stays as it is deployed: only in memory are local paths (`CodeUri`, `ContentUri`, `DefinitionUri`)
replaced by made-up S3 addresses, as `sam package` does, because the translator accepts no others.
"""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from samtranslator.translator.transform import transform  # type: ignore[import-untyped] # it has none
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped] # it has none

from infra.local.stack.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PACKAGE_BUCKET = "local-package"
LOCAL_PATH_PROPERTY = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}
# AWS-managed policies that SAM adds by itself or that a template names; only their ARNs matter here.
MANAGED_POLICIES = {
    name: f"arn:aws:iam::aws:policy/{path}{name}"
    for path, names in {
        "service-role/": ["AWSLambdaBasicExecutionRole", "AWSLambdaSQSQueueExecutionRole", "AWSXRayDaemonWriteAccess"],
        "": ["AWSXrayWriteOnlyAccess", "CloudWatchLambdaInsightsExecutionRolePolicy"],
    }.items()
    for name in names
}


@dataclass(frozen=True)
class TranslatedTemplate:
    """A CloudFormation template and the local files that it was made from.

    Attributes:
        body: the CloudFormation template.
        folders: logical id of each function -> its folder.
        layers: the layers' folders.
        digests: logical id of each function -> digest of its code.
    """

    body: dict[str, Any]
    folders: Mapping[str, Path]
    layers: tuple[Path, ...]
    digests: Mapping[str, str]

    def resources(self, resource_type: str) -> dict[str, dict[str, Any]]:
        """Properties of the resources of one type by logical id."""
        return {
            logical_id: resource.get("Properties", {})
            for logical_id, resource in self.body["Resources"].items()
            if resource["Type"] == resource_type
        }


class _ManagedPolicies:
    """Stands in for the translator's loader, which would ask IAM."""

    def load(self) -> dict[str, str]:
        return MANAGED_POLICIES


def translate(template: Path, parameters: Mapping[str, str]) -> TranslatedTemplate:
    """Translate the SAM template in the file `template`.

    Needs a region in the environment (the translator asks botocore for it).

    Raises:
        TemplateError: a path that the template names does not exist.
        samtranslator.model.exceptions.InvalidDocumentException: SAM refuses the template.
    """
    sam: dict[str, Any] = yaml_parse(template.read_text(encoding="utf-8"))
    paths = _localize(sam, template.parent)
    body: dict[str, Any] = transform(copy.deepcopy(sam), dict(parameters), _ManagedPolicies())
    _inline_definitions(body, paths)
    types = {logical_id: resource["Type"] for logical_id, resource in sam["Resources"].items()}
    folders = {name: path for name, path in paths.items() if types[name] == "AWS::Serverless::Function"}
    return TranslatedTemplate(
        body=body,
        folders=folders,
        digests={name: digest(folder) for name, folder in folders.items()},
        layers=tuple(path for name, path in paths.items() if types[name] == "AWS::Serverless::LayerVersion"),
    )


def digest(folder: Path) -> str:
    """A digest of the source files below a folder: names and contents."""
    found = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            found.update(f"{file.relative_to(folder)}\0".encode() + file.read_bytes() + b"\0")
    return found.hexdigest()


def _localize(sam: dict[str, Any], folder: Path) -> dict[str, Path]:
    """Replace local paths by S3 addresses in place and return logical id -> path."""
    paths: dict[str, Path] = {}
    shared = sam.get("Globals", {}).get("Function", {}).pop("CodeUri", None)
    for logical_id, resource in sam["Resources"].items():
        name = LOCAL_PATH_PROPERTY.get(resource["Type"])
        if name is None:
            continue
        properties = resource["Properties"]
        written = properties.get(name, shared if name == "CodeUri" else None)
        if not isinstance(written, str) or written.startswith("s3://"):
            continue
        path = (folder / written).resolve()
        # The layer of third-party packages is built before a deployment; locally the environment has them already.
        if not path.exists() and name != "ContentUri":
            raise TemplateError(logical_id, f"{name} {written!r} does not exist", "Correct the path or add the code")
        paths[logical_id] = path
        properties[name] = f"s3://{PACKAGE_BUCKET}/{logical_id}"
    return paths


def _inline_definitions(body: dict[str, Any], paths: Mapping[str, Path]) -> None:
    """Put each state machine's file where its S3 location was: the text as it is, substitutions still to be made."""
    for resource in body["Resources"].values():
        if resource["Type"] != "AWS::StepFunctions::StateMachine":
            continue
        location = resource["Properties"].pop("DefinitionS3Location", None)
        if location is not None:
            resource["Properties"]["DefinitionString"] = paths[location["Key"]].read_text(encoding="utf-8")
