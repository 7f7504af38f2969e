"""Figures that billing engines and vendors publish: each with where it stands, and what it rests on."""

from typing import NamedTuple

KILL_BILL = "github.com/killbill/killbill, beatrix/src/test/java/org/killbill/billing/beatrix/integration"
RATIOS = "github.com/killbill/killbill, invoice/src/test/java/org/killbill/billing/invoice/proRations/inAdvance"
ZUORA = "knowledgecenter.zuora.com, Calculating Total Amount with Partial Period Proration, example 2 (actual days)"
SALESFORCE = "help.salesforce.com, ind.pricing_monthly_proration_examples, period 1"
STRIPE = "docs.stripe.com/billing/subscriptions/billing-cycle"


class Figure(NamedTuple):
    """A price over a span; `amount` is what the source says."""

    source: str
    price: str
    currency: str
    start: str
    end: str
    anchor: str
    period: str
    amount: str


FIGURES = (
    Figure(
        f"{KILL_BILL}/TestWithAccountBCDUpdate:152",
        "249.95",
        "USD",
        "2016-05-17",
        "2016-05-20",
        "2016-05-20",
        "month",
        "25.00",
    ),
    Figure(
        f"{KILL_BILL}/TestWithBCDUpdate:402",
        "1999.95",
        "USD",
        "2016-07-01",
        "2016-07-04",
        "2016-07-04",
        "month",
        "200.00",
    ),
    Figure(
        f"{KILL_BILL}/TestWithBCDUpdate:335",
        "2399.95",
        "USD",
        "2017-05-01",
        "2017-05-10",
        "2017-05-10",
        "year",
        "59.18",
    ),
    Figure(
        f"{KILL_BILL}/TestWithBCDUpdate:245",
        "249.95",
        "USD",
        "2016-05-05",
        "2016-06-01",
        "2016-06-01",
        "month",
        "217.70",
    ),
    Figure(
        f"{KILL_BILL}/TestIntegrationDryRunInvoice:683",
        "249.95",
        "USD",
        "2017-12-15",
        "2018-01-01",
        "2018-01-01",
        "month",
        "137.07",
    ),
    Figure(
        f"{KILL_BILL}/TestIntegrationDryRunInvoice:705",
        "249.95",
        "USD",
        "2017-12-25",
        "2018-01-01",
        "2018-01-01",
        "month",
        "56.44",
    ),
    Figure(
        f"{KILL_BILL}/TestSubscription:100",
        "249.95",
        "USD",
        "2012-05-11",
        "2012-06-01",
        "2012-06-01",
        "month",
        "169.32",
    ),
    Figure(
        f"{KILL_BILL}/TestSubscription:130",
        "2399.95",
        "USD",
        "2012-05-11",
        "2013-05-01",
        "2012-05-01",
        "year",
        "2334.20",
    ),
    Figure(
        f"{KILL_BILL}/TestIntegrationWithDifferentBillingPeriods:299",
        "2399.95",
        "USD",
        "2012-06-04",
        "2013-06-01",
        "2012-06-01",
        "year",
        "2380.22",
    ),
    Figure(
        f"{KILL_BILL}/TestIntegrationInvoiceWithRepairLogic:528",
        "2399.95",
        "USD",
        "2013-09-17",
        "2014-08-18",
        "2013-08-18",
        "year",
        "2202.69",
    ),
    Figure(
        f"{KILL_BILL}/TestIntegrationInvoiceWithRepairLogic:253",
        "599.95",
        "USD",
        "2012-05-07",
        "2012-06-01",
        "2012-05-01",
        "month",
        "483.83",
    ),
    Figure(
        f"{KILL_BILL}/TestIntegrationInvoiceWithRepairLogic:252",
        "9.95",
        "USD",
        "2012-05-07",
        "2012-06-01",
        "2012-05-01",
        "month",
        "8.02",
    ),
    Figure(
        f"{KILL_BILL}/TestIntegrationInvoiceWithRepairLogic:287",
        "9.95",
        "USD",
        "2012-05-08",
        "2012-06-01",
        "2012-05-01",
        "month",
        "7.70",
    ),
    Figure(
        f"{KILL_BILL}/TestIntegrationInvoiceWithRepairLogic:286",
        "29.95",
        "USD",
        "2012-05-08",
        "2012-06-01",
        "2012-05-01",
        "month",
        "23.19",
    ),
    Figure(
        f"{KILL_BILL}/overdue/TestOverdueIntegration:195",
        "249.95",
        "USD",
        "2012-07-10",
        "2012-07-20",
        "2012-07-31",
        "month",
        "80.63",
    ),
    Figure(
        f"{KILL_BILL}/overdue/TestOverdueIntegration:496",
        "249.95",
        "USD",
        "2012-07-20",
        "2012-07-31",
        "2012-05-31",
        "month",
        "88.69",
    ),
    Figure(
        f"{KILL_BILL}/overdue/TestOverdueIntegration:495",
        "599.95",
        "USD",
        "2012-07-20",
        "2012-07-31",
        "2012-05-31",
        "month",
        "212.89",
    ),
    Figure(
        f"{KILL_BILL}/overdue/TestOverdueIntegration",
        "249.95",
        "USD",
        "2012-07-10",
        "2012-07-31",
        "2012-05-31",
        "month",
        "169.32",
    ),
    Figure(
        f"{KILL_BILL}/TestWithInvoiceHardening:192",
        "29.95",
        "USD",
        "2019-05-17",
        "2019-05-27",
        "2019-04-27",
        "month",
        "9.98",
    ),
    Figure(
        f"{KILL_BILL}/TestWithInvoiceHardening:97",
        "29.95",
        "USD",
        "2019-05-03",
        "2019-05-27",
        "2019-04-27",
        "month",
        "23.96",
    ),
    Figure(
        f"{KILL_BILL}/TestIntegrationWithAutoInvoiceDraft:116",
        "19.95",
        "USD",
        "2020-08-07",
        "2020-09-01",
        "2020-09-01",
        "month",
        "16.09",
    ),
    Figure(
        f"{KILL_BILL}/TestWithInvoiceOptimization:844",
        "100.00",
        "USD",
        "2021-01-15",
        "2021-02-01",
        "2021-01-01",
        "month",
        "54.84",
    ),
    Figure(
        f"{KILL_BILL}/TestWithInvoiceOptimization:415",
        "100.00",
        "USD",
        "2021-04-01",
        "2021-04-30",
        "2021-01-01",
        "month",
        "96.67",
    ),
    Figure(
        f"{KILL_BILL}/TestWithInArrearGreedySubscriptions:169",
        "100.00",
        "USD",
        "2022-03-11",
        "2022-03-13",
        "2022-02-13",
        "month",
        "7.14",
    ),
    Figure(
        f"{KILL_BILL}/TestAddonChangeAlignment:101",
        "1000",
        "USD",
        "2023-08-31",
        "2023-09-01",
        "2023-09-01",
        "month",
        "32.26",
    ),
    Figure(
        f"{KILL_BILL}/TestAddonChangeAlignment:102",
        "100",
        "USD",
        "2023-08-31",
        "2023-09-01",
        "2023-09-01",
        "month",
        "3.23",
    ),
    Figure(
        f"{KILL_BILL}/TestAddonChangeAlignment:492",
        "200.00",
        "USD",
        "2023-09-30",
        "2023-10-01",
        "2023-10-01",
        "month",
        "6.67",
    ),
    Figure(
        f"{KILL_BILL}/TestAddonChangeAlignment:588",
        "200.00",
        "USD",
        "2023-09-14",
        "2023-10-01",
        "2023-10-01",
        "month",
        "113.33",
    ),
    Figure(
        f"{KILL_BILL}/usage/TestUsageInvoicingIssue:101",
        "30.0",
        "USD",
        "2023-08-28",
        "2023-09-01",
        "2023-09-01",
        "month",
        "3.87",
    ),
    Figure(
        f"{KILL_BILL}/TestCatalogForcedPhaseChangeWithDryRun:84",
        "5.00",
        "USD",
        "2022-07-13",
        "2022-07-28",
        "2022-06-28",
        "month",
        "2.50",
    ),
    Figure(
        f"{KILL_BILL} (issue 4 of deskshift)", "1000", "JPY", "2016-01-01", "2016-01-11", "2016-01-01", "month", "323"
    ),
    Figure(ZUORA, "100", "USD", "2018-01-01", "2018-02-15", "2018-01-15", "month", "145.16"),
    Figure(
        "docs.zuora.com, Usage charge proration",
        "31",
        "USD",
        "2023-01-15",
        "2023-02-01",
        "2023-01-01",
        "month",
        "17.00",
    ),
    Figure(SALESFORCE, "90.00", "USD", "2025-03-28", "2025-04-05", "2025-03-05", "month", "23.23"),
    Figure(
        "docs.stripe.com/billing/subscriptions/prorations, half of the period",
        "20",
        "USD",
        "2022-04-16",
        "2022-05-01",
        "2022-04-01",
        "month",
        "10.00",
    ),
    Figure(
        "docs.useautumn.com, halfway: 30 is the difference",
        "30",
        "USD",
        "2022-04-16",
        "2022-05-01",
        "2022-04-01",
        "month",
        "15.00",
    ),
)


