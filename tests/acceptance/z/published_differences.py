"""Published figures that rest on another convention than ours: what the source says, what we say, and why.

docs/billing.md shows the same rows; a test holds the two together.
"""

from tests.acceptance.z.figures import Asked, Difference, Source, kill_bill, kill_bill_ratio
from tests.acceptance.z.published_ratios import SHOWS_NINE_DECIMALS
from tests.acceptance.z.published_vendors import MICROSOFT, MLYTICS, PAY_JP, ZUORA_DAYS, ZUORA_MONTH

ZUORA_CENTS = Source(
    "Zuora Revenue",
    "https://docs.zuora.com/en/zuora-revenue/advanced-revenue-operations"
    "/handle-variances-for-reconciliation-between-booking-and-billing/cancel-regular-charges-in-billed-periods",
)
ZUORA_MONTHS_FIRST = Source(
    "Zuora",
    "https://docs.zuora.com/en/zuora-billing/manage-accounts-subscriptions-and-non-subscriptions"
    "/manage-subscription-transactions/common-subscription-information/proration/proration-credit"
    "/credit-for-prorated-discounts",
)
CHARGEBEE = Source(
    "Chargebee", "https://support.chargebee.com/support/solutions/articles/15293-pro-ration-logic-in-subscriptions"
)
RECURLY = Source(
    "Recurly",
    "https://support.recurly.com/hc/en-us/articles/360029630811-How-Is-My-MRR-Affected-When-I-Add-a-User-Mid-Month",
)
YORLET = Source("Yorlet", "https://docs.yorlet.com/billing/subscriptions/prorations")
SAMSUNG = Source(
    "Samsung", "https://developer.samsung.com/iap/subscription-guide/manage-subscription-plan/examples.html"
)
TATSUNO = Source(
    "Tatsuno System, change of 2021-03-08",
    "https://tatsuno-system.co.jp/en/news/%E3%80%90%E9%87%8D%E8%A6%81%E3%80%91%E6%96%99%E9%87%91%E3%8"
    "3%97%E3%83%A9%E3%83%B3%E3%81%AE%E8%A8%88%E7%AE%97%E6%96%B9%E6%B3%95%E3%81%AB%E9%96%A2%E3%81%99%E"
    "3%82%8B%E5%A4%89%E6%9B%B4%E3%81%AE%E3%81%8A/",
)
NECTIR = Source("Nectir", "https://nectir.co/pricing/")

_FIXED = "a month of a fixed 30 days; ours has the days of the period"
_DAILY = "the price of a day is rounded first; ours is never rounded"
_INCLUSIVE = "the day of the change counts for neither side; ours belongs to what comes after it"
_CUT = "cut off; ours is rounded to the nearest"

