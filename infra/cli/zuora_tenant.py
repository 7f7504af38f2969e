"""Read the file that says where an account is billed in Zuora (docs/zuora.md)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

from deskshift.model.zuora_connection import ZuoraTenant
from infra.cli.checked_file import Place, read_checked
from infra.cli.connect import is_base_url
from infra.local.sandbox.export_billing import check_form
from infra.local.sandbox.export_billing_fields import CONTRACT, LIST_PRICE, Shape
from infra.local.sandbox.export_check import Check, refuse
from infra.local.sandbox.export_fields import LOCALE, TIME_ZONE
from infra.local.sandbox.export_kinds import (
    Field,
    array_field,
    bool_field,
    is_text,
    object_field,
    optional,
    text_field,
    text_or_null_field,
)

if TYPE_CHECKING:
    from pathlib import Path

_MOST_BYTES = 300_000
"""A DynamoDB item holds 400 KB, and the record has more to say than the file."""


def _is_number(value: object) -> bool:
    return type(value) in {int, float}


def _is_positive(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and value > 0


def _positive(name: str) -> Field:
    return optional(Field(name, _is_number, _is_positive, "a number over 0"))


_FIELDS = Shape(tuple(optional(text_field(name)) for name in ("dunning_paused", "closed", "renewal_paused")))
_TENANT = Shape(
    (
        Field("base_url", is_text, lambda value: is_base_url(str(value)), "https://HOST, as https://rest.zuora.com"),
        TIME_ZONE,
        LOCALE,
        optional(text_or_null_field("chat_account")),
        optional(text_or_null_field("support_account")),
        optional(array_field("prices")),
        optional(array_field("contracts")),
        optional(bool_field("owner_transfer")),
        optional(object_field("fields")),
        *(_positive(name) for name in ("requests_per_second", "connect_timeout", "read_timeout")),
    ),
    lists={"prices": LIST_PRICE, "contracts": CONTRACT},
    objects={"fields": _FIELDS},
)


def read_tenant(file: Path) -> ZuoraTenant:
    """Read and check the file.

    Raises:
        InputRefused: it cannot be read, or a field of it is wrong; the message names the field, what was found and
            what is allowed.
    """
    return read_checked("--zuora", file, _MOST_BYTES, _checked)


def _checked(place: Place, value: Any) -> ZuoraTenant:  # noqa: ANN401 - decoded JSON
    check = Check()
    check_form(check, place, "", value, _TENANT)
    for _, name in sorted(check.unknown):
        refuse("unknown_field", place, name, "a field", "the fields that docs/zuora.md lists")
    tenant = msgspec.convert(value, ZuoraTenant)
    if not tenant.accounts:
        refuse("missing_field", place, "support_account", None, "an account number here or in chat_account")
    if tenant.chat_account == tenant.support_account:
        refuse("invalid_value", place, "chat_account", tenant.chat_account, "another account than support_account")
    for index, price in enumerate(tenant.prices):
        entry = f"{price.plan} by {price.cycle} in {price.currency}"
        check.unique(place, f"prices[{index}].plan", "prices", entry)
    for index, contract in enumerate(tenant.contracts):
        check.unique(place, f"contracts[{index}].id", "contracts", contract.id)
        if contract.end <= contract.start:
            refuse(
                "invalid_value", place, f"contracts[{index}].end", str(contract.end), f"a day after {contract.start}"
            )
    return tenant
