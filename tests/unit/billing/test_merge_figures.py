"""Whole merges to the minor unit: each figure was worked out by hand, as the comment beside it says."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from deskshift.domain.billing.choices import Upgrade
from deskshift.domain.billing.preview import Preview, preview
from deskshift.model.billing import Applied, BillingAccount, Invoice, Payment, Term
from tests.support.billing import account, billing, charge, facts, invoice, paid, subscription

T = date(2022, 12, 1)


def on(chat: BillingAccount, support: BillingAccount, day: date = T, **fields: Any) -> Preview:  # noqa: ANN401
    return preview(facts(billing(chat, support, **fields), day), "merge-1")


def lines(of: Preview) -> list[tuple[str, str, str, int, int]]:
    """Tell each line's kind, first day and the day after its last, amount, and what of it is due."""
    return [(x.kind, str(x.period.start), str(x.period.end), x.amount_minor, x.due_minor) for x in of.lines]


def tax(of: Preview) -> dict[str, int]:
    return {each.document: sum(one.amount_minor for one in each.tax) for each in of.tax}


def owner(product: str, currency: str, bill: Invoice | None = None, **fields: Any) -> BillingAccount:  # noqa: ANN401
    """An account in a currency, with a subscription, and perhaps an invoice that is paid."""
    price, seats = fields.pop("price", "20"), fields.pop("seats", 3)
    of = subscription(product, price, charges=(charge(product, price, seats),), **fields)
    bills = () if bill is None else (bill,)
    total = 0 if bill is None else sum(x.amount_minor for x in bill.lines) + sum(x.amount_minor for x in bill.tax)
    payments = () if bill is None else (paid(bill, total),)
    return account(product, currency=currency, subscriptions=(of,), invoices=bills, payments=payments)


@pytest.mark.requirement("Z-24", "Z-25")
def test_yen_from_quarters_to_months_in_a_stub() -> None:
    # 17 + 30 + 31 + 14 = 92 days, of which 31 + 14 = 45 come after T.
    bill = invoice("chat", 18000, date(2022, 10, 15), date(2023, 1, 15), tax=4140, currency="JPY")
    chat = owner("chat", "JPY", bill, cycle="quarter", anchor=date(2022, 1, 15), price="9000", seats=2)
    term = Term(start=date(2022, 1, 10), end=date(2023, 1, 10), months=12)
    of = on(chat, owner("support", "JPY", cycle="month", anchor=date(2022, 1, 10), term=term), prices=())
    assert of.prices[0].new == "3000"  # 9000 / 3
    assert lines(of) == [
        ("credit", "2022-12-01", "2023-01-15", -8804, -8804),  # 18000 x 45/92 = 8804.35
        ("charge", "2022-12-01", "2022-12-10", 1800, 1800),  # 2 x 3000 x 9/30, of 10 November to 10 December
        ("charge", "2022-12-10", "2023-01-10", 6000, 0),
    ]
    # 8804 x 23 % = 2024.92; 1800 x 23 % = 414; 6000 x 23 % = 1380
    assert tax(of) == {"credit:inv-1": -2025, "invoice": 414, "later": 1380}
    assert (of.due_now_minor, of.credit_minor) == (0, 8804 + 2025 - 1800 - 414)
    assert of.committed_minor == 1800 + 414 + 6000 + 1380


@pytest.mark.requirement("Z-24", "Z-25")
def test_yen_from_months_to_quarters_in_a_stub() -> None:
    bill = invoice("chat", 3000, date(2022, 11, 10), date(2022, 12, 10), tax=690, currency="JPY")
    term = Term(start=date(2022, 1, 20), end=date(2023, 7, 20), months=18)
    support = owner("support", "JPY", cycle="quarter", anchor=date(2022, 1, 20), term=term)
    of = on(owner("chat", "JPY", bill, price="1000"), support, prices=())
    assert of.prices[0].new == "3000"
    assert lines(of) == [
        ("credit", "2022-12-01", "2022-12-10", -900, -900),  # 3000 x 9/30
        # 3 x 3000 x 50/92 = 4891.30: 31 + 19 days of the 92 from 20 October to 20 January
        ("charge", "2022-12-01", "2023-01-20", 4891, 4891),
        ("charge", "2023-01-20", "2023-07-20", 18000, 0),
    ]
    # 900 x 23 % = 207; 4891 x 23 % = 1124.93; 18000 x 23 % = 4140
    assert tax(of) == {"credit:inv-1": -207, "invoice": 1125, "later": 4140}
    assert (of.due_now_minor, of.credit_minor) == (4891 + 1125 - 900 - 207, 0)


