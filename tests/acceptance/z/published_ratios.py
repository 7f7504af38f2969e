"""Numbers of periods that Kill Bill's proration tests expect, with nine decimals.

A price of 1,000,000,000 yen, which has no decimals, shows all nine of them. Each part of a span is rounded there by
itself, as each line is here.
"""

from tests.acceptance.z.figures import Asked, Figure, Source, kill_bill_dates, kill_bill_ratio

SHOWS_NINE_DECIMALS = "1000000000"


def _ratio(  # noqa: PLR0913 - a row of the table
    source: Source, start: str, end: str, *, anchor: str, period: str, amount: str, ratios: tuple[tuple[int, int], ...]
) -> Figure:
    return Figure(source, Asked(SHOWS_NINE_DECIMALS, "JPY", start, end, anchor, period), amount, ratios=ratios)


def _alone(start: str, end: str, anchor: str, amount: str, ratio: tuple[int, int]) -> Figure:
    """A stub of a month that is published as a decimal fraction."""
    source = kill_bill_dates("TestInvoiceDateUtilsWithoutFixedProration", f"{start} to {end}")
    return _ratio(source, start, end, anchor=anchor, period="month", amount=amount, ratios=(ratio,))


KILL_BILL_RATIOS = (
    _alone("2023-05-23", "2023-06-15", "2023-05-23", "741935484", (23, 31)),
    _alone("2023-06-23", "2023-07-15", "2023-06-23", "733333333", (22, 30)),
    _alone("2023-02-23", "2023-03-15", "2023-02-23", "714285714", (20, 28)),
    _alone("2024-02-23", "2024-03-15", "2024-02-23", "724137931", (21, 29)),
    _alone("2023-05-23", "2023-06-15", "2023-06-15", "741935484", (23, 31)),
    _alone("2023-06-23", "2023-07-15", "2023-07-15", "733333333", (22, 30)),
    _alone("2023-02-23", "2023-03-15", "2023-03-15", "714285714", (20, 28)),
    _alone("2024-02-23", "2024-03-15", "2024-03-15", "724137931", (21, 29)),
    _ratio(
        kill_bill_ratio("annual/TestLeadingProRation", 41),
        "2011-02-01",
        "2012-02-13",
        anchor="2011-02-13",
        period="year",
        amount="1032876712",
        ratios=((12, 365), (1, 1)),
    ),
    _ratio(
        kill_bill_ratio("annual/TestDoubleProRation", 92),
        "2011-01-01",
        "2012-01-27",
        anchor="2011-01-15",
        period="year",
        amount="1071143049",
        ratios=((14, 365), (1, 1), (12, 366)),
    ),
    _ratio(
        kill_bill_ratio("annual/TestTrailingProRation", 48),
        "2010-06-17",
        "2011-06-25",
        anchor="2010-06-17",
        period="year",
        amount="1021857923",
        ratios=((1, 1), (8, 366)),
    ),
    _ratio(
        kill_bill_ratio("annual/TestProRation", 49),
        "2011-01-31",
        "2012-01-15",
        anchor="2012-01-15",
        period="year",
        amount="956164384",
        ratios=((349, 365),),
    ),
    _ratio(
        kill_bill_ratio("annual/TestProRation", 60),
        "2010-12-15",
        "2012-12-04",
        anchor="2011-12-04",
        period="year",
        amount="1969863014",
        ratios=((354, 365), (1, 1)),
    ),
    _ratio(
        kill_bill_ratio("annual/TestProRation", 71),
        "2011-01-10",
        "2012-03-04",
        anchor="2011-01-17",
        period="year",
        amount="1147593383",
        ratios=((7, 365), (1, 1), (47, 366)),
    ),
    _ratio(
        kill_bill_ratio("quarterly/TestDoubleProRation", 110),
        "2011-01-01",
        "2011-04-27",
        anchor="2011-01-15",
        period="quarter",
        amount="1284042045",
        ratios=((14, 92), (1, 1), (12, 91)),
    ),
    _ratio(
        kill_bill_ratio("quarterly/TestTrailingProRation", 62),
        "2010-06-17",
        "2010-09-25",
        anchor="2010-06-17",
        period="quarter",
        amount="1087912088",
        ratios=((1, 1), (8, 91)),
    ),
    _ratio(
        kill_bill_ratio("quarterly/TestProRation", 221),
        "2011-01-31",
        "2011-05-10",
        anchor="2011-04-07",
        period="quarter",
        amount="1095970696",
        ratios=((66, 90), (33, 91)),
    ),
    _ratio(
        kill_bill_ratio("quarterly/TestProRation", 168),
        "2012-02-01",
        "2012-02-15",
        anchor="2012-02-01",
        period="quarter",
        amount="155555556",
        ratios=((14, 90),),
    ),
    _ratio(
        kill_bill_ratio("quarterly/TestProRation", 239),
        "2010-12-15",
        "2011-06-17",
        anchor="2010-12-15",
        period="quarter",
        amount="2021739130",
        ratios=((2, 1), (2, 92)),
    ),
    _ratio(
        kill_bill_ratio("monthly/TestDoubleProRation", 124),
        "2011-01-01",
        "2011-02-27",
        anchor="2011-01-15",
        period="month",
        amount="1880184332",
        ratios=((14, 31), (1, 1), (12, 28)),
    ),
    _ratio(
        kill_bill_ratio("monthly/TestProRation", 173),
        "2012-02-01",
        "2012-02-15",
        anchor="2012-02-01",
        period="month",
        amount="482758621",
        ratios=((14, 29),),
    ),
    _ratio(
        kill_bill_ratio("monthly/TestProRation", 158),
        "2011-02-14",
        "2011-03-27",
        anchor="2011-02-27",
        period="month",
        amount="1419354839",
        ratios=((13, 31), (1, 1)),
    ),
    _ratio(
        kill_bill_ratio("monthly/TestProRation", 212),
        "2011-03-10",
        "2011-05-15",
        anchor="2011-04-15",
        period="month",
        amount="2178571429",
        ratios=((5, 28), (2, 1)),
    ),
    _ratio(
        kill_bill_ratio("monthly/TestProRation", 227),
        "2011-01-31",
        "2011-03-10",
        anchor="2011-02-07",
        period="month",
        amount="1322580646",
        ratios=((7, 31), (1, 1), (3, 31)),
    ),
    _ratio(
        kill_bill_ratio("monthly/TestProRation", 243),
        "2010-12-15",
        "2011-03-17",
        anchor="2010-12-15",
        period="month",
        amount="3064516129",
        ratios=((3, 1), (2, 31)),
    ),
)
