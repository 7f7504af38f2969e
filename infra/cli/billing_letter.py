"""The letter about a billing merge to the customer, in their language, with money and dates as CLDR writes them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_percent

from deskshift.domain.billing.money import currency
from infra.cli.billing_phrases import PHRASES
from infra.cli.errors import bad_option
from infra.cli.move_options import check_file
from infra.cli.words import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FALLBACK = "en"
ALREADY_ONE = "already_one_account"
_FIVE = 10_000
_AS_IN_PORTUGAL = frozenset(f"pt_{land}" for land in ["PT", "AO", "CH", "CV", "GQ", "GW", "LU", "MO", "MZ", "ST", "TL"])
_FIVE_DIGITS = _AS_IN_PORTUGAL | {"es", "es_ES", "pl", "pl_PL"}
"""Locales that group thousands from five digits on (CLDR, minimumGroupingDigits 2)."""
_AGAINST_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
"""Between a currency's letters and a digit, where CLDR puts a space (currencySpacing)."""


def write_letter(file: Path, locale: str, preview: Mapping[str, Any], report: Mapping[str, Any] | None) -> None:
    """Write the letter as text.

    Args:
        file: where.
        locale: the account's, as in `pt-PT`; a language without phrases of ours is answered in English.
        preview: what will be done.
        report: what was done; None before.

    Raises:
        InputRefused: it cannot be written there.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(letter(locale, preview, report), encoding="utf-8")
    except OSError as error:
        raise bad_option("--letter", str(error), "a place that can be written to") from None


def check_letter(file: Path | None) -> None:
    """See that a letter can be written, before anything is done.

    Raises:
        InputRefused: it cannot be written there.
    """
    if file is not None:
        check_file("--letter", file)


def letter(locale: str, preview: Mapping[str, Any], report: Mapping[str, Any] | None) -> str:
    """Write the letter."""
    found = _locale(locale)
    phrases = PHRASES[found.language]
    if preview["decision"] == "refused" and any(one["code"] == ALREADY_ONE for one in preview["refusals"]):
        return "\n".join((phrases["title"], "", phrases["already"], "", phrases["questions"], ""))
    done = report is not None and report["status"] == "done"
    when = phrases["done" if done else "planned"].format(date=_day(preview["scheduled_on"], found))
    shared = preview["decision"] not in {"cancel", "refused"}
    title = phrases["cancel_title" if preview["decision"] == "cancel" else "title"]
    lines = [title, "", *([when] if shared else []), phrases[preview["decision"]], ""]
    lines += _items(preview, found, phrases)
    if preview["lines"]:
        code = preview["currency"]
        lines += [
            "",
            f"{phrases['due']}: {_money(preview['due_now_minor'], code, found)}",
            f"{phrases['credit_title']}: {_money(preview['credit_minor'], code, found)}",
            f"{phrases['committed']}: {_money(preview['committed_minor'], code, found)}",
        ]
    lines += _changes(preview, found, phrases)
    lines += ["", phrases["questions"], ""]
    return "\n".join(lines)


def _items(preview: Mapping[str, Any], locale: Locale, phrases: Mapping[str, str]) -> list[str]:
    made = []
    for line in preview["lines"]:
        span = phrases["span"].format(
            first=_day(line["period"]["start"], locale), last=_last_day(line["period"]["end"], locale)
        )
        amount = _money(line["amount_minor"], line["currency"], locale)
        made.append(f"- {printable(line['description'])}, {phrases[line['kind']]}, {span}: {amount}")
    taxes: dict[tuple[str, str], int] = {}
    for document in preview["tax"]:
        for tax in document["tax"]:
            key = (tax["rate"], document["currency"])
            taxes[key] = taxes.get(key, 0) + tax["amount_minor"]
    for (rate, code), minor in taxes.items():
        made.append(f"- {phrases['tax'].format(rate=_rate(rate, locale))}: {_money(minor, code, locale)}")
    return made


def _changes(preview: Mapping[str, Any], locale: Locale, phrases: Mapping[str, str]) -> Iterator[str]:
    for one in preview["prices"]:
        if one["source"] == "unchanged":
            continue
        yield phrases["price"].format(
            plan=printable(one["plan"]),
            old=_price(one["old"], one["old_currency"], locale),
            old_cycle=phrases[one["old_cycle"]],
            new=_price(one["new"], one["new_currency"], locale),
            new_cycle=phrases[one["new_cycle"]],
        )
    end = preview["inherited"].get("term_end")
    if end is not None and end["after"] is not None:
        yield phrases["term_end"].format(date=_last_day(end["after"], locale))


def _locale(text: str) -> Locale:
    try:
        found = Locale.parse(text.replace("_", "-"), sep="-")
    except (ValueError, UnknownLocaleError):
        found = Locale.parse(FALLBACK)
    return found if found.language in PHRASES else Locale.parse(FALLBACK)


def _day(text: str, locale: Locale) -> str:
    return format_date(date.fromisoformat(text), "long", locale)


def _last_day(end: str, locale: Locale) -> str:
    """Write the last day of a span: a person reads that one, not the day after it."""
    return format_date(date.fromisoformat(end) - timedelta(days=1), "long", locale)


def _money(minor: int, code: str, locale: Locale) -> str:
    digits = currency(code).exponent
    return _currency(Decimal(minor).scaleb(-digits), code, locale, rounded=True)


def _price(text: str, code: str, locale: Locale) -> str:
    """Write a unit price with all its decimals; one that no decimal says exactly, as about so much."""
    if "/" not in text:
        return _currency(Decimal(text), code, locale, rounded=False)
    money = currency(code)
    about = Decimal(money.round(Fraction(text) * money.scale)).scaleb(-money.exponent)
    return f"≈\u00a0{_currency(about, code, locale, rounded=True)}"


def _currency(amount: Decimal, code: str, locale: Locale, *, rounded: bool) -> str:
    """Write an amount as CLDR does, with two of its rules that Babel leaves out."""
    grouped = str(locale) not in _FIVE_DIGITS or abs(amount) >= _FIVE
    written = format_currency(amount, code, locale=locale, decimal_quantization=rounded, group_separator=grouped)
    return _AGAINST_DIGIT.sub("\u00a0", written)


def _rate(rate: str, locale: Locale) -> str:
    return format_percent(Decimal(rate) / 100, locale=locale, decimal_quantization=False)
