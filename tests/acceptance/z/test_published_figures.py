"""Z-24, Z-25: the arithmetic of a line is the one that billing engines and vendors publish, to the cent."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.cli.main import main
from tests.acceptance.z.figures import Asked, Dates, Difference, Figure
from tests.acceptance.z.published_dates import DATES
from tests.acceptance.z.published_differences import DIFFERENCES
from tests.acceptance.z.published_kill_bill import KILL_BILL
from tests.acceptance.z.published_ratios import KILL_BILL_RATIOS
from tests.acceptance.z.published_vendors import VENDORS
from tests.support.product import ROOT

pytestmark = pytest.mark.requirement("Z-24", "Z-25")

Answer = Callable[[list[str]], dict[str, Any]]


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]) -> Answer:
    def ask(arguments: list[str]) -> dict[str, Any]:
        assert main(arguments) == 0, capsys.readouterr().err
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return ask


def _name(case: Figure | Difference) -> str:
    asked = case.asked
    return f"{case.source.name}: {asked.price} {asked.currency} a {asked.period}, {asked.start} to {asked.end}"


@pytest.mark.parametrize("figure", [*VENDORS, *KILL_BILL, *KILL_BILL_RATIOS], ids=_name)
def test_an_amount_is_the_published_one(answer: Answer, figure: Figure) -> None:
    found = answer(figure.asked.arguments())
    assert found["amount"] == figure.amount, f"{figure.source} {figure.note}"
    assert (found.get("tax"), found.get("total")) == (figure.tax, figure.total)
    if figure.ratios is not None:
        assert tuple((line["numerator"], line["denominator"]) for line in found["lines"]) == figure.ratios
    assert _days_are_charged_once(found, figure.asked)


def _days_are_charged_once(found: dict[str, Any], asked: Asked) -> bool:
    ends = [asked.start, *(line["period"]["end"] for line in found["lines"])]
    return [line["period"]["start"] for line in found["lines"]] == ends[:-1] and ends[-1] == asked.end


@pytest.mark.parametrize("dates", DATES, ids=lambda one: f"{one.source.name}: {one.period}s of {one.anchor}")
def test_dates_are_the_published_ones(answer: Answer, dates: Dates) -> None:
    series = ["--anchor", dates.anchor, "--start", dates.start, "--period", dates.period]
    found = answer(["billing", "schedule", *series, "--count", str(len(dates.dates)), "--json"])
    assert tuple(found["dates"]) == dates.dates, str(dates.source)


def test_a_span_is_divided_as_google_divides_an_offer(answer: Answer) -> None:
    """Installments of three months from 04/15 with proration: the first and the last are parts of a month."""
    found = answer(Asked("1", "USD", "2024-04-15", "2024-07-15", "2024-01-01").arguments())
    periods = [(line["period"]["start"], line["period"]["end"]) for line in found["lines"]]
    assert periods == [("2024-04-15", "2024-05-01"), ("2024-05-01", "2024-07-01"), ("2024-07-01", "2024-07-15")]


@pytest.mark.parametrize("difference", DIFFERENCES, ids=_name)
def test_where_a_published_amount_rests_on_another_convention_ours_stays(
    answer: Answer, difference: Difference
) -> None:
    assert answer(difference.asked.arguments())["amount"] == difference.ours, f"{difference.source}: {difference.why}"


@pytest.mark.parametrize("difference", DIFFERENCES, ids=_name)
def test_each_difference_is_in_the_docs_with_its_reason(difference: Difference) -> None:
    assert row(difference) in (ROOT / "docs" / "billing.md").read_text("utf-8").splitlines()


def row(difference: Difference) -> str:
    asked = difference.asked
    span = f"{asked.price} {asked.currency} a {asked.period}, {asked.start} to {asked.end}, boundary {asked.anchor}"
    source = f"[{difference.source.name}]({difference.source.address})"
    return f"| {source} | {span} | {difference.published} | {difference.ours} | {difference.why} |"
