"""Checks requests, and the answers of made-up servers, against a vendor's own description (OpenAPI 3)."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft4Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from tests.support.product import ROOT

SPECS = ROOT.parent / "shared" / "specs"
Json = dict[str, Any]


class Spec:
    """One description file."""

    def __init__(self, name: str) -> None:
        self.document: Json = json.loads((SPECS / name).read_text(encoding="utf-8"))
        self._registry = Registry().with_resource("urn:spec", Resource.from_contents(self.document, DRAFT4))

    def operation(self, method: str, path: str) -> Json | None:
        """Find what a call is, with the parameters of its path."""
        fitting = [
            template
            for template, operations in self.document["paths"].items()
            if method.lower() in operations and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path)
        ]
        if not fitting:
            return None
        template = min(fitting, key=lambda one: one.count("{"))
        item = self.document["paths"][template]
        own: Json = item[method.lower()]
        parameters = [self.resolved(one) for one in [*item.get("parameters", []), *own.get("parameters", [])]]
        return own | {"parameters": parameters, "template": template}

    def resolved(self, schema: Json) -> Json:
        while "$ref" in schema:
            _, *way = schema["$ref"].split("/")
            schema = self.document
            for name in way:
                schema = schema[name]
        return schema

    def errors(self, value: object, schema: Json) -> list[str]:
        pointed = json.loads(json.dumps(schema).replace('"#/', '"urn:spec#/'))
        return [
            f"{one.json_path}: {one.message}"
            for one in Draft4Validator(pointed, registry=self._registry).iter_errors(value)
        ]

    def unknown(self, value: object, schema: Json, at: str = "$") -> Iterator[str]:
        """Name the fields that the schema does not have."""
        schema = self.resolved(schema)
        if isinstance(value, list):
            for number, one in enumerate(value):
                yield from self.unknown(one, schema.get("items", {}), f"{at}[{number}]")
        if not isinstance(value, dict) or not ({"properties", "oneOf"} & schema.keys()):
            return
        known = dict(schema.get("properties", {}))
        for part in schema.get("oneOf", []):
            known |= self.resolved(part)["properties"]
        for name, one in value.items():
            if name in known:
                yield from self.unknown(one, known[name], f"{at}.{name}")
            else:
                yield f"{at}.{name}"

    def body(self, operation: Json, content_type: str) -> Json | None:
        """Give the schema of an operation's request."""
        schema: Json | None = operation.get("requestBody", {}).get("content", {}).get(content_type, {}).get("schema")
        return schema

    def answered(self, operation: Json, status: int) -> Json:
        """Give the schema of an operation's answer; an empty one if it is not described."""
        answer = self.resolved(operation["responses"].get(str(status), operation["responses"].get("default", {})))
        schema: Json = answer.get("content", {}).get("application/json", {}).get("schema", {})
        return schema


@cache
def spec(name: str) -> Spec:
    return Spec(name)


def unfit(given: str, parameter: Json) -> bool:
    """Tell a value that a parameter cannot have."""
    kind = parameter["schema"].get("type")
    return (kind == "integer" and not given.isdecimal()) or (kind == "boolean" and given not in {"true", "false"})
