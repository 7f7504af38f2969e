"""What a merge comes to: its lines, and the figures under them."""

from datetime import date

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from deskshift.domain.billing.choices import Choice
from deskshift.domain.billing.facts import Facts
from deskshift.domain.billing.periods import Series
from deskshift.domain.billing.preview import preview
from deskshift.domain.billing.rates import with_plain_rates
from deskshift.domain.billing.terms import end_after
from deskshift.model.billing import Applied, Credit, Payment, Term
from tests.support.billing import AFTER, BEFORE, account, billing, charge, invoice, lines, made, paid, subscription
from tests.support.billing_strategies import merge_facts


@pytest.mark.requirement("Z-24", "Z-25")
def test_after_the_deadline_chat_takes_supports_term_and_pays_for_the_rest_of_its_year() -> None:
    bill = invoice("chat", 6000, date(2022, 11, 10), date(2022, 12, 10), tax=1380)
    chat = account("chat", invoices=(bill,), payments=(paid(bill, 7380),))
    of = made(billing(chat, account("support", "600")), AFTER)
    assert of.decision == "inherit"
    assert lines(of) == [
        ("credit", "chat", "2022-12-01", "2022-12-10", -1800, -1800),  # 6000 x 9/30
        ("charge", "chat", "2022-12-01", "2023-03-01", 15534, 15534),  # 3 x 210 x 90/365 = 155.342
    ]
    assert [(d.document, [t.amount_minor for t in d.tax]) for d in of.tax] == [
        ("credit:inv-1", [-414]),
        ("invoice", [3573]),
    ]
    assert of.due_now_minor == 15534 + 3573 - 1800 - 414
    assert of.credit_minor == 0
    assert of.committed_minor == 15534 + 3573
    assert of.total_minor == of.due_now_minor
    assert (of.before, of.after) == ({"EUR": 0}, {"EUR": of.total_minor})
    assert [(p.old, p.old_cycle, p.new, p.new_cycle) for p in of.prices] == [("20", "month", "210", "year")]
    assert of.inherited["term_end"].after == "2023-03-01"
    assert of.inherited["cycle"].after == "year"


@pytest.mark.requirement("Z-23")
def test_on_the_deadline_chat_keeps_price_and_cycle_and_takes_supports_anchor() -> None:
    of = made(billing(), BEFORE)
    assert of.decision == "merge"
    # Evergreen: to the next boundary of supports' day of the month, the first.
    assert lines(of) == [("charge", "chat", "2022-11-15", "2022-12-01", 3200, 3200)]  # 60 x 16/30
    assert of.prices[0].new == "20"


@pytest.mark.requirement("Z-26", "Z-29")
def test_a_cancellation_takes_effect_when_it_is_chosen_and_credits_nothing() -> None:
    bill = invoice("chat", 6000, date(2022, 11, 10), date(2022, 12, 10))
    chat = account("chat", invoices=(bill,), payments=(paid(bill, 6000),))
    choice = Choice(kind="cancel", chosen_at="2022-11-20T10:00:00Z")
    of = made(billing(chat, account("support", "600")), AFTER, choice)
    assert (of.decision, of.lines) == ("cancel", ())
    assert of.order is not None
    assert of.order.effective == date(2022, 11, 20)
    credited = made(billing(chat, account("support", "600")), AFTER, choice, cancel_credits=True)
    assert lines(credited) == [("credit", "chat", "2022-11-20", "2022-12-10", -4000, -4000)]
    assert credited.credit_minor == 4000


def test_a_credit_in_another_currency_is_not_converted() -> None:
    bill = invoice("chat", 3000, date(2022, 11, 10), date(2022, 12, 10), currency="USD")
    chat = account("chat", currency="USD", invoices=(bill,), payments=(paid(bill, 3000),))
    of = made(billing(chat, account("support", "600")), AFTER)
    assert [(x.kind, x.currency, x.amount_minor) for x in of.lines] == [
        ("credit", "USD", -900),
        ("charge", "EUR", 15534),
    ]
    assert of.due_now_minor == of.total_minor == 15534 + 3573
    assert of.after == {"EUR": 15534 + 3573, "USD": -900}


def test_what_is_unpaid_reduces_its_invoice_and_what_is_part_paid_does_both() -> None:
    bill = invoice("chat", 6000, date(2022, 11, 10), date(2022, 12, 10), tax=1380)
    unpaid = account("chat", invoices=(bill,))
    of = made(billing(unpaid, account("support", "600")), AFTER)
    assert lines(of)[0][:1] + lines(of)[0][4:5] == ("reduction", -1800)
    assert of.before == {"EUR": 7380}
    part = account("chat", invoices=(bill,), payments=(paid(bill, 3690),))
    of = made(billing(part, account("support", "600")), AFTER)
    assert [(x.kind, x.amount_minor) for x in of.lines[:2]] == [("credit", -900), ("reduction", -900)]


def test_refunds_chargebacks_and_earlier_credits_are_not_credited_again() -> None:
    bill = invoice("chat", 6000, date(2022, 11, 10), date(2022, 12, 10))
    back = Applied(invoice_id=bill.id, amount_minor=2000)
    payment = msgspec.structs.replace(paid(bill, 6000), returned=(back,))
    credit = Credit(
        id="cm-1", currency="EUR", amount_minor=1000, applied=(Applied(invoice_id=bill.id, amount_minor=1000),)
    )
    chat = account("chat", invoices=(bill,), payments=(payment,), credits=(credit,))
    of = made(billing(chat, account("support", "600")), AFTER)
    # 4000 paid, 1000 credited, 1000 open again.
    assert [(x.kind, x.amount_minor) for x in of.lines[:2]] == [("credit", -1200), ("reduction", -300)]


