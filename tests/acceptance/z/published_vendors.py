"""Figures from the documentation of billing products, and from vendors that explain their customers' bills."""

from tests.acceptance.z.figures import Asked, Figure, Source

ISSUE = Source("deskshift's issue 4", "issues show 4, section How it is judged, 1")
ZUORA_MONTH = Source(
    "Zuora",
    "https://docs.zuora.com/en/zuora-billing/manage-accounts-subscriptions-and-non-subscriptions"
    "/manage-subscription-transactions/common-subscription-information/proration"
    "/total-amount-calculation-with-partial-period-proration/total-amount-calculation-with-partial-month-proration",
)
ZUORA_DAYS = Source(
    "Zuora",
    "https://docs.zuora.com/en/zuora-billing/manage-accounts-subscriptions-and-non-subscriptions"
    "/manage-subscription-transactions/common-subscription-information/proration/prorating---30-days-or-actual-days",
)
ZUORA_USAGE = Source(
    "Zuora",
    "https://docs.zuora.com/en/zuora-billing/bill-your-customer/usage-billing/unbilled-usage/usage-charge-proration",
)
ZUORA_ANSWER = Source(
    "Zuora's community",
    "https://community.zuora.com/t5/Subscriptions/Weird-proration-calculation-explained/td-p/15101",
)
ZUORA_TERM = Source(
    "Zuora's community",
    "https://community.zuora.com/t5/user/viewprofilepage/user-id/4087/user-messages-feed/latest-contributions",
)
STRIPE = Source("Stripe", "https://stripe.com/docs/billing/subscriptions/backdating")
LAGO = Source("Lago", "https://getlago.com/docs/guide/subscriptions/upgrades-downgrades")
LAGO_TRIAL = Source("Lago", "https://doc.getlago.com/docs/guide/plans/plan-model")
MICROSOFT = Source(
    "Microsoft Partner Center",
    "https://docs.microsoft.com/en-us/partner-center/common-billing-scenarios-onetime-recurring",
)
APPXITE = Source(
    "AppXite, of Microsoft's reconciliation file",
    "https://support.appxite.com/hc/en-us/articles/4402361801746-Prorated-charges-for-license-based-subscriptions",
)
ORACLE_QUARTER = Source(
    "Oracle BRM",
    "https://support.oracle.com/knowledge/More%20Applications%20and%20Technologies/2417060_1.html",
)
ORACLE_DEFERRED = Source(
    "Oracle BRM",
    "https://support.oracle.com/knowledge/More%20Applications%20and%20Technologies/1307044_1.html",
)
SALESFORCE = Source(
    "Salesforce Revenue Cloud",
    "https://help.salesforce.com/s/articleView?id=ind.pricing_monthly_proration_examples.htm",
)
GOOGLE = Source("Google Apps", "https://support.google.com/a/answer/1247362")
GITHUB = Source("GitHub's support, quoted in a discussion", "https://github.com/orgs/community/discussions/212320")
PAY_JP = Source("PAY.JP, notice of 2018-08-31 (read in a copy)", "https://pay.jp/info/2018-08-31-183410")
PAY_JP_BLOG = Source("PAY.JP", "http://blog.pay.jp/entry/2016/01/12/164741")
APPS = Source("Apps (Stripe, UnivaPay)", "https://theapps.jp/function/daily-claim")
LOKALISE = Source(
    "Lokalise",
    "https://docs.lokalise.com/en/articles/2215560-i-am-going-to-upgrade-my-subscription-plan"
    "-when-i-do-so-will-i-get-any-refund-for-the-remaining-amount-of-the-current-plan",
)
MLYTICS = Source("mlytics", "https://help.mlytics.com/article/25-how-is-prorate-calculated")
DETERMINED = Source("DeterminedAI", "https://determinedai.co/blog/vat-saas-subscriptions-proration-refunds")

