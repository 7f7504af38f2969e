"""Checks requests and answers against Zuora's own descriptions (Swagger 2)."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft4Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from tests.support.product import ROOT

SPECS = ROOT.parent / "shared" / "specs"
Json = dict[str, Any]
_CUSTOM = "__c"


class Spec:
    """One description file."""

    def __init__(self, name: str) -> None:
        self.document: Json = json.loads((SPECS / f"zuora-{name}.json").read_text(encoding="utf-8"))
        self._registry = Registry().with_resource("urn:spec", Resource.from_contents(self.document, DRAFT4))

    def operation(self, method: str, path: str) -> tuple[str, Json] | None:
        """Find what a call is; the template with the fewest parameters fits best."""
        fitting = [
            template
            for template, operations in self.document["paths"].items()
            if method.lower() in operations and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path)
        ]
        if not fitting:
            return None
        template = min(fitting, key=lambda one: one.count("{"))
        return template, self.document["paths"][template][method.lower()]

    def parameters(self, template: str, operation: Json) -> list[Json]:
        every = [*operation.get("parameters", []), *self.document["paths"][template].get("parameters", [])]
        return [self.resolved(one) for one in every]

    def resolved(self, schema: Json) -> Json:
        while "$ref" in schema:
            *_, kind, name = schema["$ref"].split("/")
            schema = self.document[kind][name]
        return schema

    def errors(self, value: object, schema: Json) -> list[str]:
        """Say what breaks the schema, and which names it does not have."""
        pointed = json.loads(json.dumps(schema).replace('"#/', '"urn:spec#/'))
        validator = Draft4Validator(pointed, registry=self._registry, format_checker=FormatChecker())
        broken = [f"{one.json_path}: {one.message}" for one in validator.iter_errors(value)]
        return broken + [f"{name}: no such field" for name in self.unknown(value, schema, "$")]

    def unknown(self, value: object, schema: Json, at: str) -> Iterator[str]:
        schema = self.resolved(schema)
        if isinstance(value, list):
            for number, one in enumerate(value):
                yield from self.unknown(one, schema.get("items", {}), f"{at}[{number}]")
        if not isinstance(value, dict) or not ({"properties", "allOf"} & schema.keys()):
            return
        known, free, custom = self._fields(schema)
        for name, one in value.items():
            if name in known:
                yield from self.unknown(one, known[name], f"{at}.{name}")
            elif not free and not (custom and name.endswith(_CUSTOM)):
                yield f"{at}.{name}"

    def _fields(self, schema: Json) -> tuple[Json, bool, bool]:
        """Give the fields of a schema; whether it takes any other, and whether it takes custom ones."""
        schema = self.resolved(schema)
        known, free, custom = dict(schema.get("properties", {})), False, False
        more = schema.get("additionalProperties")
        if isinstance(more, dict):
            custom = _CUSTOM in more.get("description", "")
            free = not custom
        for part in schema.get("allOf", []):
            fields, any_other, any_custom = self._fields(part)
            known |= fields
            free, custom = free or any_other, custom or any_custom
        return known, free, custom


@cache
def spec(name: str) -> Spec:
    return Spec(name)


NAMES = ("orders", "accounts", "payment-methods", "contacts", "invoices", "subscriptions", "oauth")


def checked(
    method: str, path: str, query: dict[str, str], headers: dict[str, str], body: object
) -> tuple[str, list[str]]:
    """Check a request.

    Returns:
        The operation's id, and what is wrong with the request.
    """
    for name in NAMES:
        found = spec(name).operation(method, unquote(path))
        if found is not None:
            break
    else:
        return "", [f"{method} {path}: no such operation"]
    own, (template, operation) = spec(name), found
    parameters = own.parameters(template, operation)
    wrong = []
    for one in parameters:
        given: object = {"query": query, "header": headers}.get(one["in"], {}).get(
            one["name"].lower() if one["in"] == "header" else one["name"]
        )
        if one["in"] == "body":
            wrong += own.errors(body, one["schema"])
        elif one["in"] == "formData":
            assert isinstance(body, dict)
            given = body.get(one["name"])
        if given is None:
            wrong += [f"{one['name']}: missing"] if one.get("required") and one["in"] in {"query", "formData"} else []
        elif not _fits(str(given), one):
            wrong.append(f"{one['name']}: {given!r} does not fit")
    known = {one["name"] for one in parameters if one["in"] == "query"}
    wrong += [f"{one}: no such query parameter" for one in query if one not in known]
    if "idempotency-key" in headers and method not in {"POST", "PATCH"}:
        wrong.append("Idempotency-Key: only for POST and PATCH")
    return operation["operationId"], wrong


def _fits(given: str, parameter: Json) -> bool:
    if len(given) > parameter.get("maxLength", len(given)):
        return False
    if parameter.get("type") == "integer":
        return given.isdecimal() and int(given) <= parameter.get("maximum", int(given))
    if parameter.get("type") == "boolean":
        return given in {"true", "false"}
    return given in parameter.get("enum", [given])


def unknown_in_answer(method: str, path: str, answer: object) -> list[str]:
    """Name the fields of an answer that the description does not have: a made-up tenant must not invent any."""
    for name in NAMES:
        found = spec(name).operation(method, unquote(path))
        if found is not None:
            schema = found[1]["responses"]["200"].get("schema", {})
            return list(spec(name).unknown(answer, schema, "$"))
    return [f"{method} {path}"]
