"""What counts as paid, credited and open of an invoice's lines: figures by hand, and what holds for every account."""

from datetime import date, timedelta
from fractions import Fraction

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskshift.domain.billing.facts import Facts
from deskshift.domain.billing.position import position
from deskshift.domain.billing.preview import preview, reckoned_outcome
from deskshift.domain.billing.settlement import Settlement
from deskshift.model.billing import Applied, BillingAccount, Credit, Invoice, InvoiceLine, Payment, TaxAmount
from infra.local.sandbox.billing_records import BillingAccount as SandboxAccount
from infra.local.sandbox.billing_settlement import books
from tests.support.billing import account, billing, facts, invoice
from tests.support.billing_invariants import check_given_back
from tests.support.billing_strategies import merge_facts

AFTER = date(2022, 12, 1)
START, END = date(2022, 11, 10), date(2022, 12, 10)
# 60.00 and 13.80 of tax for 30 days, 9 of which come after the first of December.
BILL = invoice("chat", 6000, START, END, tax=1380)
LINE = BILL.lines[0].id


def put(amount: int, *, line: str | None = None, on: str = "inv-1") -> Applied:
    return Applied(invoice_id=on, amount_minor=amount, line_id=line)


def pay(*applied: Applied, returned: tuple[Applied, ...] = (), one: str = "pay-1") -> Payment:
    amount = sum(each.amount_minor for each in applied)
    return Payment(id=one, currency="EUR", amount_minor=amount, applied=applied, returned=returned)


def memo(amount: int, *applied: Applied, of: str | None = None, line: str | None = None) -> Credit:
    return Credit(id="cm-1", currency="EUR", amount_minor=amount, applied=applied, of_invoice_id=of, of_line_id=line)


def chat(
    *, invoices: tuple[Invoice, ...] = (BILL,), paid: tuple[Payment, ...], memos: tuple[Credit, ...] = ()
) -> BillingAccount:
    return account("chat", invoices=invoices, payments=paid, credits=memos)


def given_back(of: BillingAccount) -> list[tuple[str, int]]:
    made = preview(facts(billing(of, account("support", "600")), AFTER), "merge-1")
    return [(line.kind, line.amount_minor) for line in made.lines if line.invoice_id is not None]


def two_lines(first: int, second: int) -> Invoice:
    """An invoice without tax of two lines, all of which is unused on the first of December."""
    lines = tuple(
        InvoiceLine(
            id=f"line-{number}",
            charge_id="charge-chat",
            description="Chat Pro",
            start=AFTER,
            end=END + timedelta(days=number),
            amount_minor=amount,
        )
        for number, amount in enumerate((first, second), start=1)
    )
    return Invoice(id="inv-1", number="INV-1", issued=START, currency="EUR", lines=lines)


def standing(of: BillingAccount) -> list[tuple[Fraction | int, ...]]:
    """Tell of each line of the first invoice what is paid, credited and open."""
    found = Settlement(of).lines(of.invoices[0])
    return [(one.paid, one.credited, one.open) for one in found.values()]


@pytest.mark.requirement("Z-25")
@pytest.mark.parametrize(("came", "went"), [(LINE, None), (None, LINE), (LINE, LINE), (None, None)])
def test_what_was_returned_is_not_credited_wherever_it_was_booked(came: str | None, went: str | None) -> None:
    paid = pay(put(7380, line=came), returned=(put(7380, line=went),))
    # Nothing of it is paid any longer; 6000 x 9/30 will not be used.
    assert given_back(chat(paid=(paid,))) == [("reduction", -1800)]


@pytest.mark.requirement("Z-25")
def test_a_return_on_the_whole_takes_from_the_lines_in_proportion_and_one_on_a_line_from_the_whole() -> None:
    bill = two_lines(6000, 3000)
    paid = pay(put(6000, line="line-1"), put(3000, line="line-2"), returned=(put(4500),))
    # A half went back: 3000 and 1500 stay.
    assert standing(chat(invoices=(bill,), paid=(paid,))) == [(3000, 0, 3000), (1500, 0, 1500)]
    paid = pay(put(9000), returned=(put(4500, line="line-1"),))
    # Nothing was put on the line alone, so 4500 of the whole stay, spread 2 to 1.
    assert standing(chat(invoices=(bill,), paid=(paid,))) == [(3000, 0, 3000), (1500, 0, 1500)]
    paid = pay(put(6000, line="line-1"), put(1000), returned=(put(1500, line="line-2"),))
    # 1000 of the 1500 are the whole's, 500 then the other line's.
    assert standing(chat(invoices=(bill,), paid=(paid,))) == [(5500, 0, 500), (0, 0, 3000)]


@pytest.mark.requirement("Z-25")
def test_a_credit_beyond_what_is_open_takes_from_what_was_paid() -> None:
    # 73.80 paid, then 24.60 credited on the line: 20.00 of the 60.00 were given back, 40.00 x 9/30 are left to give.
    paid = pay(put(7380, line=LINE))
    assert given_back(chat(paid=(paid,), memos=(memo(2460, put(2460, line=LINE)),))) == [("credit", -1200)]
    # The same on the whole invoice.
    assert given_back(chat(paid=(pay(put(7380)),), memos=(memo(2460, put(2460)),))) == [("credit", -1200)]
    # A line's credit that is more than the line takes from the other, 30.00 paid: 10.00 x 1.
    paid = pay(put(3000, line="line-2"))
    of = chat(invoices=(two_lines(6000, 3000),), paid=(paid,), memos=(memo(8000, put(8000, line="line-1")),))
    assert standing(of) == [(0, 6000, 0), (1000, 2000, 0)]