VENDORS = (
    Figure(ISSUE, Asked("249.95", "USD", "2016-05-17", "2016-05-20", "2016-05-20"), "25.00", ratios=((3, 30),)),
    Figure(ISSUE, Asked("1999.95", "USD", "2016-07-01", "2016-07-04", "2016-07-04"), "200.00", ratios=((3, 30),)),
    Figure(ISSUE, Asked("2399.95", "USD", "2017-05-01", "2017-05-10", "2017-05-10", "year"), "59.18"),
    Figure(ISSUE, Asked("1000", "JPY", "2026-01-01", "2026-01-11", "2026-01-01"), "323", ratios=((10, 31),)),
    Figure(
        ZUORA_MONTH,
        Asked("100", "USD", "2018-01-01", "2018-02-15", "2018-01-15"),
        "145.16",
        "'use actual days', bill cycle day 15, run to 02/14/2018",
        ((14, 31), (1, 1)),
    ),
    Figure(ZUORA_DAYS, Asked("31", "USD", "2021-01-27", "2021-02-01", "2021-01-01"), "5.00", ratios=((5, 31),)),
    Figure(ZUORA_DAYS, Asked("28", "USD", "2021-02-27", "2021-03-01", "2021-01-01"), "2.00", ratios=((2, 28),)),
    Figure(ZUORA_DAYS, Asked("29", "USD", "2020-02-01", "2020-03-01", "2021-01-01"), "29.00", ratios=((1, 1),)),
    Figure(ZUORA_DAYS, Asked("30", "USD", "2021-04-21", "2021-04-30", "2021-01-01"), "9.00", ratios=((9, 30),)),
    Figure(ZUORA_USAGE, Asked("31", "USD", "2023-01-15", "2023-02-01", "2023-02-01"), "17.00", ratios=((17, 31),)),
    Figure(
        ZUORA_ANSWER,
        Asked("31", "USD", "2017-03-01", "2017-03-16", "2017-03-16"),
        "16.61",
        "the days of 02/16 to 03/15 count, not March's",
        ((15, 28),),
    ),
    Figure(
        ZUORA_TERM,
        Asked("-100", "USD", "2018-08-23", "2019-03-23", "2018-03-23", "year"),
        "-58.08",
        ratios=((212, 365),),
    ),
    Figure(
        STRIPE,
        Asked("1000", "USD", "2023-02-15", "2023-03-01", "2023-02-15"),
        "500.00",
        "'exactly half'; the imagined month starts on the backdated day",
        ((14, 28),),
    ),
    Figure(
        STRIPE,
        Asked("1000", "JPY", "2023-01-15", "2023-02-01", "2023-01-15"),
        "548",
        "'17 divided by 31 (or 0.548)'",
        ((17, 31),),
    ),
    Figure(LAGO, Asked("100", "EUR", "2025-01-01", "2025-01-15", "2025-01-01"), "45.16", ratios=((14, 31),)),
    Figure(LAGO_TRIAL, Asked("50", "USD", "2024-04-06", "2024-05-01", "2024-04-01"), "41.67", ratios=((25, 30),)),
    Figure(
        MICROSOFT,
        Asked("-4", "USD", "2019-06-11", "2019-07-10", "2019-06-10"),
        "-3.87",
        "(4/30) x 29 x 1, service period June 10 to July 9",
        ((29, 30),),
    ),
    Figure(
        APPXITE,
        Asked("25965.00", "EUR", "2021-03-16", "2021-04-12", "2020-09-16"),
        "22614.68",
        "500 licences at 51.93, whose prorated price is not rounded; the currency is ours",
        ((27, 31),),
    ),
    Figure(
        APPXITE,
        Asked("259.65", "EUR", "2021-04-12", "2021-04-16", "2020-09-16"),
        "33.50",
        "5 licences at 51.93",
        ((4, 31),),
    ),
    Figure(
        ORACLE_QUARTER,
        Asked("300", "USD", "2014-03-15", "2014-04-15", "2013-12-15", "quarter"),
        "101.09",
        "12/15 to 3/15 is the quarter before; the year is ours",
        ((31, 92),),
    ),
    Figure(
        ORACLE_DEFERRED,
        Asked("1000000", "JPY", "2014-02-05", "2014-05-01", "2014-02-01", "quarter"),
        "955056",
        "a scale of 0.955056",
        ((85, 89),),
    ),
    Figure(
        ORACLE_DEFERRED,
        Asked("1000000", "JPY", "2014-02-05", "2014-04-01", "2014-01-01", "quarter"),
        "611111",
        "a scale of 0.611111",
        ((55, 90),),
    ),
    Figure(
        SALESFORCE,
        Asked("90", "USD", "2025-03-28", "2026-02-05", "2025-02-05"),
        "923.23",
        "DayOfPeriod, day 5, partial periods allowed; until 2026-02-04",
        ((8, 31), (10, 1)),
    ),
    Figure(
        GOOGLE,
        Asked("5", "USD", "2024-04-01", "2024-04-16", "2024-04-01"),
        "2.50",
        "a user from April 1 to 15 is half a month, so the day of deletion counts",
        ((15, 30),),
    ),
    Figure(
        GITHUB,
        Asked("10", "USD", "2025-11-06", "2025-11-21", "2025-11-21"),
        "4.84",
        "covers November 6 to 20; the year is ours",
        ((15, 31),),
    ),
    Figure(
        PAY_JP,
        Asked("1000", "JPY", "2018-08-27", "2018-09-01", "2018-09-01"),
        "161",
        "from October 2018 on; cut off there, which here is the same",
        ((5, 31),),
    ),
    Figure(
        PAY_JP_BLOG,
        Asked("30", "JPY", "2015-11-17", "2015-12-01", "2015-12-01"),
        "14",
        "14 days of 30 are charged",
        ((14, 30),),
    ),
    Figure(
        APPS,
        Asked("31", "JPY", "2025-05-10", "2025-06-01", "2025-05-01"),
        "22",
        "a month's price / 31 x 22 for a new customer of May 9",
        ((22, 31),),
    ),
    Figure(
        APPS,
        Asked("31", "JPY", "2025-05-09", "2025-06-01", "2025-05-01"),
        "23",
        "a month's price / 31 x 23 for a changed plan",
        ((23, 31),),
    ),
    Figure(
        LOKALISE,
        Asked("-1920", "USD", "2023-04-11", "2024-01-01", "2023-01-01", "year"),
        "-1393.97",
        "after 100 of 365 days; the dates are ours",
        ((265, 365),),
    ),
    Figure(MLYTICS, Asked("99", "USD", "2023-09-16", "2023-10-01", "2023-09-01"), "49.50", ratios=((15, 30),)),
    Figure(
        DETERMINED,
        Asked("30", "EUR", "2026-03-16", "2026-04-01", "2026-04-01", tax_rate="19"),
        "15.48",
        "16 days of 31, so that the day of sign-up, 15 March, is not charged; the year is ours",
        ((16, 31),),
        "2.94",
        "18.42",
    ),
)
