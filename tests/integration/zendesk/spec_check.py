"""Checks what goes to and comes from the small Zendesk against the vendor's description and the pages beside it."""

import re

from tests.support.openapi_check import SPECS, spec, unfit
from tests.support.vendor_server import Asked

NAME = "zendesk-support.json"
THERE = (SPECS / NAME).is_file()
_PAGING = {"page[size]", "page[after]"}
"""Not listed as parameters: the operations say "Cursor pagination (recommended)" and name the page about it."""
_ON_PAGES = {"code_verifier"}
"""developer.zendesk.com, ticketing/working-with-oauth/oauth-pkce."""
_ANSWERED_ON_PAGES = {"meta", "refresh_token", "refresh_token_expires_at", "expires_in"}
"""The pages on pagination, on refresh tokens and on OAuth tokens."""


def checked(asked: Asked) -> tuple[str, list[str]]:
    """Check a request.

    Returns:
        The operation's id, and what is wrong with the request.
    """
    own = spec(NAME)
    operation = own.operation(asked.method, asked.path)
    if operation is None:
        return "", [f"{asked.method} {asked.path}: no such operation"]
    wrong = []
    parameters = {one["name"]: one for one in operation["parameters"] if one["in"] == "query"}
    for name, given in asked.query.items():
        if name in _PAGING and "Cursor pagination" in operation["description"]:
            continue
        if name not in parameters or unfit(given, parameters[name]):
            wrong.append(f"{name}={given}: does not fit")
    last = asked.path.rpartition("/")[2]
    named = last.isdecimal() or f"tokens/{last}.json" in operation["description"]
    if operation["template"].endswith("}") and not named:
        wrong.append(f"{last}: no number")
    if asked.body is not None:
        schema = own.body(operation, asked.headers["content-type"])
        wrong += ["a body that is not described"] if schema is None else own.errors(asked.body, schema)
        said = set(re.findall(r"^\| (\w+) ", operation["description"], re.MULTILINE)) | _ON_PAGES
        wrong += [f"{name}: no such field" for name in asked.body if name not in said]
    return operation["operationId"], wrong


def unknown_in_answer(asked: Asked, status: int, answer: object) -> list[str]:
    """Name the fields of an answer that neither the description nor a page has."""
    own = spec(NAME)
    operation = own.operation(asked.method, asked.path)
    assert operation is not None
    schema = own.answered(operation, status)
    return [one for one in own.unknown(answer, schema) if one.rpartition(".")[2] not in _ANSWERED_ON_PAGES]