class Ratio(NamedTuple):
    """The pieces of a span, as a source has them: (numerator, denominator), whole periods over 1."""

    source: str
    start: str
    end: str
    anchor: str
    period: str
    pieces: tuple[tuple[int, int], ...]


RATIO_CASES = (
    Ratio(
        f"{RATIOS}/monthly/TestProRation, phase change", "2011-02-10", "2011-02-24", "2011-02-10", "month", ((14, 28),)
    ),
    Ratio(
        f"{RATIOS}/monthly/TestProRation, before the bill cycle day",
        "2011-02-03",
        "2011-02-17",
        "2011-02-03",
        "month",
        ((14, 28),),
    ),
    Ratio(
        f"{RATIOS}/monthly/TestProRation, change to day 31",
        "2011-02-01",
        "2011-02-14",
        "2011-02-01",
        "month",
        ((13, 28),),
    ),
    Ratio(f"{RATIOS}/monthly/TestProRation, leap year", "2012-02-15", "2012-04-15", "2012-02-15", "month", ((2, 1),)),
    Ratio(
        f"{RATIOS}/monthly/TestProRation, day 30 over February",
        "2012-01-30",
        "2012-03-30",
        "2012-01-30",
        "month",
        ((2, 1),),
    ),
    Ratio(
        f"{RATIOS}/monthly/TestProRation, over the year's end",
        "2010-12-15",
        "2011-02-15",
        "2010-12-15",
        "month",
        ((2, 1),),
    ),
    Ratio(
        f"{RATIOS}/monthly/TestLeadingProRation", "2011-02-01", "2011-05-13", "2011-02-13", "month", ((12, 31), (3, 1))
    ),
    Ratio(
        f"{RATIOS}/monthly/TestTrailingProRation", "2010-06-17", "2010-07-25", "2010-06-17", "month", ((1, 1), (8, 31))
    ),
    Ratio(
        f"{RATIOS}/quarterly/TestLeadingProRation",
        "2011-02-01",
        "2011-08-13",
        "2011-02-13",
        "quarter",
        ((12, 92), (2, 1)),
    ),
    Ratio(
        f"{RATIOS}/quarterly/TestTrailingProRation",
        "2010-06-17",
        "2010-09-25",
        "2010-06-17",
        "quarter",
        ((1, 1), (8, 91)),
    ),
    Ratio(
        f"{RATIOS}/quarterly/TestDoubleProRation",
        "2011-01-01",
        "2011-04-27",
        "2011-01-15",
        "quarter",
        ((14, 92), (1, 1), (12, 91)),
    ),
    Ratio(
        f"{RATIOS}/annual/TestLeadingProRation", "2011-02-01", "2012-02-13", "2011-02-13", "year", ((12, 365), (1, 1))
    ),
    Ratio(
        f"{RATIOS}/annual/TestDoubleProRation",
        "2011-01-01",
        "2012-01-27",
        "2011-01-15",
        "year",
        ((14, 365), (1, 1), (12, 366)),
    ),
    Ratio(f"{RATIOS}/annual/TestProRation, preceding", "2011-01-31", "2012-01-15", "2012-01-15", "year", ((349, 365),)),
    Ratio(
        f"{RATIOS}/annual/TestProRation, over the year's end",
        "2010-12-15",
        "2012-12-04",
        "2011-12-04",
        "year",
        ((354, 365), (1, 1)),
    ),
)


