"""`deskshift billing prorate` and `schedule` give the figures that others publish."""

import json
from typing import Any

import pytest

from infra.cli.main import main
from tests.acceptance.z.published_figures import (
    DIFFERING,
    FIGURES,
    RATIO_CASES,
    SCHEDULES,
    Dates,
    Differs,
    Figure,
    Ratio,
)
from tests.support.product import ROOT


def told(capsys: pytest.CaptureFixture[str], *argv: str) -> Any:  # noqa: ANN401 - JSON of any shape
    assert main(["billing", *argv, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def prorated(capsys: pytest.CaptureFixture[str], of: Figure | Differs | Ratio, price: str, code: str) -> Any:  # noqa: ANN401 - JSON
    span = ("--from", of.start, "--to", of.end, "--anchor", of.anchor, "--period", of.period)
    return told(capsys, "prorate", "--price", price, "--currency", code, *span)


@pytest.mark.requirement("Z-25")
@pytest.mark.parametrize("figure", FIGURES, ids=lambda one: one.source.rpartition("/")[2])
def test_a_published_figure_comes_out(capsys: pytest.CaptureFixture[str], figure: Figure) -> None:
    found = prorated(capsys, figure, figure.price, figure.currency)
    assert found["amount"] == figure.amount
    assert sum(line["amount_minor"] for line in found["lines"]) == found["amount_minor"]


@pytest.mark.parametrize("ratio", RATIO_CASES, ids=lambda one: one.source.rpartition("inAdvance/")[2])
def test_a_span_is_divided_as_published(capsys: pytest.CaptureFixture[str], ratio: Ratio) -> None:
    found = prorated(capsys, ratio, "100", "EUR")
    assert tuple((line["numerator"], line["denominator"]) for line in found["lines"]) == ratio.pieces


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda one: one.source)
def test_boundaries_are_as_published(capsys: pytest.CaptureFixture[str], schedule: Dates) -> None:
    options = ("--anchor", schedule.anchor, "--start", schedule.start, "--period", schedule.period)
    found = told(capsys, "schedule", *options, "--count", str(len(schedule.dates)))
    assert tuple(found["dates"]) == schedule.dates


@pytest.mark.parametrize("case", DIFFERING, ids=lambda one: one.convention)
def test_where_we_differ_the_docs_say_why(capsys: pytest.CaptureFixture[str], case: Differs) -> None:
    found = prorated(capsys, case, case.price, case.currency)
    assert found["amount"] == case.ours
    text = (ROOT / "docs" / "billing.md").read_text(encoding="utf-8")
    assert f"| {case.price} | {case.theirs} | {case.ours} |" in text
    assert case.convention in text


def test_there_are_dozens_of_them() -> None:
    assert len(FIGURES) + len(RATIO_CASES) + len(SCHEDULES) >= 48