@pytest.mark.requirement("Z-25")
@pytest.mark.parametrize("applied", [(), (put(2460, on="inv-2"),), (put(2460),), (put(1230), put(1230, on="inv-2"))])
@pytest.mark.parametrize("line", [None, LINE])
def test_a_credit_for_an_invoice_is_an_earlier_credit_of_it_wherever_it_is(
    applied: tuple[Applied, ...], line: str | None
) -> None:
    other = invoice("chat", 2000, date(2022, 10, 10), START, tax=460, one="inv-2")
    of = chat(invoices=(BILL, other), paid=(pay(put(7380)),), memos=(memo(2460, *applied, of="inv-1", line=line),))
    # 20.00 of the 60.00 were given back: 40.00 x 9/30.
    assert given_back(of) == [("credit", -1200)]
    # What is owed is the other's 24.60, less the memo, by whichever invoice it was used on.
    assert position((of,)) == {"EUR": 0}


@pytest.mark.requirement("Z-25")
def test_a_credit_whose_source_is_not_known_or_not_there_counts_where_it_is_applied_alone() -> None:
    for of in (None, "inv-of-another-account"):
        assert given_back(chat(paid=(pay(put(7380)),), memos=(memo(2460, of=of),))) == [("credit", -1800)]


def test_a_credit_of_one_line_leaves_the_other_and_one_of_the_invoice_takes_from_both() -> None:
    bill = two_lines(6000, 3000)
    of = chat(invoices=(bill,), paid=(pay(put(9000)),), memos=(memo(3000, of="inv-1", line="line-1"),))
    assert standing(of) == [(3000, 3000, 0), (3000, 0, 0)]
    of = chat(invoices=(bill,), paid=(pay(put(9000)),), memos=(memo(3000, of="inv-1"),))
    assert standing(of) == [(4000, 2000, 0), (2000, 1000, 0)]


def test_the_tax_of_what_a_credit_elsewhere_gave_back_is_not_given_back_again() -> None:
    """All of it is unused, a third was given back: two thirds of the tax of 13.80 are left."""
    bill = invoice("chat", 6000, AFTER, date(2022, 12, 31), tax=1380)
    of = chat(invoices=(bill,), paid=(pay(put(7380)),), memos=(memo(2460, of="inv-1"),))
    made = preview(facts(billing(of, account("support", "600")), AFTER), "merge-1")
    assert [line.amount_minor for line in made.lines][:1] == [-4000]
    assert made.tax[0].tax == (TaxAmount(rate="23", amount_minor=-920),)


def test_a_line_below_zero_takes_off_the_others_as_a_credit_does() -> None:
    """The contract has none; Zuora bills a proration so. 60.00 less 30.00, and 30.00 paid: all is to be credited."""
    of = chat(invoices=(two_lines(6000, -3000),), paid=(pay(put(3000)),))
    assert standing(of) == [(3000, 3000, 0), (0, -3000, 0)]
    assert given_back(of) == [("credit", -3000)]


@pytest.mark.parametrize("day", [AFTER, date(2022, 12, 5)])
def test_a_line_without_a_day_costs_nothing(day: date) -> None:
    bill = invoice("chat", 6000, day, day, tax=1380)
    assert given_back(chat(invoices=(bill,), paid=(pay(put(3000)),))) == []


@pytest.mark.requirement("Z-21", "Z-25")
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(facts=merge_facts(), credit=st.booleans())
def test_nothing_is_given_back_that_was_not_paid_or_was_given_back(facts: Facts, credit: bool) -> None:  # noqa: FBT001
    for account_ in facts.billing.accounts:
        for each in account_.invoices:
            for one in Settlement(account_).lines(each).values():
                assert one.paid + one.credited + one.open == one.amount
                assert min(one.paid, one.credited, one.open) >= 0
    made = preview(facts, "merge-1")
    if made.order is not None:
        changes = tuple(msgspec.structs.replace(one, credit_unused=credit) for one in made.order.changes)
        outcome = reckoned_outcome(msgspec.structs.replace(made.order, changes=changes), facts)
        for account_ in facts.billing.accounts:
            check_given_back(account_, outcome, facts.policy.increments)


@pytest.mark.requirement("Z-25")
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(facts=merge_facts())
def test_the_sandboxs_books_say_the_same_of_every_line(facts: Facts) -> None:
    """Also of the lines that an order does not touch, and before anything is rounded."""
    for account_ in facts.billing.accounts:
        theirs = msgspec.convert(msgspec.to_builtins(account_), SandboxAccount)
        for ours, each in zip(account_.invoices, theirs.invoices, strict=True):
            lines = Settlement(account_).lines(ours)
            assert books(theirs, each) == {name: (one.paid, one.open) for name, one in lines.items()}