class Dates(NamedTuple):
    """Boundaries as a source has them."""

    source: str
    anchor: str
    start: str
    period: str
    dates: tuple[str, ...]


SCHEDULES = (
    Dates(
        f"{STRIPE}, anchor 31 January",
        "2023-01-31",
        "2023-01-31",
        "month",
        ("2023-01-31", "2023-02-28", "2023-03-31", "2023-04-30"),
    ),
    Dates(
        f"{STRIPE}, anchor 31 January of a leap year",
        "2024-01-31",
        "2024-02-01",
        "month",
        ("2024-02-29", "2024-03-31", "2024-04-30"),
    ),
    Dates(
        f"{STRIPE}, anchor 2 September", "2023-09-02", "2023-09-02", "month", ("2023-09-02", "2023-10-02", "2023-11-02")
    ),
    Dates(f"{KILL_BILL}, day 31", "2025-03-31", "2025-03-31", "month", ("2025-03-31", "2025-04-30", "2025-05-31")),
    Dates(
        f"{KILL_BILL}, day 31 into a leap February", "2024-01-31", "2024-01-31", "month", ("2024-01-31", "2024-02-29")
    ),
    Dates(
        f"{KILL_BILL}, day 28",
        "2023-02-28",
        "2023-02-28",
        "month",
        ("2023-02-28", "2023-03-28", "2023-04-28", "2023-05-28"),
    ),
    Dates(
        "pub.dev/documentation/saropa_dart_utils, clamping to the month's last day",
        "2024-01-31",
        "2024-04-01",
        "month",
        ("2024-04-30", "2024-05-31"),
    ),
    Dates(
        f"{RATIOS}/quarterly/TestDoubleProRation",
        "2011-01-15",
        "2011-01-01",
        "quarter",
        ("2011-01-15", "2011-04-15", "2011-07-15"),
    ),
    Dates(
        f"{RATIOS}/annual/TestDoubleProRation",
        "2011-01-15",
        "2011-01-01",
        "year",
        ("2011-01-15", "2012-01-15", "2013-01-15"),
    ),
)


