"""Billing dates that engines and vendors publish: which day a period begins on where a month has no such day."""

from tests.acceptance.z.figures import Dates, Source, kill_bill, kill_bill_dates

STRIPE = Source("Stripe", "https://stripe.com/docs/subscriptions/billing-cycle")
RECURLY = Source("Recurly", "https://support.recurly.com/hc/en-us/articles/46684925586708")
CHARGEBEE = Source("Chargebee", "https://support.chargebee.com/support/discussions/topics/315884")
COOHOM = Source("Coohom", "https://helpcenter.coohom.com/en/articles/6067544-billing-cycle")
UNIBEE = Source("UniBee", "https://docs.unibee.dev/documentation/subscription/billing-cycle-anchor")
GOOGLE = Source(
    "Google Cloud Commerce",
    "https://documentation.s3ns.fr/ruby/docs/reference/google-cloud-commerce_producer-v1beta/latest"
    "/Google-Cloud-CommerceProducer-V1beta-PrivateOffer-SingleProductOffer-StandardIntervalPrice-StandardInterval",
)
_IN_ADVANCE = "TestInAdvanceBillingIntervalDetail"

DATES = (
    Dates(STRIPE, "2023-09-02", "2023-09-02", "month", ("2023-09-02", "2023-10-02", "2023-11-02")),
    Dates(STRIPE, "2023-01-31", "2023-02-01", "month", ("2023-02-28", "2023-03-31", "2023-04-30")),
    Dates(STRIPE, "2024-01-31", "2024-02-01", "month", ("2024-02-29", "2024-03-31", "2024-04-30")),
    Dates(UNIBEE, "2026-01-31", "2026-01-31", "month", ("2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30")),
    Dates(COOHOM, "2022-01-03", "2022-01-04", "month", ("2022-02-03",)),
    Dates(COOHOM, "2022-01-31", "2022-02-01", "month", ("2022-02-28", "2022-03-31", "2022-04-30")),
    Dates(RECURLY, "2023-01-29", "2023-02-01", "month", ("2023-02-28", "2023-03-29")),
    Dates(RECURLY, "2023-01-30", "2023-02-01", "month", ("2023-02-28", "2023-03-30")),
    Dates(RECURLY, "2023-01-31", "2023-02-01", "month", ("2023-02-28", "2023-03-31")),
    Dates(RECURLY, "2024-01-29", "2024-02-01", "month", ("2024-02-29", "2024-03-29")),
    Dates(RECURLY, "2024-01-30", "2024-02-01", "month", ("2024-02-29", "2024-03-30")),
    Dates(RECURLY, "2024-01-31", "2024-02-01", "month", ("2024-02-29", "2024-03-31")),
    Dates(CHARGEBEE, "2023-01-30", "2023-01-30", "month", ("2023-01-30", "2023-02-28", "2023-03-30")),
    Dates(GOOGLE, "2024-04-15", "2024-04-15", "month", ("2024-04-15", "2024-05-15", "2024-06-15", "2024-07-15")),
    Dates(GOOGLE, "2024-01-15", "2024-01-15", "quarter", ("2024-01-15", "2024-04-15")),
    Dates(
        kill_bill_dates(_IN_ADVANCE, "testCalculateFirstBillingCycleDate1"),
        "2012-03-17",
        "2012-01-16",
        "month",
        ("2012-01-17",),
    ),
    Dates(
        kill_bill_dates(_IN_ADVANCE, "testCalculateFirstBillingCycleDate2"),
        "2012-01-30",
        "2012-02-16",
        "month",
        ("2012-02-29",),
    ),
    Dates(
        kill_bill_dates(_IN_ADVANCE, "testCalculateFirstBillingCycleDate3"),
        "2012-03-30",
        "2012-01-31",
        "month",
        ("2012-02-29",),
    ),
    Dates(
        kill_bill_dates(_IN_ADVANCE, "testCalculateFirstBillingCycleDate3, annual"),
        "2012-01-30",
        "2012-01-31",
        "year",
        ("2013-01-30",),
    ),
    Dates(
        kill_bill_dates(_IN_ADVANCE, "testCalculateFirstBillingCycleDate4"),
        "2012-02-14",
        "2012-02-16",
        "month",
        ("2012-03-14",),
    ),
    Dates(
        kill_bill_dates(_IN_ADVANCE, "testCalculateFirstBillingCycleDate4, annual"),
        "2012-02-14",
        "2012-02-16",
        "year",
        ("2013-02-14",),
    ),
    Dates(
        kill_bill_dates(_IN_ADVANCE, "testNextBCDShouldNotBeInThePast"),
        "2012-01-15",
        "2012-07-16",
        "month",
        ("2012-08-15",),
    ),
    Dates(
        kill_bill_dates(_IN_ADVANCE, "testBeforeBCDWithOnOrAfter"), "2012-01-03", "2012-03-02", "month", ("2012-03-03",)
    ),
    Dates(
        kill_bill_dates(_IN_ADVANCE, "testEqualBCDWithOnOrAfter"), "2012-01-03", "2012-03-03", "month", ("2012-03-03",)
    ),
    Dates(
        kill_bill_dates(_IN_ADVANCE, "testAfterBCDWithOnOrAfter"), "2012-01-03", "2012-03-04", "month", ("2012-04-03",)
    ),
    Dates(
        kill_bill_dates(_IN_ADVANCE, "testBCD31StartingWith30DayMonth"),
        "2012-03-31",
        "2012-04-30",
        "month",
        ("2012-04-30", "2012-05-31"),
    ),
    Dates(
        kill_bill_dates(_IN_ADVANCE, "testWithBCDLargerThanEndMonth"),
        "2017-01-31",
        "2017-01-31",
        "month",
        ("2017-01-31", "2017-02-28", "2017-03-31", "2017-04-30"),
    ),
    Dates(
        kill_bill("TestInArrearChangeCancel", 187),
        "2025-03-31",
        "2025-03-31",
        "month",
        ("2025-03-31", "2025-04-30", "2025-05-31"),
    ),
    Dates(
        kill_bill("overdue/TestOverdueIntegration", 305),
        "2012-05-31",
        "2012-07-31",
        "month",
        ("2012-07-31", "2012-08-31", "2012-09-30"),
    ),
    Dates(
        kill_bill("usage/TestInArrearUsagePST", 85), "2024-01-31", "2024-01-31", "month", ("2024-01-31", "2024-02-29")
    ),
    Dates(
        kill_bill("overdue/TestOverdueIntegration", 522),
        "2012-05-31",
        "2012-05-31",
        "year",
        ("2012-05-31", "2013-05-31"),
    ),
)