@pytest.mark.requirement("Z-24", "Z-25")
def test_a_year_to_months_without_an_entry_in_the_price_list() -> None:
    # 31 + 31 + 28 + 31 = 121 of 365 days come after T.
    bill = invoice("chat", 75000, date(2022, 4, 1), date(2023, 4, 1), tax=17250)
    term = Term(start=date(2022, 4, 1), end=date(2023, 4, 1), months=12)
    chat = owner("chat", "EUR", bill, cycle="year", anchor=date(2022, 4, 1), term=term, price="250")
    of = on(chat, owner("support", "EUR", cycle="month"), prices=())
    assert of.prices[0].new == "125/6"  # 250 / 12, which no decimal says
    assert lines(of) == [
        ("credit", "2022-12-01", "2023-04-01", -24863, -24863),  # 75000 x 121/365 = 24863.01
        ("charge", "2022-12-01", "2023-03-01", 18750, 6250),  # three months of 3 x 250 / 12 = 62.50, one is due
    ]
    # 24863 x 23 % = 5718.49; 6250 x 23 % = 1437.50, a tie; 12500 x 23 % = 2875
    assert tax(of) == {"credit:inv-1": -5718, "invoice": 1438, "later": 2875}
    assert of.credit_minor == 24863 + 5718 - 6250 - 1438


@pytest.mark.requirement("Z-24", "Z-25")
def test_the_29th_of_february_as_the_upgrades_day() -> None:
    # 29 days from 10 February to 10 March, of which 1 + 9 come from T on.
    bill = invoice("chat", 6000, date(2024, 2, 10), date(2024, 3, 10), tax=1380)
    term = Term(start=date(2022, 3, 1), end=date(2024, 3, 1), months=24)
    of = on(owner("chat", "EUR", bill), owner("support", "EUR", term=term), date(2024, 2, 29))
    assert lines(of) == [
        ("credit", "2024-02-29", "2024-03-10", -2069, -2069),  # 6000 x 10/29 = 2068.97
        ("charge", "2024-02-29", "2024-03-01", 172, 172),  # 3 x 210 x 1/366 = 1.721
    ]
    assert tax(of) == {"credit:inv-1": -476, "invoice": 40}  # 475.87; 39.56


@pytest.mark.requirement("Z-24", "Z-25")
def test_the_29th_of_february_as_an_anchor() -> None:
    term = Term(start=date(2020, 2, 29), end=date(2023, 2, 28), months=36)
    of = on(owner("chat", "EUR"), owner("support", "EUR", anchor=date(2020, 2, 29), term=term))
    # 31 + 31 + 27 of the 365 days from 28 February to 28 February: 3 x 210 x 89/365 = 153.616
    assert lines(of) == [("charge", "2022-12-01", "2023-02-28", 15362, 15362)]
    assert tax(of) == {"invoice": 3533}  # 3533.26
    # A leap year later the anchor has its day again: 3 x 210 x 90/366 = 154.918, from 28 February 2023 on.
    longer = msgspec.structs.replace(term, end=date(2024, 2, 29), months=48)
    of = on(owner("chat", "EUR"), owner("support", "EUR", anchor=date(2020, 2, 29), term=longer), date(2023, 12, 1))
    assert lines(of) == [("charge", "2023-12-01", "2024-02-29", 15492, 15492)]


@pytest.mark.requirement("Z-24", "Z-25")
def test_dinars_have_three_decimals() -> None:
    bill = invoice("chat", 15375, date(2022, 11, 10), date(2022, 12, 10), tax=3536, currency="KWD")
    of = on(owner("chat", "KWD", bill, price="5.125"), owner("support", "KWD"), prices=())
    assert of.prices[0].new == "61.5"
    assert lines(of) == [
        ("credit", "2022-12-01", "2022-12-10", -4613, -4613),  # 15.375 x 9/30 = 4.6125, a tie
        ("charge", "2022-12-01", "2023-03-01", 45493, 45493),  # 3 x 61.5 x 90/365 = 45.49315
    ]
    assert tax(of) == {"credit:inv-1": -1061, "invoice": 10463}  # 1.06099; 10.46339


@pytest.mark.requirement("Z-24", "Z-25")
def test_francs_are_rounded_to_five_centimes() -> None:
    bill = invoice("chat", 6035, date(2022, 11, 10), date(2022, 12, 10), tax=1390, currency="CHF")
    of = on(owner("chat", "CHF", bill), owner("support", "CHF"), prices=())
    assert lines(of) == [
        ("credit", "2022-12-01", "2022-12-10", -1810, -1810),  # 60.35 x 9/30 = 18.105
        ("charge", "2022-12-01", "2023-03-01", 17755, 17755),  # 3 x 240 x 90/365 = 177.534
    ]
    assert tax(of) == {"credit:inv-1": -415, "invoice": 4085}  # 18.10 x 23 % = 4.163; 177.55 x 23 % = 40.8365