def test_arrears_are_charged_at_the_old_price_and_nothing_is_credited() -> None:
    chat = account(
        "chat", subscriptions=(subscription("chat", "20", timing="arrears", billed_until=date(2022, 11, 10)),)
    )
    of = made(billing(chat, account("support", "600")), AFTER)
    assert lines(of) == [
        ("arrears", "chat", "2022-11-10", "2022-12-01", 4200, 4200),  # 60 x 21/30
        ("charge", "chat", "2022-12-01", "2023-03-01", 15534, 0),
    ]


def test_a_term_that_ended_is_renewed_or_refused() -> None:
    ends = Term(start=date(2021, 12, 1), end=AFTER, months=12)
    support = account("support", subscriptions=(subscription("support", "600", term=ends, anchor=date(2021, 12, 1)),))
    of = made(billing(account("chat"), support), AFTER)
    assert lines(of) == [("charge", "chat", "2022-12-01", "2023-12-01", 63000, 63000)]
    over = msgspec.structs.replace(ends, renews=False)
    support = account("support", subscriptions=(subscription("support", "600", term=over),))
    of = made(billing(account("chat"), support), AFTER)
    assert [r.code for r in of.refusals] == ["term_ended"]


def test_the_last_credit_takes_what_is_left_of_the_tax() -> None:
    # Everything of the invoice is unused: its tax, rounded once, goes back whole.
    bill = invoice("chat", 333, date(2022, 12, 1), date(2023, 1, 1), tax=77)
    chat = account("chat", invoices=(bill,), payments=(paid(bill, 410),))
    of = made(billing(chat, account("support", "600")), AFTER)
    assert sum(t.amount_minor for t in of.tax[0].tax) == -77


def test_another_fact_gives_another_preview() -> None:
    one, two = made(billing(), AFTER), made(billing(), date(2022, 12, 2))
    assert one.preview_id != two.preview_id
    assert made(billing(), AFTER) == one


def test_unapplied_payments_count_in_the_position() -> None:
    ahead = Payment(id="pay-ahead", currency="EUR", amount_minor=500)
    of = made(billing(account("chat", payments=(ahead,)), account("support", "600")), AFTER)
    assert of.before == {"EUR": -500}
    assert of.after == {"EUR": of.total_minor - 500}


def test_a_chat_term_that_is_over_and_does_not_renew_cannot_go_on() -> None:
    term = Term(start=date(2022, 1, 10), end=AFTER, months=1, renews=False)
    chat = account("chat", subscriptions=(subscription("chat", "20", term=term),))
    of = made(billing(chat, account("support", "600")), AFTER)
    assert [r.code for r in of.refusals] == ["term_ended"]


def test_a_line_of_a_charge_that_is_gone_is_credited_too() -> None:
    bill = invoice("former", 6000, date(2022, 11, 10), date(2022, 12, 10))
    chat = account("chat", invoices=(bill,), payments=(paid(bill, 6000),))
    of = made(billing(chat, account("support", "600")), AFTER)
    assert [x.amount_minor for x in of.lines if x.kind == "credit"] == [-1800]


def test_what_was_not_paid_is_not_charged_after_a_cancellation() -> None:
    bill = invoice("chat", 6000, date(2022, 11, 10), date(2022, 12, 10))
    chat = account("chat", invoices=(bill,), payments=(paid(bill, 3000),))
    choice = Choice(kind="cancel", chosen_at="2022-11-20T10:00:00Z")
    of = made(billing(chat, account("support", "600")), AFTER, choice)
    assert lines(of) == [("reduction", "chat", "2022-11-20", "2022-12-10", -2000, -2000)]
    assert (of.due_now_minor, of.credit_minor) == (0, 0)


def test_one_rate_written_in_two_ways_is_one_rate() -> None:
    written = charge("chat", "20", tax_rate="23.00")
    chat = account("chat", subscriptions=(subscription("chat", "20", charges=(written,)),))
    plain = with_plain_rates(billing(chat, account("support", "600")))
    assert [c.tax_rate for a in plain.accounts for s in a.subscriptions for c in s.charges] == ["23", "23"]


def test_a_term_from_the_last_day_of_january_renews_to_the_last_day_of_march() -> None:
    of = Term(start=date(2023, 1, 31), end=date(2023, 2, 28), months=1)
    one = subscription("support", "600", cycle="month", anchor=date(2023, 1, 31), term=of)
    assert end_after(one, date(2023, 2, 28), Series(date(2023, 1, 31), "month")) == date(2023, 3, 31)


def test_what_is_charged_to_the_terms_end_has_its_own_tax_alone() -> None:
    """Of a subscription billed in arrears the invoice taxes the days before in the same sum; they are not committed."""
    one = subscription("chat", "20", timing="arrears", billed_until=date(2022, 11, 10))
    chat = account("chat", subscriptions=(one,))
    of = made(billing(chat, account("support", "600")), AFTER)
    charges = sum(x.amount_minor for x in of.lines if x.kind == "charge")
    assert any(x.kind == "arrears" for x in of.lines)
    assert of.committed_minor == charges + (charges * 23 + 50) // 100


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(given_facts=merge_facts())
def test_the_lines_have_the_documents_tax_between_them(given_facts: Facts) -> None:
    of = preview(given_facts, "merge-1")
    for code in {line.currency for line in of.lines}:
        tax = sum(t.amount_minor for d in of.tax if d.currency == code for t in d.tax)
        assert sum(line.tax_minor for line in of.lines if line.currency == code) == tax
    assert all(line.tax_minor == 0 for line in of.lines if line.tax_rate is None)
