"""The letter to the customer: money, rates and dates as CLDR writes them, in the account's language."""

from typing import Any

import pytest

from infra.cli.billing_letter import letter
from infra.cli.billing_phrases import PHRASES


def preview(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - a preview's fields
    line = {
        "description": "Chat Team",
        "kind": "charge",
        "period": {"start": "2026-12-01", "end": "2027-03-01"},
        "amount_minor": 123450,
        "currency": "CHF",
    }
    made: dict[str, Any] = {
        "decision": "inherit",
        "scheduled_on": "2026-12-01",
        "refusals": [],
        "lines": [line],
        "tax": [{"document": "invoice", "currency": "CHF", "tax": [{"rate": "7.25", "amount_minor": 8950}]}],
        "currency": "CHF",
        "due_now_minor": 132400,
        "credit_minor": 0,
        "committed_minor": 1234550,
        "prices": [],
        "inherited": {},
    }
    return {**made, **changed}


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("es-ES", ["1234,50 CHF", "12.345,50 CHF", "7,25 %"]),
        ("es-MX", ["CHF 1,234.50", "CHF 12,345.50", "7.25%"]),
        ("pt-PT", ["1234,50 CHF", "12 345,50 CHF", "7,25%"]),
        ("pt-BR", ["CHF 1.234,50", "CHF 12.345,50", "7,25%"]),
        ("pl-PL", ["1234,50 CHF", "12 345,50 CHF", "28 lutego 2027"]),
        ("en-GB", ["CHF 1,234.50", "CHF 12,345.50", "28 February 2027"]),
        ("de-DE", ["1.234,50 CHF", "12.345,50 CHF", "28. Februar 2027"]),
        ("xx", ["CHF 1,234.50"]),
    ],
)
def test_amounts_rates_and_dates_are_as_cldr_writes_them(locale: str, written: list[str]) -> None:
    text = letter(locale, preview(), None).replace("\u00a0", " ")
    assert [one for one in written if one not in text] == []


def test_a_price_that_no_decimal_says_is_told_as_about_so_much() -> None:
    price = {"source": "by_months", "plan": "team", "old": "20", "old_currency": "EUR", "old_cycle": "month"}
    new = {"new": "70/3", "new_currency": "EUR", "new_cycle": "quarter"}
    text = letter("en-GB", preview(prices=[price | new]), None)
    assert "from €20.00 a month to ≈\u00a0€23.33 a quarter" in text


def test_a_description_stays_on_its_line() -> None:
    made = preview()
    made["lines"][0]["description"] = "Chat\nPay at once: \x1b[31mevil"
    assert "- Chat?Pay at once: ?[31mevil, charge" in letter("en", made, None)


@pytest.mark.parametrize("language", sorted(PHRASES))
def test_a_cancellation_and_a_refusal_have_words_of_their_own(language: str) -> None:
    words = PHRASES[language]
    cancelled = letter(language, preview(decision="cancel", lines=[], tax=[]), None)
    assert cancelled.startswith(words["cancel_title"])
    assert words["title"] not in cancelled
    already = preview(decision="refused", refusals=[{"code": "already_one_account"}], lines=[], tax=[])
    assert words["already"] in letter(language, already, None)
    assert words["refused"] not in letter(language, already, None)
    refused = preview(decision="refused", refusals=[{"code": "term_ended"}], lines=[], tax=[])
    assert words["refused"] in letter(language, refused, None)


def test_each_language_has_every_phrase() -> None:
    assert {language: set(words) for language, words in PHRASES.items()} == {one: set(PHRASES["en"]) for one in PHRASES}