@pytest.mark.requirement("Z-24", "Z-25", "Z-53")
@pytest.mark.parametrize(
    ("zone", "day", "begins", "ends", "bill", "credit", "amount"),
    [
        # The day has 23 hours. 15 of 31 days: 2903.23; then 366 - 25 = 341 of 366 days: 586.967
        (
            "Europe/Lisbon",
            date(2023, 3, 26),
            datetime(2023, 3, 26, 0, 0, tzinfo=UTC),
            datetime(2023, 3, 26, 22, 59, tzinfo=UTC),
            (date(2023, 3, 10), date(2023, 4, 10)),
            -2903,
            58697,
        ),
        # The day has 25 hours. 5 of 31 days: 967.74; then 26 + 31 + 31 + 29 = 117 of 366 days: 201.393
        (
            "America/New_York",
            date(2023, 11, 5),
            datetime(2023, 11, 5, 4, 0, tzinfo=UTC),
            datetime(2023, 11, 6, 4, 59, tzinfo=UTC),
            (date(2023, 10, 10), date(2023, 11, 10)),
            -968,
            20139,
        ),
    ],
)
def test_a_day_on_which_the_clocks_change_is_a_day(  # noqa: PLR0913, PLR0917 - the facts of one case
    zone: str, day: date, begins: datetime, ends: datetime, bill: tuple[date, date], credit: int, amount: int
) -> None:
    chat = owner("chat", "EUR", invoice("chat", 6000, *bill, tax=1380))
    given = facts(billing(chat, owner("support", "EUR"), time_zone=zone), day)
    for at in (begins, ends):
        of = preview(msgspec.structs.replace(given, upgrade=Upgrade(at=at, time_zone=zone)), "merge-1")
        assert of.scheduled_on == day
        # Support's annual term ended on 1 March and was renewed to the next one.
        assert lines(of) == [
            ("credit", str(day), str(bill[1]), credit, credit),
            ("charge", str(day), "2024-03-01", amount, amount),
        ]


@pytest.mark.requirement("Z-23", "Z-25")
def test_a_chat_term_that_ends_on_the_day_is_renewed_and_has_nothing_left_to_credit() -> None:
    day = date(2022, 11, 15)
    bill = invoice("chat", 6000, date(2022, 10, 15), day, tax=1380)
    term = Term(start=date(2022, 10, 15), end=day, months=1)
    of = on(owner("chat", "EUR", bill, anchor=date(2022, 10, 15), term=term), owner("support", "EUR"), day)
    assert of.decision == "merge"
    assert lines(of) == [
        ("charge", "2022-11-15", "2022-12-01", 3200, 3200),  # 60 x 16/30
        ("charge", "2022-12-01", "2022-12-15", 2710, 0),  # 60 x 14/31 = 27.097
    ]
    assert tax(of) == {"invoice": 736, "later": 623}  # 736; 623.3


@pytest.mark.requirement("Z-24", "Z-25")
def test_an_invoice_that_was_paid_by_line_and_refunded_in_part() -> None:
    bill = invoice("chat", 6000, date(2022, 11, 10), date(2022, 12, 10), tax=1380)
    payment = Payment(
        id="pay-1",
        currency="EUR",
        amount_minor=7380,
        applied=(Applied(invoice_id="inv-1", amount_minor=7380, line_id="inv-1-line"),),
        returned=(Applied(invoice_id="inv-1", amount_minor=2460),),
    )
    of = on(account("chat", invoices=(bill,), payments=(payment,)), account("support", "600"))
    # 49.20 of 73.80 stay paid: 40.00 of the 60.00, and 20.00 are open again.
    assert lines(of) == [
        ("credit", "2022-12-01", "2022-12-10", -1200, -1200),  # 40 x 9/30
        ("reduction", "2022-12-01", "2022-12-10", -600, -600),  # 20 x 9/30
        ("charge", "2022-12-01", "2023-03-01", 15534, 15534),  # 3 x 210 x 90/365 = 155.342
    ]
    assert tax(of) == {"reduction:inv-1": -138, "credit:inv-1": -276, "invoice": 3573}
    assert of.due_now_minor == 15534 + 3573 - 1200 - 276
    assert (of.before, of.after) == ({"EUR": 2460}, {"EUR": 2460 - 600 - 138 + of.due_now_minor})


@pytest.mark.requirement("Z-24", "Z-25")
def test_a_part_paid_invoice_of_two_rates() -> None:
    """Half of 123.00 and 2.00 is paid as a whole: half of each line, whatever its tax."""
    first = invoice("chat", 10000, date(2022, 11, 10), date(2022, 12, 10), tax=2300)
    second = msgspec.structs.replace(first.lines[0], id="inv-1-bots", amount_minor=200, tax_rate=None)
    bill = msgspec.structs.replace(first, lines=(*first.lines, second))
    of = on(account("chat", invoices=(bill,), payments=(paid(bill, 6250),)), account("support", "600"))
    assert lines(of)[:4] == [
        ("credit", "2022-12-01", "2022-12-10", -1500, -1500),  # 50.00 x 9/30
        ("reduction", "2022-12-01", "2022-12-10", -1500, -1500),
        ("credit", "2022-12-01", "2022-12-10", -30, -30),  # 1.00 x 9/30
        ("reduction", "2022-12-01", "2022-12-10", -30, -30),
    ]
    assert tax(of) == {"reduction:inv-1": -345, "credit:inv-1": -345, "invoice": 3573}