class Differs(NamedTuple):
    """A published figure that rests on another convention: what it says, what we say, and why."""

    source: str
    convention: str
    price: str
    currency: str
    start: str
    end: str
    anchor: str
    period: str
    theirs: str
    ours: str


DIFFERING = (
    Differs(
        "knowledgecenter.zuora.com, example 1",
        "every month has 30 days",
        "100",
        "USD",
        "2018-01-01",
        "2018-02-15",
        "2018-01-15",
        "month",
        "146.67",
        "145.16",
    ),
    Differs(
        f"{KILL_BILL}/TestInvoiceFixedProration:67",
        "every month has 30 days (a setting)",
        "19.95",
        "USD",
        "2023-05-15",
        "2023-05-23",
        "2023-05-15",
        "month",
        "5.32",
        "5.15",
    ),
    Differs(
        "gist.github.com/biancadanforth/a9f2cb578054646bda80ff129e49ba21",
        "every month has 30 days",
        "10",
        "USD",
        "2022-01-01",
        "2022-01-04",
        "2022-01-01",
        "month",
        "1.00",
        "0.97",
    ),
    Differs(
        "developer.samsung.com, subscription examples",
        "the day of the change counts as used",
        "60",
        "USD",
        "2022-09-15",
        "2022-10-01",
        "2022-09-01",
        "month",
        "30.00",
        "32.00",
    ),
)
