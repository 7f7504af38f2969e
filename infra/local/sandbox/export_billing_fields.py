"""The form of billing.json: its objects, the lists and objects inside them, and what is allowed, in words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from infra.local.sandbox.export_kinds import (
    Field,
    array_field,
    bool_field,
    choice_field,
    id_field,
    id_or_null_field,
    is_object,
    is_text,
    object_field,
    optional,
    or_null,
    text_field,
    text_or_null_field,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CYCLES = ("month", "quarter", "year")
_MOST_SEATS = 1_000_000
_MOST_MINOR = 10**15
_LONGEST_TERM_MONTHS = 120
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})")
_CURRENCY = re.compile(r"[A-Z]{3}")
_PRICE = re.compile(r"[0-9]{1,15}(\.[0-9]{1,12})?|[0-9]{1,36}/[1-9][0-9]{0,35}")
_PERCENT = re.compile(r"100(\.0{1,6})?|[0-9]{1,2}(\.[0-9]{1,6})?")


@dataclass(frozen=True)
class Shape:
    """An object's own fields, the lists of objects in it, and the single objects in it."""

    fields: tuple[Field, ...]
    lists: Mapping[str, Shape] = field(default_factory=dict)
    objects: Mapping[str, Shape] = field(default_factory=dict)


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: pattern.fullmatch(str(value)) is not None


def _is_day(value: object) -> bool:
    return _exists(_DAY, str(value), date.fromisoformat)


def _is_instant(value: object) -> bool:
    return _exists(_INSTANT, str(value), datetime.fromisoformat)


def _exists(pattern: re.Pattern[str], text: str, read: Callable[[str], object]) -> bool:
    if pattern.fullmatch(text) is None:
        return False
    try:
        read(text)
    except ValueError:
        return False
    return True


def _is_whole(value: object) -> bool:
    return type(value) is int


def _is_from(least: int, most: int | None = None) -> Callable[[object], bool]:
    return lambda value: isinstance(value, int) and value >= least and (most is None or value <= most)


def _is_price(value: object) -> bool:
    return is_text(value) and _matches(_PRICE)(value)


def _day(name: str) -> Field:
    return Field(name, is_text, _is_day, "a day that exists, as 2026-01-31")


def _day_or_null(name: str) -> Field:
    return optional(Field(name, or_null(is_text), or_null(_is_day), "a day that exists, as 2026-01-31, or null"))


def _instant(name: str) -> Field:
    return Field(name, is_text, _is_instant, "a time with its offset, as 2026-01-31T23:59:59Z")


def _currency(name: str) -> Field:
    return Field(name, is_text, _matches(_CURRENCY), "three capital letters (ISO 4217), as EUR")


def _price(name: str) -> Field:
    return Field(name, is_text, _matches(_PRICE), "a decimal number as 249.95, or a fraction as 1000/12, as a string")


def _percent(name: str) -> Field:
    return Field(name, is_text, _matches(_PERCENT), "a percentage from 0 to 100 as a string, as 7.7")


def _tax_rate(name: str) -> Field:
    allowed = "a percentage from 0 to 100 as a string, as 7.7, or null"
    return optional(Field(name, or_null(is_text), or_null(_matches(_PERCENT)), allowed))


def _minor(name: str) -> Field:
    return Field(name, _is_whole, _is_from(0, _MOST_MINOR), f"a whole number of minor units, 0 to {_MOST_MINOR}")


def _list(name: str) -> Field:
    return optional(array_field(name))


