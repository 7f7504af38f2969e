"""Checks what is sent and answered against the OpenAPI file: path, parameters, bodies, status."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

CONTRACT_FILE = Path(__file__).parents[3] / "docs" / "platform-contract.openapi.yaml"
_URI = "urn:platform-contract"


class ContractCheck:
    """The contract, loaded once."""

    def __init__(self) -> None:
        self.document: dict[str, Any] = yaml.safe_load(CONTRACT_FILE.read_text(encoding="utf-8"))
        resource = Resource.from_contents(self.document, default_specification=DRAFT202012)
        self._registry = Registry().with_resource(_URI, resource)
        self._paths: dict[str, re.Pattern[str]] = {
            template: re.compile(
                re.sub(r"\{[^}]+\}", "[^/]+", re.escape(template).replace(r"\{", "{").replace(r"\}", "}"))
            )
            for template in self.document["paths"]
        }

    def template_of(self, path: str) -> str:
        fitting = [template for template, pattern in self._paths.items() if pattern.fullmatch(path)]
        return min(fitting, key=_parameters_in)

    def check_request(self, method: str, path: str, query: dict[str, str], body: object) -> None:
        template = self.template_of(path)
        operation = self.document["paths"][template][method.lower()]
        known = {each["name"]: each for each in self._parameters(template, operation) if each["in"] == "query"}
        assert query.keys() <= known.keys(), f"{method} {template}: unknown {query.keys() - known.keys()}"
        for name, parameter in known.items():
            assert name in query or not parameter.get("required"), f"{method} {template}: {name} is missing"
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content and body is not None:
            where = f"#/paths/{_pointer(template)}/{method.lower()}/requestBody/content/application~1json/schema"
            self.check(body, where)

    def check_answer(self, method: str, path: str, status: int, body: object) -> None:
        template = self.template_of(path)
        responses = self.document["paths"][template][method.lower()]["responses"]
        assert str(status) in responses or status >= 400, f"{method} {template} answered {status}"
        stated = str(status) if str(status) in responses else "default"
        where = f"#/paths/{_pointer(template)}/{method.lower()}/responses/{stated}"
        response = responses[stated]
        if "$ref" in response:
            where, response = response["$ref"], self.document["components"]["responses"]["Error"]
        if "application/json" in response.get("content", {}):
            self.check(body, f"{where}/content/application~1json/schema")

    def check(self, value: object, where: str) -> None:
        validator = Draft202012Validator({"$ref": _URI + where}, registry=self._registry)
        errors = [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]
        assert not errors, f"{where}: {errors[:3]}"

    def _parameters(self, template: str, operation: dict[str, Any]) -> list[dict[str, Any]]:
        listed = [*self.document["paths"][template].get("parameters", []), *operation.get("parameters", [])]
        shared = self.document["components"]["parameters"]
        return [shared[each["$ref"].rpartition("/")[2]] if "$ref" in each else each for each in listed]


def _parameters_in(template: str) -> int:
    return template.count("{")


def _pointer(text: str) -> str:
    return text.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
