"""Read the file that says which apps a HubSpot account has: HubSpot lists none (docs/tokens.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deskshift.model.oauth import OAuthClient
from infra.cli.checked_file import Place, read_checked
from infra.local.sandbox.export_billing import check_form
from infra.local.sandbox.export_billing_fields import Shape
from infra.local.sandbox.export_check import Check, refuse
from infra.local.sandbox.export_kinds import (
    Field,
    array_field,
    id_field,
    id_or_null_field,
    is_text,
    list_of,
    optional,
    text_field,
)
from infra.local.sandbox.export_oauth_fields import PLACES, is_address

if TYPE_CHECKING:
    from pathlib import Path

_MOST_BYTES = 200_000
"""A DynamoDB item holds 400 KB, and the record has more to say than the file."""


def _is_redirect(value: object) -> bool:
    return is_address(value) and not str(value).startswith(PLACES)


def _is_scope(value: object) -> bool:
    text = str(value)
    return bool(text) and text.isascii() and text.isprintable() and " " not in text


_APP = Shape(
    (
        id_field("id"),
        text_field("name"),
        Field(
            "redirect_uris",
            list_of(is_text),
            lambda value: bool(value) and list_of(_is_redirect)(value),
            "a list of at least one address: https, or http on this machine, without a fragment",
        ),
        Field(
            "scopes",
            list_of(is_text),
            lambda value: bool(value) and list_of(_is_scope)(value),
            "a list of at least one scope, without spaces",
        ),
        optional(id_or_null_field("owner_id")),
    )
)
_FILE = Shape((array_field("apps"),), lists={"apps": _APP})


def read_apps(file: Path) -> tuple[OAuthClient, ...]:
    """Read and check the file.

    Raises:
        InputRefused: it cannot be read, or a field of it is wrong; the message names the field, what was found and
            what is allowed.
    """
    return read_checked("--apps", file, _MOST_BYTES, _checked)


def _checked(place: Place, value: Any) -> tuple[OAuthClient, ...]:  # noqa: ANN401 - decoded JSON
    check = Check()
    check_form(check, place, "", value, _FILE)
    for _, name in sorted(check.unknown):
        refuse("unknown_field", place, name, "a field", "id, name, redirect_uris, scopes, owner_id, in apps")
    if not value["apps"]:
        refuse("missing_field", place, "apps", [], "at least one app")
    for index, app in enumerate(value["apps"]):
        check.unique(place, f"apps[{index}].id", "apps", app["id"])
    return tuple(_app(app) for app in value["apps"])


def _app(app: dict[str, Any]) -> OAuthClient:
    """Give an app in the model's form; each of HubSpot's has a secret, and takes codes alone."""
    return OAuthClient(
        id=app["id"],
        name=app["name"],
        redirect_uris=tuple(app["redirect_uris"]),
        scopes=tuple(dict.fromkeys(app["scopes"])),
        confidential=True,
        grant_types=("authorization_code",),
        owner_id=app.get("owner_id"),
    )