_APPLIED = Shape((id_field("invoice_id"), _minor("amount_minor"), optional(id_or_null_field("line_id"))))
_CONTACT = Shape(
    (
        id_field("id"),
        choice_field("role", ("bill_to", "sold_to")),
        text_field("name"),
        text_field("email"),
        optional(bool_field("active")),
    )
)
_PAYMENT_METHOD = Shape(
    (
        id_field("id"),
        id_field("gateway_id"),
        text_field("kind"),
        text_field("label"),
        optional(bool_field("active")),
    )
)
_SEATS = Shape((_day("start"), Field("quantity", _is_whole, _is_from(0, _MOST_SEATS), "a whole number from 0")))
_DISCOUNT = Shape((_percent("percent"), _day("start"), _day_or_null("end")))
_CHARGE = Shape(
    (
        id_field("id"),
        text_field("plan"),
        text_field("description"),
        _price("unit_price"),
        array_field("seats"),
        _list("discounts"),
        _tax_rate("tax_rate"),
    ),
    lists={"seats": _SEATS, "discounts": _DISCOUNT},
)
_TERM = Shape(
    (
        _day("start"),
        _day_or_null("end"),
        optional(
            Field(
                "months",
                or_null(_is_whole),
                or_null(_is_from(1, _LONGEST_TERM_MONTHS)),
                f"a whole number from 1 to {_LONGEST_TERM_MONTHS}, or null",
            )
        ),
        optional(bool_field("renews")),
    )
)
_SUBSCRIPTION = Shape(
    (
        id_field("id"),
        choice_field("state", ("paid", "free", "trial")),
        choice_field("cycle", CYCLES),
        _day("anchor"),
        optional(choice_field("timing", ("advance", "arrears"))),
        object_field("term"),
        array_field("charges"),
        _day_or_null("billed_until"),
    ),
    lists={"charges": _CHARGE},
    objects={"term": _TERM},
)
_INVOICE_LINE = Shape(
    (
        id_field("id"),
        id_field("charge_id"),
        text_field("description"),
        _day("start"),
        _day("end"),
        _minor("amount_minor"),
        _tax_rate("tax_rate"),
    )
)
_TAX = Shape((_percent("rate"), _minor("amount_minor")))
_INVOICE = Shape(
    (
        id_field("id"),
        text_field("number"),
        _day("issued"),
        _currency("currency"),
        array_field("lines"),
        _list("tax"),
    ),
    lists={"lines": _INVOICE_LINE, "tax": _TAX},
)
_PAYMENT = Shape(
    (id_field("id"), _currency("currency"), _minor("amount_minor"), _list("applied"), _list("returned")),
    lists={"applied": _APPLIED, "returned": _APPLIED},
)
_CREDIT = Shape(
    (id_field("id"), _currency("currency"), _minor("amount_minor"), _list("applied")),
    lists={"applied": _APPLIED},
)
_ACCOUNT_LISTS = {
    "contacts": _CONTACT,
    "payment_methods": _PAYMENT_METHOD,
    "subscriptions": _SUBSCRIPTION,
    "invoices": _INVOICE,
    "payments": _PAYMENT,
    "credits": _CREDIT,
}
_ACCOUNT = Shape(
    (
        id_field("id"),
        text_field("number"),
        choice_field("product", ("chat", "support")),
        optional(Field("version", _is_whole, _is_from(1), "a whole number from 1")),
        optional(choice_field("status", ("active", "closed"))),
        _currency("currency"),
        text_field("legal_entity"),
        optional(text_or_null_field("tax_id")),
        optional(id_or_null_field("payment_method_id")),
        *(optional(bool_field(name)) for name in ("autopay", "dunning", "renewal")),
        optional(
            Field("renews_at", or_null(is_text), or_null(_is_instant), "a time with its offset, or null"),
        ),
        *(_list(name) for name in _ACCOUNT_LISTS),
    ),
    lists=_ACCOUNT_LISTS,
)
LIST_PRICE = Shape((text_field("plan"), choice_field("cycle", CYCLES), _currency("currency"), _price("unit_price")))
CONTRACT = Shape(
    (
        id_field("id"),
        _instant("executed_at"),
        _day("start"),
        _day("end"),
        choice_field("cycle", CYCLES),
        Field(
            "prices",
            is_object,
            lambda value: isinstance(value, dict) and all(map(_is_price, value.values())),
            "an object of prices by plan, each a decimal number as a string",
        ),
    )
)
BILLING = Shape(
    (optional(id_or_null_field("shared_account_id")), array_field("accounts"), _list("prices"), _list("contracts")),
    lists={"accounts": _ACCOUNT, "prices": LIST_PRICE, "contracts": CONTRACT},
)