DIFFERENCES = (
    Difference(
        kill_bill("TestIntegrationInvoiceWithRepairLogic", 1301),
        Asked("19.95", "USD", "2016-09-08", "2016-09-09", "2016-09-08"),
        "0.66",
        "0.67",
        "1/30 is rounded to nine decimals first, so that the tie 0.665 is missed; ours is an exact fraction",
    ),
    Difference(
        kill_bill_ratio("monthly/TestProRation", 143),
        Asked(SHOWS_NINE_DECIMALS, "JPY", "2011-02-14", "2011-03-31", "2011-01-31"),
        "1 + 14/31 = 1451612903",
        "1500000000",
        "the period before 28 February is a month back from it, 28 January; ours begins on 31 January: 14/28",
    ),
    Difference(
        kill_bill_ratio("quarterly/TestProRation", 108),
        Asked(SHOWS_NINE_DECIMALS, "JPY", "2011-02-14", "2011-05-31", "2011-05-31", "quarter"),
        "1 + 14/92 = 1152173913",
        "1155555556",
        "the same: three months back from 28 February is 28 November; ours begins on 30 November: 14/90",
    ),
    Difference(
        kill_bill("TestInvoiceFixedProration", 85),
        Asked("19.95", "USD", "2023-06-15", "2023-06-23", "2023-06-23"),
        "5.32",
        "5.15",
        _FIXED,
    ),
    Difference(
        kill_bill("TestInvoiceFixedProration", 106),
        Asked("19.95", "USD", "2023-05-23", "2023-06-15", "2023-06-15"),
        "14.63",
        "14.80",
        _FIXED + " and counts 23 days where the rule sees 22",
    ),
    Difference(
        ZUORA_MONTH,
        Asked("100", "USD", "2018-01-01", "2018-02-15", "2018-01-15"),
        "146.67",
        "145.16",
        "the rule 'assume 30 days'; ours is the rule 'use actual days', which Zuora gives as 145.16",
    ),
    Difference(
        ZUORA_DAYS,
        Asked("30", "USD", "2021-01-27", "2021-02-01", "2021-01-01"),
        "5/30 = 5.00",
        "4.84",
        "the rule 'actual/360'; ours is 5/31",
    ),
    Difference(
        ZUORA_DAYS,
        Asked("30", "USD", "2021-02-27", "2021-03-01", "2021-01-01"),
        "4/30 = 4.00",
        "2.14",
        "the rule 'strict 30/360'; ours is 2/28",
    ),
    Difference(
        ZUORA_DAYS,
        Asked("30", "USD", "2020-02-01", "2020-03-01", "2020-01-01"),
        "29/30 = 29.00",
        "30.00",
        "the rule 'actual/360' makes a whole February less than a month; ours is one whole period",
    ),
    Difference(
        ZUORA_CENTS,
        Asked("-25", "USD", "2020-03-01", "2020-03-11", "2020-02-11"),
        "-9",
        "-8.62",
        "rounded up to whole dollars; ours to the cent",
    ),
    Difference(
        ZUORA_CENTS,
        Asked("25", "USD", "2020-02-11", "2020-03-01", "2020-02-11"),
        "17",
        "16.38",
        "rounded up to whole dollars; ours to the cent",
    ),
    Difference(
        ZUORA_MONTHS_FIRST,
        Asked("-1200", "USD", "2018-04-01", "2019-01-01", "2018-01-01", "year"),
        "-900",
        "-904.11",
        "a year is prorated by months, 9/12; ours by days, 275/365 (the dates are ours)",
    ),
    Difference(
        MICROSOFT,
        Asked("8", "USD", "2019-06-11", "2019-07-10", "2019-06-10"),
        "7.74",
        "7.73",
        "the prorated price of one licence is rounded, then doubled; ours is rounded once",
    ),
    Difference(
        CHARGEBEE,
        Asked("-30", "USD", "2023-11-15", "2023-12-01", "2023-11-01"),
        "-15",
        "-16.00",
        _INCLUSIVE,
    ),
    Difference(
        CHARGEBEE,
        Asked("100", "USD", "2023-11-15", "2023-12-01", "2023-11-01"),
        "50",
        "53.33",
        _INCLUSIVE,
    ),
    Difference(
        SAMSUNG,
        Asked("-30", "USD", "2023-09-15", "2023-10-01", "2023-09-01"),
        "-15",
        "-16.00",
        "the day of the change counts as used; ours belongs to what comes after it",
    ),
    Difference(
        RECURLY,
        Asked("10", "USD", "2023-06-15", "2023-07-01", "2023-06-01"),
        "5",
        "5.33",
        "June 15 to 30 are taken as 15 days; ours are 16",
    ),
    Difference(YORLET, Asked("-1000", "GBP", "2024-01-30", "2024-02-15", "2024-01-15"), "-516.16", "-516.13", _DAILY),
    Difference(YORLET, Asked("-1000", "GBP", "2024-02-05", "2024-02-15", "2024-01-15"), "-322.60", "-322.58", _DAILY),
    Difference(MLYTICS, Asked("-10", "USD", "2023-09-16", "2023-10-01", "2023-09-01"), "-4.95", "-5.00", _DAILY),
    Difference(NECTIR, Asked("10", "USD", "2023-06-11", "2023-07-01", "2023-06-01"), "6.66", "6.67", _CUT),
    Difference(
        TATSUNO, Asked("30000", "JPY", "2020-06-01", "2020-11-19", "2020-06-01", "year"), "14054", "14055", _CUT
    ),
    Difference(
        PAY_JP,
        Asked("1000", "JPY", "2018-08-27", "2018-09-01", "2018-09-01"),
        "193",
        "161",
        "until October 2018 both ends were counted, 6 days, and the rest cut off; ours is half-open, 5 days",
    ),
)
