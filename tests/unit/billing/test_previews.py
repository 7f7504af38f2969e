"""What a merge comes to: the decision, its lines, and the figures under them."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from deskshift.domain.billing.choices import Choice, Upgrade
from deskshift.domain.billing.periods import Series
from deskshift.domain.billing.preview import Preview, preview
from deskshift.domain.billing.rates import with_plain_rates
from deskshift.domain.billing.terms import end_after
from deskshift.model.billing import Applied, Billing, Contract, Credit, Payment, Term
from tests.support.billing import account, billing, charge, facts, invoice, paid, subscription

AFTER, BEFORE = date(2022, 12, 1), date(2022, 11, 15)


def made(of: Billing, day: date, choice: Choice | None = None, **policy: object) -> Preview:
    return preview(facts(of, day, choice, **policy), "merge-1")


def lines(of: Preview) -> list[tuple[str, str, str, str, int, int]]:
    return [(x.kind, x.product, str(x.period.start), str(x.period.end), x.amount_minor, x.due_minor) for x in of.lines]


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


@pytest.mark.requirement("Z-53")
@pytest.mark.parametrize(
    ("zone", "decision"),
    [
        ("Pacific/Kiritimati", "inherit"),
        ("Europe/Lisbon", "merge"),
        ("America/St_Johns", "merge"),
        ("Asia/Tokyo", "inherit"),
        ("Pacific/Pago_Pago", "merge"),
    ],
)
def test_the_upgrades_local_date_decides(zone: str, decision: str) -> None:
    given = facts(billing(time_zone=zone), BEFORE)
    at = datetime(2022, 11, 15, 20, 30, tzinfo=UTC)
    given = msgspec.structs.replace(given, upgrade=Upgrade(at=at, time_zone=zone))
    assert preview(given, "merge-1").decision == decision


@pytest.mark.requirement("Z-22")
def test_the_same_details_change_nothing() -> None:
    support = account("support", "600")
    term = support.subscriptions[0]
    chat = msgspec.structs.replace(
        support,
        id="billing-chat",
        product="chat",
        number="A-chat",
        subscriptions=(msgspec.structs.replace(term, id="sub-chat", charges=(charge("chat", "20"),)),),
    )
    of = made(billing(chat, support), AFTER)
    assert (of.decision, of.lines, of.order, of.total_minor) == ("unaffected", (), None, 0)
    assert of.inventory.added == ()


@pytest.mark.requirement("Z-22")
@pytest.mark.parametrize("state", ["free", "trial"])
def test_an_unpaid_chat_is_linked(state: str) -> None:
    chat = account("chat", subscriptions=(subscription("chat", "0", state=state),))
    of = made(billing(chat, account("support", "600")), AFTER)
    assert (of.decision, of.lines, of.order) == ("unaffected", (), None)


@pytest.mark.requirement("Z-24")
def test_a_paid_chat_beside_an_unpaid_support_has_no_term_to_inherit() -> None:
    support = account("support", subscriptions=(subscription("support", "0", state="free"),))
    late = made(billing(account("chat"), support), AFTER)
    assert (late.decision, [r.code for r in late.refusals]) == ("refused", ["no_term_to_inherit"])
    early = made(billing(account("chat"), support), BEFORE)
    assert (early.decision, early.lines) == ("merge", ())
    assert early.order is not None
    assert early.order.changes[0].owner_only


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


@pytest.mark.requirement("Z-29")
def test_both_options_close_at_the_scheduled_instant() -> None:
    for kind in ("cancel", "co_term"):
        choice = Choice(kind=kind, chosen_at="2022-12-01T12:00:00Z")
        of = made(billing(), AFTER, choice)
        assert [r.code for r in of.refusals] == ["options_closed"]


@pytest.mark.requirement("Z-27", "Z-28")
def test_a_combined_contract_counts_if_it_was_executed_before_the_chat_term_ends() -> None:
    contract = Contract(
        id="contract-1",
        executed_at="2022-11-25T09:00:00Z",
        start=AFTER,
        end=date(2023, 12, 1),
        cycle="year",
        prices={"chat-pro": "180", "support-pro": "550"},
    )
    term = Term(start=date(2022, 1, 10), end=date(2022, 12, 10), months=1)
    chat = account("chat", subscriptions=(subscription("chat", "20", term=term),))
    choice = Choice(kind="co_term", chosen_at="2022-11-25T10:00:00Z")
    of = made(billing(chat, account("support", "600"), contracts=(contract,)), AFTER, choice)
    assert of.decision == "co_term"
    assert lines(of) == [
        ("charge", "chat", "2022-12-01", "2023-12-01", 54000, 54000),
        ("charge", "support", "2022-12-01", "2023-12-01", 165000, 165000),
    ]
    late = msgspec.structs.replace(contract, executed_at="2022-12-10T00:00:00Z")
    of = made(billing(chat, account("support", "600"), contracts=(late,)), AFTER, choice)
    assert of.decision == "inherit"
    assert "Z-28" in of.reason


def test_a_currency_without_a_price_list_names_both() -> None:
    chat = account("chat", currency="USD")
    of = made(billing(chat, account("support", "600"), prices=()), AFTER)
    assert [r.code for r in of.refusals] == ["no_price_in_currency"]
    assert "USD" in of.refusals[0].message
    assert "EUR" in of.refusals[0].message


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


def test_structures_that_cannot_be_merged_are_named() -> None:
    chat, support = account("chat"), account("support", "600")
    assert [r.code for r in made(billing(chat), AFTER).refusals] == ["no_support_account"]
    assert [r.code for r in made(billing(support), AFTER).refusals] == ["no_chat_account"]
    shared = billing(chat, support, shared_account_id=support.id)
    assert [r.code for r in made(shared, AFTER).refusals] == ["already_one_account"]
    closed = msgspec.structs.replace(support, status="closed")
    assert [r.code for r in made(billing(chat, closed), AFTER).refusals] == ["support_account_closed"]
    assert made(billing(chat, closed), AFTER).after == made(billing(chat, closed), AFTER).before


def test_a_currency_that_is_none_is_refused() -> None:
    of = made(billing(account("chat", currency="XYZ"), account("support", "600")), AFTER)
    assert [r.code for r in of.refusals] == ["unknown_currency"]


def test_a_payment_method_is_known_by_the_gateways_id_alone() -> None:
    support = account("support", "600")
    same = msgspec.structs.replace(account("chat").payment_methods[0], gateway_id="gw-support")
    chat = account("chat", payment_methods=(same,))
    of = made(billing(chat, support), AFTER)
    assert of.inventory.doubles == {"card-chat": "card-support"}
    assert of.inventory.added == ("contact-chat",)


def test_unapplied_payments_count_in_the_position() -> None:
    ahead = Payment(id="pay-ahead", currency="EUR", amount_minor=500)
    of = made(billing(account("chat", payments=(ahead,)), account("support", "600")), AFTER)
    assert of.before == {"EUR": -500}
    assert of.after == {"EUR": of.total_minor - 500}


@pytest.mark.requirement("Z-27", "Z-29")
@pytest.mark.parametrize(
    ("changed", "decision"),
    [
        ({}, "co_term"),
        ({"executed_at": "2022-12-01T12:00:00Z"}, "inherit"),  # at the scheduled instant both options are closed
        ({"end": AFTER}, "inherit"),  # it does not last beyond the upgrade
        ({"start": date(2022, 12, 2)}, "refused"),
    ],
)
def test_a_contract_has_to_cover_the_upgrade(changed: dict[str, Any], decision: str) -> None:
    given: dict[str, Any] = {
        "id": "contract-1",
        "executed_at": "2022-11-25T09:00:00Z",
        "start": AFTER if "end" not in changed else date(2022, 11, 1),
        "end": date(2023, 12, 1),
        "cycle": "year",
        "prices": {"chat-pro": "180", "support-pro": "550"},
    }
    choice = Choice(kind="co_term", chosen_at="2022-11-25T10:00:00Z")
    of = made(billing(contracts=(Contract(**{**given, **changed}),)), AFTER, choice)
    assert of.decision == decision
    assert [r.code for r in of.refusals] == (["contract_starts_later"] if decision == "refused" else [])


def test_a_contract_that_began_earlier_counts_from_the_upgrade_on() -> None:
    contract = Contract(
        id="contract-1",
        executed_at="2022-11-25T09:00:00Z",
        start=date(2022, 11, 1),
        end=date(2023, 11, 1),
        cycle="year",
        prices={"chat-pro": "365", "support-pro": "365"},
    )
    choice = Choice(kind="co_term", chosen_at="2022-11-25T10:00:00Z")
    of = made(billing(contracts=(contract,)), AFTER, choice)
    # 3 x 365 x 335/365
    assert [(x.product, str(x.period.start), x.amount_minor) for x in of.lines if x.kind == "charge"] == [
        ("chat", "2022-12-01", 100500),
        ("support", "2022-12-01", 100500),
    ]


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


@pytest.mark.parametrize("code", ["EUX", "eur"])
def test_a_currency_that_there_is_not_is_refused(code: str) -> None:
    of = made(billing(account("chat", currency=code), account("support", "600")), AFTER)
    assert "unknown_currency" in [r.code for r in of.refusals]


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
